import { setTimeout as pause } from 'node:timers/promises'
import type { Sent } from '../src/wire/message.js'
import type { Bed } from './bed.js'
import { type Figure, valueFigure } from './figure.js'
import { timed } from './load.js'
import { type NodeProcess, processorMs, type Registry, registryOf, residentMib } from './nodes.js'
import { registration } from './registration.js'

const PACKAGES = 60_000
const IN_FLIGHT = 256
/** For the search index to commit, the log to be compacted and followers to land what is left. */
const SETTLE_MS = 5_000
const IDLE_MS = 10_000

/** Answers after which the same request is sent again: the machine was slow for a moment and another node leads. */
const PASSING: readonly string[] = [
  'ERROR_REASON_NOT_PROPOSED',
  'ERROR_REASON_OUTCOME_UNKNOWN',
  'ERROR_REASON_OVERLOADED',
  'ERROR_REASON_NO_LEADER',
]
const RETRY_MS = 100

/** Many registrations over one stream: what an importer does. */
export function registerMany(registry: Registry, count: number): Promise<void> {
  const stream = registry.registerMany()
  const pending = new Map<number, Sent<'RegisterRequest'>>()
  let sent = 0
  return new Promise((resolve, reject) => {
    const send = (sequence: number) => stream.write({ sequence, register: pending.get(sequence) ?? null })
    const fill = () => {
      for (; sent < count && pending.size < IN_FLIGHT; sent++) {
        pending.set(sent, registration('many-packages', sent))
        send(sent)
      }
    }
    stream.on('error', reject)
    stream.on('data', ({ sequence, registered, error }) => {
      if (!registered) {
        if (!PASSING.includes(String(error?.reason)))
          return reject(new Error(`registration ${sequence}: ${error?.message}`))
        setTimeout(send, RETRY_MS, sequence)
        return
      }
      pending.delete(sequence)
      if (sent === count && pending.size === 0) {
        stream.end()
        resolve()
      } else fill()
    })
    fill()
  })
}

/** A registry of the size that the project is made for. */
export async function manyPackages(bed: Bed): Promise<Figure[]> {
  await bed.dropCluster()
  const cluster = await bed.cluster()
  const leader = await cluster.leader()
  const registry = registryOf(leader)
  const ms = await timed(() => registerMany(registry, PACKAGES))
  registry.close()
  await pause(SETTLE_MS)
  const figures = [
    valueFigure('RegisterMany, signing included', PACKAGES / (ms / 1_000), 'packages/s'),
    valueFigure('60,000 packages: resident after the import', worst(cluster.nodes, residentMib), 'MiB', 400),
  ]
  const restarts: number[] = []
  for (const node of cluster.nodes) {
    await cluster.kill(node)
    restarts.push(
      await timed(() => {
        cluster.launch(node)
        return cluster.ready(node)
      }),
    )
  }
  await pause(SETTLE_MS)
  const before = cluster.nodes.map(processorMs)
  await pause(IDLE_MS)
  const shares = cluster.nodes.map((node, i) => ((processorMs(node) - (before[i] ?? 0)) / IDLE_MS) * 100)
  return [
    ...figures,
    valueFigure('60,000 packages: killed to serving again', Math.max(...restarts) / 1_000, 's', 5),
    valueFigure('60,000 packages: resident after a restart', worst(cluster.nodes, residentMib), 'MiB', 400),
    valueFigure('60,000 packages: idle, of a core', Math.max(...shares), '%', 2),
  ]
}

function worst(nodes: readonly NodeProcess[], measure: (node: NodeProcess) => number): number {
  return Math.max(...nodes.map(measure))
}
