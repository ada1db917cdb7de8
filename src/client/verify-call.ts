import { Metadata } from '@grpc/grpc-js'
import { type Received, textOrAbsent } from '../wire/message.js'
import type { Caller } from './caller.js'
import type { Endpoint } from './endpoint.js'
import { MessageStream } from './message-stream.js'

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

async function begin(caller: Caller, endpoint: Endpoint, bytesPerSecond: number) {
  const call = endpoint.cluster.verify({ bytesPerSecond }, new Metadata())
  const stream = new MessageStream<Received<'VerifyResponse'>>(caller, endpoint, call)
  const next = () => stream.next(caller.times.stallMs)
  const end = () => stream.end()
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
