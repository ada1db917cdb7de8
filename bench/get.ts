import type { Bed } from './bed.js'
import { type Figure, ratioFigure } from './figure.js'
import { load, rounds } from './load.js'
import { getBytes, RawRegistry, registerBytes } from './raw-registry.js'
import { metadataOf, registrations } from './registration.js'

const PACKAGES = 500
const FOR_MS = 1_200

interface Wanted {
  readonly request: Buffer
  readonly name: string
}

/** An answer that does not speak of the package that was asked for ends the bench. */
async function getOnce(registry: RawRegistry, { request, name }: Wanted): Promise<void> {
  const answer = await registry.get(request)
  if (!answer.includes(name)) throw new Error(`not ${name}`)
}

/** Linearizable reads (the default) of one version each. */
export async function get(bed: Bed): Promise<Figure[]> {
  const echo = await bed.echo()
  const cluster = await bed.cluster()
  const leader = await cluster.leader()
  const registries = new Map(cluster.nodes.map((node) => [node.id, new RawRegistry(node)]))
  const ofLeader = registries.get(leader.id) as RawRegistry
  const all = [...registries.values()]
  const requests = registrations('get', PACKAGES).map(registerBytes)
  const wanted = requests.map((_, n): Wanted => {
    const { id } = metadataOf('get', n)
    return { request: getBytes({ id, includeReadme: false }), name: id.name }
  })
  const pick = (n: number) => wanted[n % PACKAGES] as Wanted
  await load({ inFlight: 16, forMs: 60_000, callsMax: PACKAGES }, (n) =>
    ofLeader.register(requests[n] as Buffer),
  )
  const spell = { inFlight: 64, forMs: FOR_MS }
  const results = await rounds(bed.rounds, async () => ({
    empty: (await load(spell, () => echo.empty())).perSecond,
    leader: (await load(spell, (n) => getOnce(ofLeader, pick(n)))).perSecond,
    spread: (await load(spell, (n) => getOnce(all[n % all.length] as RawRegistry, pick(n)))).perSecond,
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
