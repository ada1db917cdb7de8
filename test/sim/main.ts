import { fork } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { formatHistory } from '../history/operation.js'
import { runSimulation, type SimulationResult } from './simulation.js'

interface SeedReport {
  readonly seed: number
  readonly violations: readonly string[]
  readonly simulatedMs: number
  readonly events: number
  readonly operations: number
  readonly traceHash: string
}

const { values } = parseArgs({
  options: {
    seeds: { type: 'string' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    history: { type: 'string' },
    jobs: { type: 'string' },
    worker: { type: 'boolean', default: false },
    /** Stop at the first failing seed. */
    first: { type: 'boolean', default: false },
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
  const { violations, simulatedMs, events, traceHash } = result
  return { seed, violations, simulatedMs, events, traceHash, operations: result.history.length }
}

async function one(seed: number): Promise<never> {
  const result = await runSimulation(seed, { trace: (line) => console.log(line) })
  if (values.history !== undefined) writeFileSync(values.history, formatHistory(result.history))
  for (const violation of result.violations) console.log(`VIOLATION ${violation}`)
  console.log(
    `seed ${seed}: ${result.violations.length === 0 ? 'clean' : `${result.violations.length} violations`}, ` +
      `${(result.simulatedMs / 1000).toFixed(1)} simulated s, ${result.events} events, ${result.history.length} operations, trace ${result.traceHash}`,
  )
  process.exit(result.violations.length === 0 ? 0 : 1)
}

/** A worker asks for seeds until there are none. */
function worker(): void {
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
      })
    }
  })
  process.send?.('ready')
}

async function many(from: number, count: number, jobs: number): Promise<never> {
  const started = performance.now()
  let next = from
  let done = 0
  let simulatedMs = 0
  let operations = 0
  const failed: SeedReport[] = []
  const hashes = new Map<number, string>()
  const hand = (child: ReturnType<typeof fork>) => {
    if (next < from + count && !(values.first && failed.length > 0)) child.send(next++)
    else child.disconnect()
  }
  const children = Array.from({ length: Math.min(jobs, count) }, () =>
    fork(fileURLToPath(import.meta.url), ['--worker']),
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
              hashes.set(message.seed, message.traceHash)
              if (message.violations.length > 0) {
                failed.push(message)
                console.log(`seed ${message.seed} FAILED: ${message.violations[0]}`)
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
  const seconds = (performance.now() - started) / 1000
  const ranAll = done === count || (values.first && failed.length > 0)
  console.log(
    `${count} seeds from ${from}: ${operations} operations, ${Math.round(simulatedMs / 1000)} simulated s in ${Math.round(seconds)} s`,
  )
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
