import { Decoder, Encoder } from '../model/codec.js'
import { MarketplaceError } from '../model/error.js'
import type { NodeId } from '../model/node-id.js'

/** Where something is wrong. */
export const VERIFIED_AREAS = ['log', 'state', 'blobs', 'search', 'cluster'] as const
export type VerifiedArea = (typeof VERIFIED_AREAS)[number]

/** One thing that is wrong on a node, and what to do about it. */
export interface Finding {
  readonly area: VerifiedArea
  /** Below the node's data folder; empty where it is no file. */
  readonly file: string
  /** In that file, where it is known. */
  readonly offset: number | undefined
  readonly what: string
  readonly remedy: string
}

/** More are counted, not named. */
export const FINDINGS_MAX = 100

/** How far the reading of one node is, and what it found; whole once `done`. */
export interface NodeReport {
  readonly done: boolean
  readonly bytesRead: number
  readonly logSegments: number
  readonly logEntries: number
  /** Log index at which the log begins: all before is in the state. */
  readonly markIndex: number
  readonly stateValues: number
  /** Hash of all that the state holds at the checkpoint; absent where it could not be frozen there. */
  readonly stateSha256: string | undefined
  readonly blobs: number
  readonly blobBytes: number
  /** Log index up to which the search index reflects the state. */
  readonly searchIndex: number
  readonly findings: readonly Finding[]
  /** Those beyond {@link FINDINGS_MAX} too. */
  readonly findingsInAll: number
  /** What it has yet to come to, so that not all could be compared; no damage. */
  readonly behind: string | undefined
}

export const EMPTY_REPORT: NodeReport = {
  done: false,
  bytesRead: 0,
  logSegments: 0,
  logEntries: 0,
  markIndex: 0,
  stateValues: 0,
  stateSha256: undefined,
  blobs: 0,
  blobBytes: 0,
  searchIndex: 0,
  findings: [],
  findingsInAll: 0,
  behind: undefined,
}

/** Which reading is meant, and how fast. */
export interface VerifyOrder {
  /** Drawn by whoever asks: one reading is asked about many times. */
  readonly jobId: string
  /** The checkpoint; 0 where none could be made. */
  readonly index: number
  readonly bytesPerMs: number
}

/** One member's part of a verification. */
export interface MemberVerification {
  readonly id: NodeId
  /** Undefined where it cannot be reached, or refuses. */
  readonly report: NodeReport | undefined
  /** Why there is no report. */
  readonly trouble: string | undefined
}

const VERSION = 2

export function encodeOrder({ jobId, index, bytesPerMs }: VerifyOrder): Uint8Array {
  return new Encoder(40).byte(VERSION).hex(jobId, 16).uint(index).uint(bytesPerMs).finish()
}

/** @throws DecodeError, VERSION_UNSUPPORTED */
export function decodeOrder(bytes: Uint8Array): VerifyOrder {
  const input = versioned(bytes)
  const order = { jobId: input.hex(16), index: input.uint(), bytesPerMs: input.uint() }
  input.end()
  return order
}

export function encodeReport(report: NodeReport): Uint8Array {
  const out = new Encoder(256).byte(VERSION).bool(report.done).uint(report.bytesRead)
  out.uint(report.logSegments).uint(report.logEntries).uint(report.markIndex).uint(report.stateValues)
  out.optional(report.stateSha256, (hash) => out.hex(hash, 32))
  out.uint(report.blobs).uint(report.blobBytes).uint(report.searchIndex)
  out.list(report.findings, ({ area, file, offset, what, remedy }) => {
    out.byte(VERIFIED_AREAS.indexOf(area)).text(file)
    out
      .optional(offset, (at) => out.uint(at))
      .text(what)
      .text(remedy)
  })
  out.uint(report.findingsInAll).optional(report.behind, (why) => out.text(why))
  return out.finish()
}

/** @throws DecodeError, VERSION_UNSUPPORTED */
export function decodeReport(bytes: Uint8Array): NodeReport {
  const input = versioned(bytes)
  const report = {
    done: input.bool(),
    bytesRead: input.uint(),
    logSegments: input.uint(),
    logEntries: input.uint(),
    markIndex: input.uint(),
    stateValues: input.uint(),
    stateSha256: input.optional(() => input.hex(32)),
    blobs: input.uint(),
    blobBytes: input.uint(),
    searchIndex: input.uint(),
    findings: input.list(() => ({
      area: VERIFIED_AREAS[input.byte()] ?? 'cluster',
      file: input.text(),
      offset: input.optional(() => input.uint()),
      what: input.text(),
      remedy: input.text(),
    })),
    findingsInAll: input.uint(),
    behind: input.optional(() => input.text()),
  }
  input.end()
  return report
}

function versioned(bytes: Uint8Array): Decoder {
  const input = new Decoder(bytes)
  const version = input.byte()
  if (version === VERSION) return input
  throw new MarketplaceError({
    reason: 'VERSION_UNSUPPORTED',
    message: `a verification of version ${version}, this build knows ${VERSION}`,
    help: 'run the same release on all members',
  })
}
