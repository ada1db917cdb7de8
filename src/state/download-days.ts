import { assert } from '../model/assert.js'
import type { Decoder, Encoder } from '../model/codec.js'
import type { PackageRef } from '../model/package-id.js'
import { keys } from './key-layout.js'
import { decodeRef, writeRef } from './package-refs.js'
import { bodyEncoder, readBody, type StateReader, type StateWriter } from './stored-value.js'

/** Days for which downloads are told apart. What apply decides by: it stays, or becomes part of the cluster version. */
export const DOWNLOAD_DAYS_MAX = 90

const DAY_MS = 86_400_000

/** Counts of the days up to `newest`, that one first; at most {@link DOWNLOAD_DAYS_MAX}. */
export interface DownloadDays {
  /** Days since the Unix epoch, in UTC. */
  readonly newest: number
  readonly counts: readonly number[]
}

export interface DayCount {
  /** Days since the Unix epoch, in UTC. */
  readonly day: number
  readonly downloads: number
}

export function dayOf(timeMs: number): number {
  return Math.floor(timeMs / DAY_MS)
}

/** `2026-01-31` */
export function formatDay(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10)
}

export function addPackageDay(writer: StateWriter, ref: PackageRef, day: number, count: number): void {
  const before = readPackageDays(writer, ref)
  const after = added(before?.days, day, count)
  // The first who was counted fixes the spelling, which is the package's own.
  const out = bodyEncoder()
  writeRef(out, before?.ref ?? ref)
  encodeDays(out, after)
  writer.put(keys.packageDays(ref), out.view())
}

export function addRegistryDay(writer: StateWriter, day: number, count: number): void {
  const after = added(readRegistryDays(writer), day, count)
  const out = bodyEncoder()
  encodeDays(out, after)
  writer.put(keys.registryDays(), out.view())
}

export function readPackageDays(
  reader: StateReader,
  ref: PackageRef,
): { readonly ref: PackageRef; readonly days: DownloadDays } | undefined {
  return readBody(reader, keys.packageDays(ref), decodePackageDays)
}

export function readRegistryDays(reader: StateReader): DownloadDays | undefined {
  return readBody(reader, keys.registryDays(), decodeDays)
}

export function decodePackageDays(input: Decoder): { readonly ref: PackageRef; readonly days: DownloadDays } {
  return { ref: decodeRef(input), days: decodeDays(input) }
}

/** Every day from today back to the oldest kept, those without downloads too. */
export function countsUpTo(days: DownloadDays, today: number): DayCount[] {
  const oldest = Math.max(days.newest - days.counts.length + 1, today - DOWNLOAD_DAYS_MAX + 1)
  const found: DayCount[] = []
  for (let day = Math.max(today, days.newest); day >= oldest; day--)
    found.push({ day, downloads: days.counts[days.newest - day] ?? 0 })
  return found
}

/** Of today and the days before it, so many in all. */
export function sumOfDays(days: DownloadDays, today: number, count: number): number {
  let total = 0
  days.counts.forEach((downloads, at) => {
    if (days.newest - at > today - count) total = sum(total, downloads)
  })
  return total
}

/** Counters stop at 2^53−1 rather than lose exactness. */
export function sum(a: number, b: number): number {
  return Math.min(a + b, Number.MAX_SAFE_INTEGER)
}

/** Log time never goes back, so a day is the newest or a new one. */
function added(before: DownloadDays | undefined, day: number, count: number): DownloadDays {
  if (before === undefined) return { newest: day, counts: [count] }
  assert(day >= before.newest, () => `day ${day} after ${before.newest}`)
  const skipped = Math.min(day - before.newest, DOWNLOAD_DAYS_MAX)
  const counts = [...new Array<number>(skipped).fill(0), ...before.counts].slice(0, DOWNLOAD_DAYS_MAX)
  counts[0] = sum(counts[0] ?? 0, count)
  while (counts.at(-1) === 0) counts.pop()
  return { newest: day, counts }
}

function encodeDays(out: Encoder, { newest, counts }: DownloadDays): void {
  out.uint(newest)
  out.list(counts, (count) => out.uint(count))
}

function decodeDays(input: Decoder): DownloadDays {
  return { newest: input.uint(), counts: input.list(() => input.uint()) }
}
