// Plants each deliberate fault in a copy of the source, runs the simulation on it, and expects a failure. Then the simulation
// itself is worth something. `node test/mutants/main.mjs [NAME-PART]`; JOBS and SEEDS_MAX in the environment.
import { spawn } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { FAULTS } from './faults.mjs'

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const home = join(root, '.build/mutants')
const seedsMax = Number(process.env.SEEDS_MAX ?? 600)
const wanted = process.argv[2]
const faults = FAULTS.filter((fault) => wanted === undefined || fault.name.includes(wanted))

function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options })
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

/** A copy of what the simulation is compiled from. */
function copyTree(folder) {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  for (const name of ['src', 'test/sim', 'test/history', 'tsconfig.json', 'package.json']) {
    cpSync(join(root, name), join(folder, name), { recursive: true })
  }
  for (const name of ['node_modules', 'proto', 'native']) symlinkSync(join(root, name), join(folder, name))
  writeFileSync(
    join(folder, 'tsconfig.tools.json'),
    JSON.stringify({
      extends: './tsconfig.json',
      // A planted fault may leave a name unused; it must still compile.
      compilerOptions: {
        noEmit: false,
        rootDir: '.',
        outDir: 'out',
        declaration: false,
        noUnusedLocals: false,
        noUnusedParameters: false,
      },
      include: ['test/sim', 'test/history'],
      exclude: ['**/*.test.ts'],
    }),
  )
}

function plant(folder, fault) {
  for (const change of [fault, ...(fault.also ?? [])]) {
    const path = join(folder, change.file)
    const text = readFileSync(path, 'utf8')
    const at = text.indexOf(change.find)
    if (at < 0 || text.indexOf(change.find, at + 1) >= 0) {
      throw new Error(
        `"${fault.name}": its text must stand exactly once in ${change.file}; the source has moved on, mend test/mutants/faults.mjs`,
      )
    }
    writeFileSync(
      path,
      text.replace(change.find, () => change.replace),
    )
  }
}

async function simulate(folder, seeds) {
  const built = await run(join(root, 'node_modules/.bin/tsc'), ['-p', 'tsconfig.tools.json'], { cwd: folder })
  if (built.code !== 0) throw new Error(`the mutant does not compile:\n${built.output}`)
  return run(process.execPath, ['out/test/sim/main.js', '--seeds', String(seeds), '--first'], { cwd: folder })
}

const folder = join(home, 'tree')
copyTree(folder)
const sound = await simulate(folder, 20)
if (sound.code !== 0) {
  console.error(`the unchanged source does not pass:\n${sound.output}`)
  process.exit(1)
}
console.log('the unchanged source passes 20 seeds')

let caught = 0
for (const fault of faults) {
  copyTree(folder)
  plant(folder, fault)
  const { code, output } = await simulate(folder, seedsMax)
  const failing = output.match(/seed (\d+) FAILED: (.*)/)
  if (code !== 0 && failing !== null) {
    caught++
    console.log(`caught  ${fault.name} — seed ${failing[1]}: ${failing[2].slice(0, 120)}`)
  } else
    console.log(`MISSED  ${fault.name} (${seedsMax} seeds)${code === 0 ? '' : `\n${output.slice(-2000)}`}`)
}
rmSync(home, { recursive: true, force: true })
console.log(`caught ${caught} of ${faults.length}`)
process.exit(caught === faults.length ? 0 : 1)
