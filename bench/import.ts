import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { openLocalRegistry } from '../src/embedded.js'
import { encodeCommand, type RequestId } from '../src/model/command.js'
import type { SignedVersion } from '../src/model/signed-write.js'
import { APPLIER_DEFAULTS } from '../src/node/applier.js'
import { StateMachine } from '../src/state/state-machine.js'
import { LevelKeyValueStore } from '../src/storage/level/level-key-value-store.js'
import { MemoryKeyValueStore } from '../src/storage/memory/memory-key-value-store.js'
import { verifyPublish } from '../src/trust/admission.js'
import { OpensslVerifier } from '../src/trust/openssl-verifier.js'
import type { Bed } from './bed.js'
import { type Figure, floorFigure, median, rateFigure } from './figure.js'
import { importRecords, messageBytes } from './import-records.js'
import { listing } from './listing.js'
import { timed } from './load.js'
import { processorMs } from './nodes.js'
import { RawRegistry } from './raw-registry.js'

/** Packages per second that are asked for. */
const EMBEDDED_GOAL = 5_000
const CLUSTER_GOAL = 2_500

/**
 * Real records of metadata, 60,000 by default, signed beforehand, through RegisterMany: each signature is verified, each is on the disk (of a majority)
 * when it is answered. The floors are of the same minutes and carry the same bytes: an echo of the messages on one stream, and
 * what the state writes for these records, in synced batches.
 */
export async function importing(bed: Bed): Promise<Figure[]> {
  const { source, versions } = importRecords(bed.packages)
  const messages = versions.map(messageBytes)
  const bytes = messages.reduce((sum, each) => sum + each.length, 0) / versions.length
  const echo = await bed.echo()
  const streams = [await echo.rateOf(messages)]
  const levels = [await levelRate(bed.folder, versions)]
  const embedded = await embeddedRate(bed.folder, versions)
  streams.push(await echo.rateOf(messages))
  levels.push(await levelRate(bed.folder, versions))
  await bed.dropCluster()
  const cluster = await bed.cluster()
  const registry = new RawRegistry(await cluster.leader())
  const before = cluster.nodes.map(processorMs)
  const rate = versions.length / ((await timed(() => registry.registerMany(messages))) / 1_000)
  const spentMs = cluster.nodes.reduce((sum, node, i) => sum + processorMs(node) - (before[i] ?? 0), 0)
  registry.close()
  streams.push(await echo.rateOf(messages))
  levels.push(await levelRate(bed.folder, versions))
  const stream = { name: 'stream', value: median(streams) }
  const level = { name: 'LevelDB', value: median(levels) }
  return [
    floorFigure(`a record of ${source}`, bytes, 'bytes'),
    floorFigure('the same messages there and back on a stream', stream.value, 'records/s'),
    floorFigure('the same puts into LevelDB, synced', level.value, 'records/s'),
    ...rateFigure('import, embedded', embedded.rate, 'packages/s', EMBEDDED_GOAL, [stream, level]),
    floorFigure('import, embedded: processor time of a package', embedded.processorUs, 'µs'),
    ...rateFigure('import, three nodes', rate, 'packages/s', CLUSTER_GOAL, [stream, level]),
    floorFigure(
      'import, three nodes: processor time of a package, all nodes',
      (spentMs * 1_000) / versions.length,
      'µs',
    ),
    ...(await listing(bed)),
  ]
}

/** Packages per second; and the processor time of each, which says what is to be expected where others keep the machine busy. */
async function embeddedRate(
  parent: string,
  versions: readonly SignedVersion[],
): Promise<{ readonly rate: number; readonly processorUs: number }> {
  const folder = mkdtempSync(join(parent, 'embedded-'))
  await using opened = await openLocalRegistry({ folder })
  const { registry } = opened
  const source = async function* () {
    yield* versions
  }
  let created = 0
  const before = process.cpuUsage()
  const ms = await timed(async () => {
    for await (const outcome of registry.registerMany?.(source()) ?? []) {
      if ('error' in outcome) throw outcome.error
      if (outcome.receipt.created) created++
    }
  })
  if (created !== versions.length) throw new Error(`${created} of ${versions.length} were created`)
  const { user, system } = process.cpuUsage(before)
  return { rate: versions.length / (ms / 1_000), processorUs: (user + system) / versions.length }
}

/** What the state machine writes for these records, into LevelDB and nothing else: only the writes are timed. */
async function levelRate(parent: string, versions: readonly SignedVersion[]): Promise<number> {
  const folder = mkdtempSync(join(parent, 'level-'))
  const machine = await StateMachine.open(new MemoryKeyValueStore())
  const verifier = new OpensslVerifier()
  const stampMs = Date.now()
  const { groupEntriesMax } = APPLIER_DEFAULTS
  let ms = 0
  {
    await using level = await LevelKeyValueStore.open(folder)
    for (let at = 0; at < versions.length; at += groupEntriesMax) {
      const group = machine.apply(
        versions.slice(at, at + groupEntriesMax).map((version, n) => ({
          term: 1,
          index: at + n + 1,
          type: 'command' as const,
          stampMs,
          payload: payloadOf(version, verifier),
        })),
      )
      ms += await timed(() => level.write(group.operations, { sync: true }))
      await machine.land(group)
    }
  }
  rmSync(folder, { recursive: true })
  return versions.length / (ms / 1_000)
}

function payloadOf(version: SignedVersion, verifier: OpensslVerifier): Uint8Array {
  const { metadata, contentHash, signatures, publicKeys } = version
  const verdict = verifyPublish({ metadata, contentHash, signatures, publicKeys }, verifier)
  return encodeCommand({
    type: 'register',
    requestId: version.requestId as RequestId,
    metadata,
    signatures,
    ...verdict,
    holders: [],
    leaseEndMs: 0,
  })
}
