import type { Bed } from './bed.js'
import { BLOB_MIB } from './bed.js'
import { appendSyncs, copyAndSync, levelRecordsPerSecond, overwriteSyncs } from './disk.js'
import { type Figure, floorFigure, median } from './figure.js'
import { load, rounds } from './load.js'

const SYNCS = 100
const LEVEL_BATCHES = 100
const STREAM_MESSAGES = 20_000
const EMPTY_FOR_MS = 800

/** What this machine can do at most, before any of this project's code. */
export async function floors(bed: Bed): Promise<Figure[]> {
  const echo = await bed.echo()
  const results = await rounds(bed.rounds, async () => ({
    append: median(appendSyncs(bed.folder, SYNCS)),
    overwrite: median(overwriteSyncs(bed.folder, SYNCS)),
    one: (await load({ inFlight: 1, forMs: EMPTY_FOR_MS }, () => echo.empty())).perSecond,
    many: (await load({ inFlight: 64, forMs: EMPTY_FOR_MS }, () => echo.empty())).perSecond,
    stream: await echo.streamRate(STREAM_MESSAGES),
    trip: median(await echo.streamRoundTrips(200)),
    level: await levelRecordsPerSecond(bed.folder, LEVEL_BATCHES),
    copy: await copyAndSync(bed.file, bed.folder),
    http: BLOB_MIB / ((await echo.fetchFile()) / 1_000),
  }))
  const of = (name: keyof (typeof results)[number]) => median(results.map((result) => result[name]))
  return [
    floorFigure('fdatasync of 4 KiB, appended', of('append'), 'ms'),
    floorFigure('fdatasync of 4 KiB, preallocated and written', of('overwrite'), 'ms'),
    floorFigure('empty unary call, 1 in flight', of('one'), 'calls/s'),
    floorFigure('empty unary call, 64 in flight', of('many'), 'calls/s'),
    floorFigure('bidirectional stream, 1 KiB there and back', of('stream'), 'messages/s'),
    floorFigure('the same, one at a time', of('trip'), 'ms'),
    floorFigure('LevelDB, synced batches of 50', of('level'), 'records/s'),
    floorFigure(`cp and fsync of ${BLOB_MIB} MiB`, of('copy'), 'ms'),
    floorFigure(`http stream of a ${BLOB_MIB} MiB file`, of('http'), 'MiB/s'),
  ]
}
