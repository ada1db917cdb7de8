import { Metadata } from '@grpc/grpc-js'
import { type Received, textOrAbsent } from '../wire/message.js'
import { fromCallError } from './call-error.js'
import type { Caller } from './caller.js'
import type { Endpoint } from './endpoint.js'
import { stalled } from './publish-call.js'
import { StallGuard } from './stall-guard.js'

/** Something that is wrong on a node. */
export interface VerifyFinding {
  readonly area: string
  /** Below the node's data folder. */
  readonly file?: string | undefined
  readonly offset?: number | undefined
  readonly what: string
  /** What to do about it. */
  readonly remedy: string
}

/** One member's part in a verification. */
export interface NodeVerification {
  readonly id: string
  readonly reachable: boolean
  /** Why it is not. */
  readonly trouble?: string | undefined
  readonly done: boolean
  readonly bytesRead: number
  readonly logSegments: number
  readonly logEntries: number
  readonly markIndex: number
  readonly stateValues: number
  /** Of all that its state holds at the index compared. */
  readonly stateSha256?: string | undefined
  readonly blobs: number
  readonly blobBytes: number
  readonly searchIndex: number
  readonly findings: readonly VerifyFinding[]
  readonly findingsInAll: number
  /** What it has yet to come to, so that not all could be compared; no damage. */
  readonly behind?: string | undefined
}

/** How far a verification of the cluster is. */
export interface Verification {
  /** 0: no majority could agree on an index, so the states were not compared. */
  readonly index: number
  readonly historyId: string
  readonly done: boolean
  readonly ok: boolean
  readonly nodes: readonly NodeVerification[]
}

/** Yields the whole picture again and again; the last one is the result. */
export async function* verifyCluster(
  caller: Caller,
  bytesPerSecond: number,
): AsyncGenerator<Verification, void, undefined> {
  const open = await caller.attempts('read', (endpoint) => begin(caller, endpoint, bytesPerSecond))
  try {
    for (let next = open.first; next.done !== true; next = await open.next()) yield fromMessage(next.value)
  } finally {
    open.end()
  }
}

type Answer = IteratorResult<Received<'VerifyResponse'>>

async function begin(caller: Caller, endpoint: Endpoint, bytesPerSecond: number) {
  const call = endpoint.cluster.verify({ bytesPerSecond }, new Metadata())
  // A broken stream is reported by the iterator; without a listener it would end the process.
  call.on('error', () => {})
  const guard = new StallGuard(caller.clock, () => call.cancel())
  const messages = call[Symbol.asyncIterator]() as AsyncIterator<Received<'VerifyResponse'>>
  const next = async (): Promise<Answer> => {
    guard.moved(caller.times.stallMs)
    try {
      return await messages.next()
    } catch (error) {
      throw guard.stalled ? stalled(endpoint.address, error) : fromCallError(error, endpoint.address)
    } finally {
      guard.stop()
    }
  }
  const end = () => {
    guard.stop()
    call.cancel()
  }
  try {
    return { first: await next(), next, end }
  } catch (error) {
    end()
    throw error
  }
}

function fromMessage(message: Received<'VerifyResponse'>): Verification {
  const { index, historyId, done, ok } = message
  return { index, historyId, done, ok, nodes: message.nodes.map(nodeFromMessage) }
}

function nodeFromMessage(message: Received<'NodeVerification'>): NodeVerification {
  const { trouble, stateSha256, behind, findings, ...rest } = message
  return {
    ...rest,
    trouble: textOrAbsent(trouble),
    stateSha256: textOrAbsent(stateSha256),
    behind: textOrAbsent(behind),
    findings: findings.map((finding) => {
      const { area, file, what, remedy } = finding
      const offset = finding._offset === 'offset' ? finding.offset : undefined
      return { area, file: textOrAbsent(file), offset, what, remedy }
    }),
  }
}
