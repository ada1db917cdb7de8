import { fork } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { formatHistory } from '../history/operation.js'
import { drawPlan, draws, NETWORK_FAULTS, type Variant } from './fault-plan.js'
import { SeededRandom } from './seeded-random.js'
import { commandOf, kindOf, shrink } from './shrink.js'
import { type Sightings, tellSightings } from './sightings.js'
import { runSimulation, type SimulationResult } from './simulation.js'
import { inWords } from './story.js'

/** How many failing seeds of one call are looked into, for how long each, and how much of the story is printed. */
const EXPLAINED_MAX = 2
const EXPLAIN_MS = 60_000
const STORY_LINES_MAX = 200

interface SeedReport {
  readonly seed: number
  readonly violations: readonly string[]
  readonly simulatedMs: number
  readonly events: number
  readonly operations: number
  readonly traceHash: string
  readonly seen: Sightings
}

const { values } = parseArgs({
  options: {
    seeds: { type: 'string' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    history: { type: 'string' },
    jobs: { type: 'string' },
    worker: { type: 'boolean', default: false },
    /** Stop at the first failing seed, and do not look into it. */
    first: { type: 'boolean', default: false },
    /** Only seeds that draw it: `leases`, or a class of acts. */
    drawing: { type: 'string' },
    /** What is printed of one seed: every message, or in words what happened. */
    trace: { type: 'string', default: 'full' },
    /** A part of what one seed has drawn: numbers of acts, or none. */
    acts: { type: 'string' },
    /** Kinds of network trouble that are off. */
    calm: { type: 'string' },
    'storm-ms': { type: 'string' },
    alters: { type: 'string' },
    /** Print a hash of every seed's trace, so that two runs can be compared. */
    hashes: { type: 'boolean', default: false },
  },
})

function wholeNumber(name: string, text: string | undefined, fallback: number): number {
  const value = text === undefined ? fallback : Number(text)
  if (!Number.isSafeInteger(value) || value < 0) {
    console.error(`--${name} ${text} is not a whole number; give one such as 500`)
    process.exit(2)
  }
  return value
}

function report(seed: number, result: SimulationResult): SeedReport {
  const { violations, simulatedMs, events, traceHash, seen } = result
  return { seed, violations, simulatedMs, events, traceHash, seen, operations: result.history.length }
}

/** What of a seed's plan the command line leaves. */
function variantOf(): Variant {
  const { acts, calm, alters } = values
  const kept = NETWORK_FAULTS.filter((fault) => calm?.split(',').includes(fault))
  return {
    ...(acts === undefined
      ? {}
      : { acts: acts === 'none' ? [] : acts.split(',').map((act) => wholeNumber('acts', act, 0)) }),
    ...(calm === undefined ? {} : { calm: kept }),
    ...(values['storm-ms'] === undefined ? {} : { stormMs: wholeNumber('storm-ms', values['storm-ms'], 0) }),
    ...(alters === undefined ? {} : { alters: alters !== 'no' }),
  }
}

async function one(seed: number): Promise<never> {
  const result = await runSimulation(seed, {
    variant: variantOf(),
    ...(values.trace === 'story'
      ? { story: (line) => console.log(inWords(line)) }
      : { trace: (line) => console.log(line) }),
  })
  if (values.history !== undefined) writeFileSync(values.history, formatHistory(result.history))
  for (const violation of result.violations) console.log(`VIOLATION ${violation}`)
  console.log(
    `seed ${seed}: ${result.violations.length === 0 ? 'clean' : `${result.violations.length} violations`}, ` +
      `${(result.simulatedMs / 1000).toFixed(1)} simulated s, ${result.events} events, ${result.history.length} operations, trace ${result.traceHash}`,
  )
  process.exit(result.violations.length === 0 ? 0 : 1)
}

/** The smallest part of a failing seed that fails in the same way, as a command and as a story. */
async function explain(seed: number): Promise<void> {
  const whole = await runSimulation(seed, {})
  const kind = kindOf(whole.violations)
  if (kind === undefined)
    return console.log(`seed ${seed} does not fail a second time: look for what is not deterministic`)
  const endMs = performance.now() + EXPLAIN_MS
  const { variant, tries } = await shrink(
    whole.plan,
    async (smaller) =>
      performance.now() < endMs &&
      kindOf((await runSimulation(seed, { variant: smaller })).violations) === kind,
  )
  const story: string[] = []
  const { violations } = await runSimulation(seed, { variant, story: (line) => story.push(inWords(line)) })
  const failing = story.findIndex((line) => line.includes('VIOLATION'))
  const told = failing < 0 ? story : story.slice(0, failing + 1)
  const acts = variant.acts?.length ?? whole.plan.acts.length
  console.log(`— seed ${seed}, ${acts} of ${whole.plan.acts.length} acts left after ${tries} tries —`)
  const [head, ...rest] = told
  console.log(head)
  if (rest.length > STORY_LINES_MAX) console.log(`  … ${rest.length - STORY_LINES_MAX} lines …`)
  for (const line of rest.slice(-STORY_LINES_MAX)) console.log(line)
  if (failing < 0) console.log(`  ${violations[0]}`)
  console.log(`— replay: ${commandOf(seed, variant)} TRACE=story`)
}

/** A worker asks for seeds until there are none. */
function worker(): void {
  // The simulated world is full of errors that are answered and forgotten; a seed that fails is run again with their stacks.
  Error.stackTraceLimit = 0
  process.on('message', async (seed: number) => {
    try {
      process.send?.(report(seed, await runSimulation(seed, {})))
    } catch (error) {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
      process.send?.({
        seed,
        violations: [`the run itself failed: ${text}`],
        simulatedMs: 0,
        events: 0,
        operations: 0,
        traceHash: '',
        seen: {},
      })
    }
  })
  process.send?.('ready')
}

/** So many seeds, of those that draw what is wanted. */
function seedsOf(from: number, count: number): number[] {
  const seeds: number[] = []
  for (let seed = from; seeds.length < count; seed++)
    if (values.drawing === undefined || draws(drawPlan(new SeededRandom(seed)), values.drawing))
      seeds.push(seed)
  return seeds
}

async function many(from: number, count: number, jobs: number): Promise<never> {
  const started = performance.now()
  const seeds = seedsOf(from, count)
  let next = 0
  let done = 0
  let simulatedMs = 0
  let operations = 0
  const failed: SeedReport[] = []
  const seen: Sightings[] = []
  const hashes = new Map<number, string>()
  const hand = (child: ReturnType<typeof fork>) => {
    const seed = seeds[next++]
    if (seed !== undefined && !(values.first && failed.length > 0)) child.send(seed)
    else child.disconnect()
  }
  const children = Array.from({ length: Math.min(jobs, count) }, () =>
    // Short-lived objects are most of what a seed makes: a larger nursery saves a twentieth of the time.
    fork(fileURLToPath(import.meta.url), ['--worker'], {
      execArgv: [...process.execArgv, '--max-semi-space-size=32'],
    }),
  )
  await Promise.all(
    children.map(
      (child) =>
        new Promise<void>((resolve, reject) => {
          child.on('error', reject)
          child.on('exit', () => resolve())
          child.on('message', (message: 'ready' | SeedReport) => {
            if (message !== 'ready') {
              done++
              simulatedMs += message.simulatedMs
              operations += message.operations
              seen.push(message.seen)
              hashes.set(message.seed, message.traceHash)
              if (message.violations.length > 0) {
                failed.push(message)
                console.log(`seed ${message.seed} FAILED: ${message.violations[0]}`)
                console.log(`  the ${seeds.indexOf(message.seed) + 1}. of those that were tried`)
                console.log(`  replay: make simulate SEED=${message.seed}`)
              }
              if (done % 50 === 0) {
                const seconds = (performance.now() - started) / 1000
                console.log(
                  `${done}/${count} seeds, ${failed.length} failed, ${Math.round(simulatedMs / 1000 / seconds)} simulated s per s`,
                )
              }
            }
            hand(child)
          })
        }),
    ),
  )
  if (values.hashes)
    for (const seed of [...hashes.keys()].sort((a, b) => a - b))
      console.log(`trace ${seed} ${hashes.get(seed)}`)
  if (!values.first) for (const { seed } of failed.slice(0, EXPLAINED_MAX)) await explain(seed)
  const seconds = (performance.now() - started) / 1000
  const ranAll = done === count || (values.first && failed.length > 0)
  console.log(
    `${count} seeds from ${from}: ${operations} operations, ${Math.round(simulatedMs / 1000)} simulated s in ${Math.round(seconds)} s`,
  )
  console.log(`what happened, how often and in how many seeds: ${tellSightings(seen).join(', ')}`)
  console.log(`${done - failed.length} passed, ${failed.length} failed`)
  process.exit(failed.length === 0 && ranAll ? 0 : 1)
}

if (values.worker) worker()
else if (values.seed !== undefined) await one(wholeNumber('seed', values.seed, 1))
else {
  await many(
    wholeNumber('from', values.from, 1),
    wholeNumber('seeds', values.seeds, 100),
    wholeNumber('jobs', values.jobs, availableParallelism()),
  )
}
