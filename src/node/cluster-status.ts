import { bytesToHex, DecodeError, Decoder, Encoder } from '../model/codec.js'
import { MarketplaceError } from '../model/error.js'
import type { NodeId } from '../model/node-id.js'
import type { Role } from '../raft/effect.js'
import type { PeerTransport } from '../rpc/peer-transport.js'
import { membersOf } from './member-list.js'
import type { Node } from './node.js'
import { checkNotRemoved } from './node-fault.js'

const PROCEDURE = 'cluster.status'
const REPORT_VERSION = 3
const CALL_MS = 1_500
const ROLES: readonly Role[] = ['follower', 'pre-candidate', 'candidate', 'leader']

/** One member as it was a moment ago; the report is known of reachable ones only. */
export interface MemberStatus {
  readonly id: NodeId
  /** Where clients reach it; undefined where that is not known here. */
  readonly address: string | undefined
  readonly reachable: boolean
  /** Of an unreachable one: what whoever answers in its place says; undefined where nobody does. */
  readonly trouble?: string | undefined
  readonly peerAddress: string
  readonly voter: boolean
  /** It votes in the configuration that is being left only. */
  readonly leaving: boolean
  readonly report?: MemberReport
  /** Hex, of the one index that `ClusterStatus.hashIndex` names. */
  readonly stateHash?: string | undefined
}

export interface MemberReport {
  readonly role: Role
  readonly term: number
  readonly leader: NodeId | undefined
  readonly commitIndex: number
  readonly appliedIndex: number
  /** Referenced blobs that this member does not hold yet. */
  readonly blobsMissing: number
  /** Whether that counts them all: not so while a started node still looks for them. */
  readonly blobsCounted: boolean
  /** Of the blobs that were referred to at the index asked about, those it does not hold; undefined while it cannot say. */
  readonly blobsMissingAt: number | undefined
  /** Members whose folder it would know again: see FolderAdmission. */
  readonly remembers: readonly NodeId[]
  readonly clientAddress: string
  /** What stopped it from taking part. */
  readonly fault: string | undefined
  /** What it runs; undefined of a release that does not say so. */
  readonly build: BuildOfMember | undefined
}

/** What a member runs. */
export interface BuildOfMember {
  /** The newest cluster version that it knows. */
  readonly versionMax: number
  /** As whoever started it calls it. */
  readonly name: string | undefined
}

/** What a member answered, when asked how it is; without a report it cannot be reached. */
export interface MemberAnswer {
  readonly report?: MemberReport | undefined
  /** What whoever answers in its place says; undefined where nobody does. */
  readonly trouble?: string | undefined
}

export interface ClusterStatus {
  readonly leader: NodeId | undefined
  readonly nodes: readonly MemberStatus[]
  /** Index at which all state hashes were taken: the lowest applied index of the reachable members. */
  readonly hashIndex: number
  readonly configuration: ConfigurationState
  /** Which commands the log may hold, by the state of the answering node. */
  readonly version: number
}

/** Where a change of the members stands, as the answering node knows it. */
export interface ConfigurationState {
  /** Of the log entry that brought it in force. */
  readonly index: number
  /** The majorities of the old and of the new voters both decide. */
  readonly joint: boolean
  readonly committed: boolean
}

/** What the node itself does not know. */
export interface ClusterStatusLocal {
  blobsMissing(): number
  /** See {@link MemberReport.blobsMissingAt}. */
  blobsMissingAt(index: number): number | undefined
  /** See {@link MemberReport.remembers}. */
  remembers(): readonly NodeId[]
  /** Where clients reach a member, as far as this node was told. */
  clientAddressOf(id: NodeId): string | undefined
  readonly build: BuildOfMember
  /** See {@link ClusterStatus.version}. */
  versionInForce(): number
}

/** Asks every member how it stands, and all of them for their state hash at one common index. */
export class ClusterStatusReader {
  constructor(
    private readonly node: Node,
    private readonly transport: PeerTransport,
    private readonly local: ClusterStatusLocal,
  ) {}

  serve(): void {
    this.transport.serve(PROCEDURE, async (_from, call) => {
      const input = new Decoder(call.header)
      const index = input.uint()
      input.end()
      return { header: encodeReport(this.#report(index), this.node.hashAt(index)) }
    })
  }

  /** @throws MEMBER_REMOVED where this node is a member no more */
  async read(): Promise<ClusterStatus> {
    const status = this.node.status()
    checkNotRemoved(status)
    const { configuration, configurationIndex: index, commit } = status.raft
    const { voters, learners, outgoing } = configuration
    const stays = new Set([...voters, ...learners].map((member) => member.id))
    const members = membersOf(configuration)
    const first = await Promise.all(
      members.map(async (member) => ({ member, answer: await this.#ask(member.id, 0) })),
    )
    const reachable = first.flatMap(({ answer }) => answer.report ?? [])
    const hashIndex = Math.min(...reachable.map((report) => report.appliedIndex))
    const nodes = await Promise.all(
      first.map(async ({ member, answer }): Promise<MemberStatus> => {
        const { id, voter, address: peerAddress } = member
        const { report, trouble } = answer
        const address = report?.clientAddress || this.local.clientAddressOf(id)
        const known = { id, voter, leaving: !stays.has(id), peerAddress, address }
        if (report === undefined) return { ...known, reachable: false, trouble }
        const second = await this.#ask(id, hashIndex)
        return { ...known, reachable: true, report, stateHash: second.hash }
      }),
    )
    const leading = reachable.findIndex((report) => report.role === 'leader')
    const newest = reachable.reduce((a, b) => (b.term > a.term ? b : a), this.#report(0))
    const leader = leading < 0 ? newest.leader : highestLeader(nodes)
    const state = { index, joint: outgoing.length > 0, committed: index <= commit }
    return { leader, nodes, hashIndex, configuration: state, version: this.local.versionInForce() }
  }

  /** How one member is, and what it misses of the blobs referred to at that index. */
  report(id: NodeId, index: number): Promise<MemberAnswer> {
    return this.#ask(id, index)
  }

  async #ask(id: NodeId, index: number): Promise<MemberAnswer & { hash?: string | undefined }> {
    if (id === this.node.nodeId) return { report: this.#report(index), hash: hexOf(this.node.hashAt(index)) }
    try {
      const header = new Encoder(8).uint(index).finish()
      const reply = await this.transport.call(id, PROCEDURE, { header }, { deadlineMs: CALL_MS })
      return decodeReport(reply.header)
    } catch (error) {
      return { trouble: troubleOf(error) }
    }
  }

  #report(index: number): MemberReport {
    const status = this.node.status()
    return {
      role: status.role,
      term: status.term,
      leader: status.leader,
      commitIndex: status.commitIndex,
      appliedIndex: status.appliedIndex,
      blobsMissing: this.local.blobsMissing(),
      blobsCounted: this.local.blobsMissingAt(0) !== undefined,
      blobsMissingAt: this.local.blobsMissingAt(index),
      remembers: this.local.remembers(),
      clientAddress: this.local.clientAddressOf(this.node.nodeId) ?? '',
      fault: status.fault?.message,
      build: this.local.build,
    }
  }
}

/** Undefined where nobody answered. */
function troubleOf(error: unknown): string | undefined {
  if (!(error instanceof MarketplaceError)) return undefined
  return error.reason === 'UNREACHABLE' || error.reason === 'DEADLINE' ? undefined : error.message
}

/** Two members may call themselves leader for a moment; the higher term is right. */
function highestLeader(nodes: readonly MemberStatus[]): NodeId | undefined {
  let best: MemberStatus | undefined
  for (const node of nodes) {
    if (node.report?.role !== 'leader') continue
    if (best?.report === undefined || node.report.term > best.report.term) best = node
  }
  return best?.id
}

function hexOf(hash: Uint8Array | undefined): string | undefined {
  return hash === undefined ? undefined : bytesToHex(hash)
}

function encodeReport(report: MemberReport, hash: Uint8Array | undefined): Uint8Array {
  const out = new Encoder().byte(REPORT_VERSION).byte(ROLES.indexOf(report.role)).uint(report.term)
  out.optional(report.leader, (leader) => out.text(leader))
  out.uint(report.commitIndex).uint(report.appliedIndex).uint(report.blobsMissing).bool(report.blobsCounted)
  out.optional(report.blobsMissingAt, (count) => out.uint(count))
  out.list(report.remembers, (id) => out.text(id)).text(report.clientAddress)
  out.optional(report.fault, (fault) => out.text(fault))
  out.optional(hash, (bytes) => out.bytes(bytes))
  // Added later: releases that do not know it read no further.
  out.optional(report.build, ({ versionMax, name }) => {
    out.uint(versionMax).optional(name, (text) => out.text(text))
  })
  return out.finish()
}

function decodeReport(bytes: Uint8Array): { report: MemberReport; hash: string | undefined } {
  const input = new Decoder(bytes)
  const version = input.byte()
  if (version !== REPORT_VERSION) throw new DecodeError(`report version ${version}`)
  const report = {
    role: ROLES[input.byte()] ?? 'follower',
    term: input.uint(),
    leader: input.optional(() => input.text() as NodeId),
    commitIndex: input.uint(),
    appliedIndex: input.uint(),
    blobsMissing: input.uint(),
    blobsCounted: input.bool(),
    blobsMissingAt: input.optional(() => input.uint()),
    remembers: input.list(() => input.text() as NodeId),
    clientAddress: input.text(),
    fault: input.optional(() => input.text()),
  }
  const hash = hexOf(input.optional(() => input.bytes()))
  const build = input.remaining === 0 ? undefined : input.optional(() => buildOf(input))
  return { report: { ...report, build }, hash }
}

function buildOf(input: Decoder): BuildOfMember {
  return { versionMax: input.uint(), name: input.optional(() => input.text()) }
}
