import type { Bed } from './bed.js'
import { overwriteSyncs } from './disk.js'
import { type Figure, median, percentile, ratioFigure, valueFigure } from './figure.js'
import { load, rounds } from './load.js'
import { RawRegistry, registerBytes } from './raw-registry.js'
import { registrations } from './registration.js'

const FOR_MS = 1_500
const CALLS_MAX = 4_000
const SINGLE_CALLS = 150
const P99_MS = 120

/** Signed metadata of 1 KiB through the leader: verified, on the disks of a majority, applied. */
export async function register(bed: Bed): Promise<Figure[]> {
  const echo = await bed.echo()
  const cluster = await bed.cluster()
  const registry = new RawRegistry(await cluster.leader())
  const results = await rounds(bed.rounds, async (n) => {
    const many = registrations(`many-${n + 1}`, CALLS_MAX).map(registerBytes)
    const single = registrations(`single-${n + 1}`, SINGLE_CALLS).map(registerBytes)
    const empty = await load({ inFlight: 64, forMs: FOR_MS }, () => echo.empty())
    const loaded = await load({ inFlight: 64, forMs: FOR_MS, callsMax: CALLS_MAX }, (call) =>
      registry.register(many[call] as Buffer),
    )
    const emptyOne = await load({ inFlight: 1, forMs: FOR_MS, callsMax: SINGLE_CALLS }, () => echo.empty())
    const trips = await echo.streamRoundTrips(SINGLE_CALLS)
    const syncs = overwriteSyncs(bed.folder, SINGLE_CALLS)
    const alone = await load({ inFlight: 1, forMs: FOR_MS, callsMax: SINGLE_CALLS }, (call) =>
      registry.register(single[call] as Buffer),
    )
    return {
      emptyRate: empty.perSecond,
      rate: loaded.perSecond,
      p50: percentile(loaded.latenciesMs, 50),
      p99: percentile(loaded.latenciesMs, 99),
      least: median(emptyOne.latenciesMs) + median(trips) + median(syncs),
      alone: median(alone.latenciesMs),
    }
  })
  registry.close()
  const of = (name: keyof (typeof results)[number]) => results.map((result) => result[name])
  return [
    ratioFigure(
      'Register, 64 in flight',
      'calls/s',
      of('rate'),
      { name: 'empty unary', values: of('emptyRate') },
      { kind: 'ratio at least', of: 0.4 },
    ),
    valueFigure('Register, 64 in flight, p50', median(of('p50')), 'ms'),
    valueFigure('Register, 64 in flight, p99', median(of('p99')), 'ms', P99_MS),
    ratioFigure(
      'Register, 1 in flight, p50',
      'ms',
      of('alone'),
      { name: 'unary + fdatasync + round trip', values: of('least') },
      { kind: 'ratio at most', of: 2.5 },
    ),
  ]
}
