import type { Bed } from './bed.js'
import { type Figure, median, percentile, valueFigure } from './figure.js'
import { load } from './load.js'
import { listBytes, nextPageOf, RawRegistry } from './raw-registry.js'

/** Calls timed of each page. */
const CALLS = 100
const GOAL_MS = 5
const SIZES = [50, 1_000] as const

/**
 * Pages of ListPackages at the leader, one call after the other, linearizable: the first, one in the middle, the last. The answer
 * is bytes to the client, as that of the empty call beside it is.
 */
export async function listing(bed: Bed): Promise<Figure[]> {
  const cluster = await bed.cluster()
  const echo = await bed.echo()
  const registry = new RawRegistry(await cluster.leader())
  const figures: Figure[] = []
  for (const size of SIZES) {
    const tokens = await tokensOf(registry, size)
    const at = { first: tokens[0], middle: tokens[tokens.length >> 1], last: tokens.at(-1) }
    for (const [name, pageToken = ''] of Object.entries(at)) {
      const request = listBytes({ pageSize: size, pageToken })
      const spell = { inFlight: 1, forMs: 20_000, callsMax: CALLS }
      await load(spell, () => registry.list(request))
      const empty = await load(spell, () => echo.empty())
      const { latenciesMs } = await load(spell, () => registry.list(request))
      const p50 = percentile(latenciesMs, 50)
      const what = `ListPackages, ${size.toLocaleString('en-US')} entries, ${name} page`
      figures.push(
        valueFigure(
          `${what}, p50 (${(p50 / median(empty.latenciesMs)).toFixed(1)} empty calls)`,
          p50,
          'ms',
          GOAL_MS,
        ),
        valueFigure(`${what}, p99`, percentile(latenciesMs, 99), 'ms'),
      )
    }
  }
  registry.close()
  return figures
}

/** The tokens of all pages; that of the first is empty. */
async function tokensOf(registry: RawRegistry, pageSize: number): Promise<string[]> {
  const tokens = ['']
  for (let pageToken = ''; ; tokens.push(pageToken)) {
    pageToken = nextPageOf(await registry.list(listBytes({ pageSize, pageToken })))
    if (pageToken === '') return tokens
  }
}
