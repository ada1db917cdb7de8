import type { Bed } from './bed.js'
import { type Figure, ratioFigure } from './figure.js'
import { load, rounds } from './load.js'
import { type Registry, registryOf } from './nodes.js'
import { registerOnce } from './register.js'
import { metadataOf, registrations } from './registration.js'

const PACKAGES = 500
const FOR_MS = 1_200

function getOnce(registry: Registry, n: number): Promise<void> {
  const { id } = metadataOf('get', n)
  return new Promise((resolve, reject) => {
    registry.get({ id, includeReadme: false }, (error, answer) => {
      if (error !== null) reject(error)
      else if (answer?.version?.metadata?.id?.name !== id.name) reject(new Error(`not ${id.name}`))
      else resolve()
    })
  })
}

/** Linearizable reads (the default) of one version each. */
export async function get(bed: Bed): Promise<Figure[]> {
  const echo = await bed.echo()
  const cluster = await bed.cluster()
  const leader = await cluster.leader()
  const registries = new Map(cluster.nodes.map((node) => [node.id, registryOf(node)]))
  const ofLeader = registries.get(leader.id) as Registry
  const all = [...registries.values()]
  const requests = registrations('get', PACKAGES)
  await load({ inFlight: 16, forMs: 60_000, callsMax: PACKAGES }, (n) =>
    registerOnce(ofLeader, requests[n] ?? {}),
  )
  const spell = { inFlight: 64, forMs: FOR_MS }
  const results = await rounds(bed.rounds, async () => ({
    empty: (await load(spell, () => echo.empty())).perSecond,
    leader: (await load(spell, (n) => getOnce(ofLeader, n % PACKAGES))).perSecond,
    spread: (await load(spell, (n) => getOnce(all[n % all.length] as Registry, n % PACKAGES))).perSecond,
  }))
  for (const registry of all) registry.close()
  const floor = { name: 'empty unary', values: results.map((result) => result.empty) }
  return [
    ratioFigure(
      'Get from the leader, 64 in flight',
      'calls/s',
      results.map((result) => result.leader),
      floor,
      {
        kind: 'ratio at least',
        of: 0.7,
      },
    ),
    ratioFigure(
      'Get spread over three nodes, 64 in flight',
      'calls/s',
      results.map((result) => result.spread),
      floor,
      {
        kind: 'ratio at least',
        of: 0.6,
      },
    ),
  ]
}
