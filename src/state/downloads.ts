import type { DownloadsCommand } from '../model/command.js'
import type { PackageId, PackageRef } from '../model/package-id.js'
import type { CountedResult } from './command-result.js'
import { addPackageDay, addRegistryDay, dayOf, sum } from './download-days.js'
import { keys } from './key-layout.js'
import { type Counters, encodeNumber, readNumber } from './meta.js'
import type { StateReader, StateWriter } from './stored-value.js'

/** Downloads of all versions: the popularity of a package. */
export function readPackageDownloads(reader: StateReader, ref: PackageRef): number {
  return readNumber(reader, keys.packageDownloads(ref)) ?? 0
}

export function readVersionDownloads(reader: StateReader, id: PackageId): number {
  return readNumber(reader, keys.versionDownloads(id, id.version)) ?? 0
}

/** Counts a node's batch once: an epoch at or below the last one counted is a replay. Unknown versions are passed over. */
export function applyDownloads(
  writer: StateWriter,
  counters: Counters,
  command: DownloadsCommand,
): CountedResult {
  const epochKey = keys.downloadEpoch(command.nodeId)
  const last = readNumber(writer, epochKey)
  if (last !== undefined && command.epoch <= last) return { type: 'counted', counted: false }
  writer.put(epochKey, encodeNumber(command.epoch))
  const day = command.type === 'dailyDownloads' ? dayOf(counters.logTimeMs) : undefined
  let total = 0
  for (const { id, count } of command.counts) {
    if (count === 0 || writer.get(keys.version(id, id.version)) === undefined) continue
    writer.put(
      keys.versionDownloads(id, id.version),
      encodeNumber(sum(readVersionDownloads(writer, id), count)),
    )
    writer.put(keys.packageDownloads(id), encodeNumber(sum(readPackageDownloads(writer, id), count)))
    counters.downloads = sum(counters.downloads, count)
    total = sum(total, count)
    if (day !== undefined) addPackageDay(writer, id, day, count)
  }
  if (day !== undefined && total > 0) addRegistryDay(writer, day, total)
  return { type: 'counted', counted: true }
}
