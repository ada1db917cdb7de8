import { assert, assertNever } from './assert.js'
import { DecodeError, Decoder, Encoder } from './codec.js'
import type { Digest } from './content-hash.js'
import type { ContentDigests, KeyId, PackageMetadata, Signature } from './metadata.js'
import { decodeMetadata, decodePackageId, encodeMetadata, encodePackageId } from './metadata-codec.js'
import type { NodeId } from './node-id.js'
import { decodeOwnerScope, encodeOwnerScope, type OwnerScope } from './owner-scope.js'
import type { Namespace, PackageId } from './package-id.js'

/** 32 hex digits (16 bytes), made once per logical write by the client. */
export type RequestId = string & { readonly __brand: 'RequestId' }

/** A raw Ed25519 public key that took part in a verification at admission. */
export interface VerifiedKey {
  readonly keyId: KeyId
  /** 32 bytes. */
  readonly publicKey: Uint8Array
}

/** Makes one version. Signature arithmetic was done at admission; apply re-checks replicated facts only. */
export interface RegisterCommand {
  readonly type: 'register'
  readonly requestId: RequestId
  readonly metadata: PackageMetadata
  readonly signatures: readonly Signature[]
  /** The keys whose signatures were verified, in the order of the signatures. */
  readonly verifiedKeys: readonly VerifiedKey[]
  readonly signedFormSha256: Digest
  /** Absent for a metadata-only version. */
  readonly content?: ContentDigests
  /** Voters that hold the blobs (content and readme), fsynced, under lease until leaseEndMs. */
  readonly holders: readonly NodeId[]
  /** Earliest end of the holders' leases, log time. 0 without blobs. */
  readonly leaseEndMs: number
}

/** A person's signed change to what exists. */
export interface ChangeCommand {
  readonly type: 'yank' | 'unyank' | 'deprecate'
  readonly requestId: RequestId
  readonly id: PackageId
  /** Reason of a yank, message of a deprecation; absent or empty clears. */
  readonly text?: string
  readonly signedAtMs: number
  readonly verifiedKey: VerifiedKey
  /** 64 bytes: kept for the audit. */
  readonly signature: Uint8Array
}

/** An owner's signed change to who owns a package or a namespace. */
export interface OwnerCommand {
  readonly type: 'addOwner' | 'removeOwner' | 'transferOwnership'
  readonly requestId: RequestId
  readonly scope: OwnerScope
  /** Whom it is about; of who goes, the key id alone. */
  readonly owner: { readonly keyId: KeyId; readonly publicKey?: Uint8Array }
  readonly signedAtMs: number
  readonly verifiedKey: VerifiedKey
  /** 64 bytes: kept for the audit. */
  readonly signature: Uint8Array
}

/**
 * One node's batch of download counters; (node, epoch) rises, so that a replay counts once. `dailyDownloads` also counts them
 * to the day of log time; `downloads`, which knew no days, is proposed no more and stays in logs.
 */
export interface DownloadsCommand {
  readonly type: 'downloads' | 'dailyDownloads'
  readonly requestId: RequestId
  readonly nodeId: NodeId
  readonly epoch: number
  readonly counts: readonly { readonly id: PackageId; readonly count: number }[]
}

/** Moves log time on and expires what is due; changes nothing else. */
export interface TickCommand {
  readonly type: 'tick'
  readonly requestId: RequestId
}

/** Marks an index at which all members freeze their states, to be compared to the last byte; changes nothing itself. */
export interface CheckpointCommand {
  readonly type: 'checkpoint'
  readonly requestId: RequestId
}

/**
 * Raises the cluster version: the log may hold commands of that version from here on. Proposed by a leader by itself, once every
 * member has said that its build knows them.
 */
export interface RaiseVersionCommand {
  readonly type: 'raiseVersion'
  readonly requestId: RequestId
  readonly version: number
}

/** An operator's bounds of what a namespace may hold. */
export interface QuotaCommand {
  readonly type: 'setQuota'
  readonly requestId: RequestId
  /** Absent: the packages without a namespace, together. */
  readonly namespace?: Namespace | undefined
  readonly quota: Quota
}

/** Bounds of a namespace; what is absent is unlimited. */
export interface Quota {
  /** Of contents, each version's counted whole. */
  readonly bytesMax?: number | undefined
  readonly versionsMax?: number | undefined
}

/** Everything that the log can ask of the state machine. */
export type Command =
  | RegisterCommand
  | ChangeCommand
  | OwnerCommand
  | DownloadsCommand
  | TickCommand
  | CheckpointCommand
  | RaiseVersionCommand
  | QuotaCommand

/** First byte of every encoded command. A node that meets another stops rather than guess. */
export const COMMAND_VERSION = 1

const TYPE_CODE = {
  register: 1,
  yank: 2,
  unyank: 3,
  deprecate: 4,
  downloads: 5,
  tick: 6,
  checkpoint: 7,
  addOwner: 8,
  removeOwner: 9,
  transferOwnership: 10,
  dailyDownloads: 11,
  raiseVersion: 12,
  setQuota: 13,
} as const satisfies Record<Command['type'], number>

/** The cluster version with which every log begins: the commands up to code 7. */
export const FIRST_CLUSTER_VERSION = 1

/**
 * The newest cluster version that this build knows, so that it can apply every command of it. One that adds commands, or applies
 * any of them otherwise, raises it by one: then the log holds nothing of it before all members know it.
 */
export const CLUSTER_VERSION = 2

/** The cluster version from which on a log may hold an encoded command. */
export function clusterVersionOf(bytes: Uint8Array): number {
  return (bytes[1] as number) <= TYPE_CODE.checkpoint ? FIRST_CLUSTER_VERSION : CLUSTER_VERSION
}

/** Used again for every command: what is handed out is a copy. */
const scratch = new Encoder(16_384)

export function encodeCommand(command: Command): Uint8Array {
  const out = scratch.reset().byte(COMMAND_VERSION).byte(TYPE_CODE[command.type]).hex(command.requestId, 16)
  switch (command.type) {
    case 'register':
      encodeRegister(out, command)
      break
    case 'yank':
    case 'unyank':
    case 'deprecate':
      encodePackageId(out, command.id)
      out.optional(command.text, (text) => out.text(text)).uint(command.signedAtMs)
      encodeVerifiedKey(out, command.verifiedKey)
      out.bytes(command.signature)
      break
    case 'addOwner':
    case 'removeOwner':
    case 'transferOwnership':
      encodeOwnerScope(out, command.scope)
      encodeOwner(out, command)
      out.uint(command.signedAtMs)
      encodeVerifiedKey(out, command.verifiedKey)
      out.bytes(command.signature)
      break
    case 'downloads':
    case 'dailyDownloads':
      out.text(command.nodeId).uint(command.epoch)
      out.list(command.counts, (entry) => {
        encodePackageId(out, entry.id)
        out.uint(entry.count)
      })
      break
    case 'raiseVersion':
      out.uint(command.version)
      break
    case 'setQuota': {
      const { bytesMax, versionsMax } = command.quota
      out.optional(command.namespace, (namespace) => out.text(namespace))
      out.optional(bytesMax, (max) => out.uint(max)).optional(versionsMax, (max) => out.uint(max))
      break
    }
    case 'tick':
    case 'checkpoint':
      break
    default:
      assertNever(command, 'command')
  }
  return out.finish()
}

/** @throws DecodeError where the bytes are no command that this build knows. */
export function decodeCommand(bytes: Uint8Array): Command {
  const input = new Decoder(bytes)
  const version = input.byte()
  if (version !== COMMAND_VERSION)
    throw new DecodeError(`command version ${version}; this build knows ${COMMAND_VERSION}`)
  const code = input.byte()
  const requestId = input.hex(16) as RequestId
  const command = decodeBody(input, code, requestId)
  input.end()
  return command
}

/** Whether an encoded command is a checkpoint, without decoding the rest. */
export function isCheckpoint(bytes: Uint8Array): boolean {
  return bytes[0] === COMMAND_VERSION && bytes[1] === TYPE_CODE.checkpoint
}

/** The request id of an encoded command, without decoding the rest. */
export function commandRequestId(bytes: Uint8Array): RequestId {
  const input = new Decoder(bytes)
  input.raw(2)
  return input.hex(16) as RequestId
}

function decodeBody(input: Decoder, code: number, requestId: RequestId): Command {
  switch (code) {
    case TYPE_CODE.register:
      return decodeRegister(input, requestId)
    case TYPE_CODE.yank:
      return decodeChange(input, 'yank', requestId)
    case TYPE_CODE.unyank:
      return decodeChange(input, 'unyank', requestId)
    case TYPE_CODE.deprecate:
      return decodeChange(input, 'deprecate', requestId)
    case TYPE_CODE.addOwner:
      return decodeOwnerChange(input, 'addOwner', requestId)
    case TYPE_CODE.removeOwner:
      return decodeOwnerChange(input, 'removeOwner', requestId)
    case TYPE_CODE.transferOwnership:
      return decodeOwnerChange(input, 'transferOwnership', requestId)
    case TYPE_CODE.downloads:
      return decodeDownloads(input, 'downloads', requestId)
    case TYPE_CODE.dailyDownloads:
      return decodeDownloads(input, 'dailyDownloads', requestId)
    case TYPE_CODE.tick:
      return { type: 'tick', requestId }
    case TYPE_CODE.checkpoint:
      return { type: 'checkpoint', requestId }
    case TYPE_CODE.raiseVersion:
      return { type: 'raiseVersion', requestId, version: decodeClusterVersion(input) }
    case TYPE_CODE.setQuota:
      return {
        type: 'setQuota',
        requestId,
        namespace: input.optional(() => input.text() as Namespace),
        quota: {
          bytesMax: input.optional(() => input.uint()),
          versionsMax: input.optional(() => input.uint()),
        },
      }
    default:
      throw new DecodeError(`command type ${code} is unknown to this build`)
  }
}

/** One that this build does not know is as a command that it does not know: it must not be proposed, nor applied. */
function decodeClusterVersion(input: Decoder): number {
  const version = input.uint()
  if (version <= CLUSTER_VERSION) return version
  throw new DecodeError(`cluster version ${version}; this build knows ${CLUSTER_VERSION}`)
}

function decodeDownloads(
  input: Decoder,
  type: DownloadsCommand['type'],
  requestId: RequestId,
): DownloadsCommand {
  return {
    type,
    requestId,
    nodeId: input.text() as NodeId,
    epoch: input.uint(),
    counts: input.list(() => ({ id: decodePackageId(input), count: input.uint() })),
  }
}

function decodeChange(input: Decoder, type: ChangeCommand['type'], requestId: RequestId): ChangeCommand {
  const id = decodePackageId(input)
  const text = input.optional(() => input.text())
  return {
    type,
    requestId,
    id,
    text,
    signedAtMs: input.uint(),
    verifiedKey: decodeVerifiedKey(input),
    signature: input.bytes(),
  }
}

function encodeOwner(out: Encoder, { type, owner }: OwnerCommand): void {
  out.hex(owner.keyId, 8)
  assert((owner.publicKey === undefined) === (type === 'removeOwner'), () => `the key of ${type}`)
  if (owner.publicKey !== undefined) out.bytes(owner.publicKey)
}

function decodeOwnerChange(input: Decoder, type: OwnerCommand['type'], requestId: RequestId): OwnerCommand {
  return {
    type,
    requestId,
    scope: decodeOwnerScope(input),
    owner: type === 'removeOwner' ? { keyId: input.hex(8) as KeyId } : decodeVerifiedKey(input),
    signedAtMs: input.uint(),
    verifiedKey: decodeVerifiedKey(input),
    signature: input.bytes(),
  }
}

function encodeRegister(out: Encoder, command: RegisterCommand): void {
  encodeMetadata(out, command.metadata)
  encodeSignatures(out, command.signatures)
  out.list(command.verifiedKeys, (key) => encodeVerifiedKey(out, key))
  out.hex(command.signedFormSha256, 32)
  out.optional(command.content, (content) => encodeContent(out, content))
  out.list(command.holders, (holder) => out.text(holder))
  out.uint(command.leaseEndMs)
}

function decodeRegister(input: Decoder, requestId: RequestId): RegisterCommand {
  const metadata = decodeMetadata(input)
  const signatures = decodeSignatures(input)
  const verifiedKeys = input.list(() => decodeVerifiedKey(input))
  const signedFormSha256 = input.hex(32) as Digest
  const content = input.optional(() => decodeContent(input))
  return {
    type: 'register',
    requestId,
    metadata,
    signatures,
    verifiedKeys,
    signedFormSha256,
    content,
    holders: input.list(() => input.text() as NodeId),
    leaseEndMs: input.uint(),
  }
}

export function encodeSignatures(out: Encoder, signatures: readonly Signature[]): void {
  out.list(signatures, (signature) => out.hex(signature.keyId, 8).bytes(signature.value))
}

export function decodeSignatures(input: Decoder): Signature[] {
  return input.list(() => ({ keyId: input.hex(8) as KeyId, algorithm: 'ed25519', value: input.bytes() }))
}

/** Passes over what {@link encodeSignatures} wrote. */
export function skipSignatures(input: Decoder): void {
  for (let left = input.uint(); left > 0; left--) {
    input.skip(8)
    input.skipText()
  }
}

export function encodeContent(out: Encoder, content: ContentDigests): void {
  out
    .hex(content.sha256, 32)
    .uint(content.sizeBytes)
    .hex(content.sha1, 20)
    .hex(content.sha512, 64)
    .hex(content.tarSha256, 32)
}

export function decodeContent(input: Decoder): ContentDigests {
  return {
    sha256: input.hex(32) as Digest,
    sizeBytes: input.uint(),
    sha1: input.hex(20),
    sha512: input.hex(64),
    tarSha256: input.hex(32) as Digest,
  }
}

/** Reads what {@link encodeContent} wrote and keeps what listings show. */
export function decodeShownContent(input: Decoder): Pick<ContentDigests, 'sha256' | 'sizeBytes'> {
  const sha256 = input.hex(32) as Digest
  const sizeBytes = input.uint()
  input.skip(20 + 64 + 32) // sha1, sha512, tarSha256
  return { sha256, sizeBytes }
}

function encodeVerifiedKey(out: Encoder, key: VerifiedKey): void {
  out.hex(key.keyId, 8).bytes(key.publicKey)
}

function decodeVerifiedKey(input: Decoder): VerifiedKey {
  return { keyId: input.hex(8) as KeyId, publicKey: input.bytes() }
}
