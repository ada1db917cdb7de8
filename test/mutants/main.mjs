// Plants each deliberate fault in a copy of the source, runs the simulation (or the runner that the fault names) on it, and
// expects a failure. `node test/mutants/main.mjs [PATTERN]` (of names); SEEDS_MAX in the environment. The simulation looks for each fault
// from several first seeds; how many seeds that took, and their median, is printed.
import { spawn } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { FAULTS } from './faults.mjs'

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const tree = join(root, '.build', `mutants-${process.pid}`)
const seedsMax = Number(process.env.SEEDS_MAX ?? 300)
const env = { ...process.env, NO_COLOR: '1' }
const soundSeeds = 10
const firstSeeds = [1, 10_001, 20_001]
/** No further search for a fault that has taken so long. */
const patienceMs = 6_000
const wanted = process.argv[2]
const faults = FAULTS.filter(({ name }) => wanted === undefined || new RegExp(wanted).test(name))

function run(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], cwd: tree, env })
    let output = ''
    child.stdout.on('data', (data) => {
      output += data
    })
    child.stderr.on('data', (data) => {
      output += data
    })
    child.on('error', reject)
    child.on('exit', (code) => resolve({ code, output }))
  })
}

/** A copy of what the simulation and the tests are made from. */
function copyTree() {
  rmSync(tree, { recursive: true, force: true })
  mkdirSync(tree, { recursive: true })
  for (const name of ['src', 'test', 'tsconfig.json', 'package.json', 'vitest.config.ts'])
    cpSync(join(root, name), join(tree, name), { recursive: true })
  for (const name of ['node_modules', 'proto', 'native']) symlinkSync(join(root, name), join(tree, name))
  writeFileSync(
    join(tree, 'tsconfig.tools.json'),
    JSON.stringify({
      extends: './tsconfig.json',
      compilerOptions: {
        noEmit: false,
        rootDir: '.',
        outDir: 'out',
        declaration: false,
        sourceMap: false,
        // Types were checked before; a planted fault may leave a name unused or a type too narrow, and must still run.
        noCheck: true,
        incremental: true,
        tsBuildInfoFile: 'out/.tsbuildinfo',
      },
      include: ['test/sim', 'test/history'],
      exclude: ['**/*.test.ts'],
    }),
  )
}

/** @returns puts everything back */
function plant(fault) {
  const before = new Map()
  for (const change of [fault, ...(fault.also ?? [])]) {
    const path = join(tree, change.file)
    const text = readFileSync(path, 'utf8')
    const at = text.indexOf(change.find)
    if (at < 0 || text.indexOf(change.find, at + 1) >= 0) {
      throw new Error(
        `"${fault.name}": its text must stand exactly once in ${change.file}; the source has moved on, mend test/mutants/faults.mjs`,
      )
    }
    if (!before.has(path)) before.set(path, text)
    writeFileSync(
      path,
      text.replace(change.find, () => change.replace),
    )
  }
  return () => {
    for (const [path, text] of before) writeFileSync(path, text)
  }
}

async function compile() {
  const built = await run(join(root, 'node_modules/.bin/tsc'), ['-p', 'tsconfig.tools.json'])
  if (built.code !== 0) throw new Error(`it does not compile:\n${built.output}`)
}

async function simulate(seeds, from, drawing) {
  const { code, output } = await run(process.execPath, [
    'out/test/sim/main.js',
    '--seeds',
    String(seeds),
    '--from',
    String(from),
    '--first',
    ...(drawing === undefined ? [] : ['--drawing', drawing]),
  ])
  const failing = output.match(/seed (\d+) FAILED: (.*)/)
  return {
    passed: code === 0,
    seedsTaken: Number(output.match(/the (\d+)\. of those that were tried/)?.[1]),
    how: failing === null ? undefined : `seed ${failing[1]}: ${failing[2]}`,
    output,
  }
}

/** Caught only where every search finds it. */
async function search({ seeds = seedsMax, drawing }) {
  await compile()
  const started = performance.now()
  const taken = []
  let first
  for (const from of firstSeeds) {
    const found = await simulate(seeds, from, drawing)
    if (found.passed || found.how === undefined) return found
    first ??= found
    taken.push(found.seedsTaken)
    if (performance.now() - started > patienceMs) break
  }
  return { ...first, taken }
}

function median(values) {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

async function runTests(args) {
  const { code, output } = await run(process.execPath, [
    join(root, 'node_modules/vitest/vitest.mjs'),
    ...args.slice(1),
  ])
  const failing = output.match(/FAIL\s+(.*)/)
  return { passed: code === 0, how: failing === null ? undefined : `test ${failing[1]}`, output }
}

copyTree()
try {
  await compile()
  const sound = await simulate(soundSeeds, 1)
  if (!sound.passed) {
    console.error(`the unchanged source does not pass:\n${sound.output}`)
    process.exit(1)
  }
  console.log(`the unchanged source passes ${soundSeeds} seeds`)

  let caught = 0
  for (const fault of faults) {
    const started = performance.now()
    const putBack = plant(fault)
    const { passed, how, taken, output } =
      fault.runner === undefined ? await search(fault) : await runTests(fault.runner)
    putBack()
    const seconds = Math.round((performance.now() - started) / 1000)
    if (!passed && how !== undefined) {
      caught++
      const seeds =
        taken === undefined ? '' : `; seeds to catch it: ${taken.join(', ')}, median ${median(taken)}`
      console.log(`caught  ${fault.name} — ${how.slice(0, 100)}${seeds} (${seconds} s)`)
    } else console.log(`MISSED  ${fault.name} (${seconds} s)${passed ? '' : `\n${output.slice(-2000)}`}`)
  }
  console.log(`caught ${caught} of ${faults.length}`)
  process.exitCode = caught === faults.length ? 0 : 1
} finally {
  rmSync(tree, { recursive: true, force: true })
}
