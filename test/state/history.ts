import { createHash } from 'node:crypto'
import {
  type ChangeCommand,
  type Command,
  encodeCommand,
  type OwnerCommand,
  type Quota,
  type QuotaCommand,
  type RegisterCommand,
  type RequestId,
  type VerifiedKey,
} from '../../src/model/command.js'
import type { Digest } from '../../src/model/content-hash.js'
import type { KeyId, PackageMetadata } from '../../src/model/metadata.js'
import type { ClusterId, HistoryId, NodeId } from '../../src/model/node-id.js'
import { type Namespace, parsePackageId, parsePackageRef } from '../../src/model/package-id.js'
import { parseQuotaScope } from '../../src/model/quota-scope.js'
import { type Configuration, encodeConfiguration } from '../../src/raft/configuration.js'
import type { Entry } from '../../src/raft/entry.js'

/** A log time to begin tests at. */
export const NOON_MS = 1_790_000_000_000

export function sha256(text: string): Digest {
  return createHash('sha256').update(text).digest('hex') as Digest
}

export function requestId(number: number): RequestId {
  return number.toString(16).padStart(32, '0') as RequestId
}

/** A key that stands for itself: state never does signature arithmetic. */
export function verifiedKey(name: string): VerifiedKey {
  const publicKey = new Uint8Array(createHash('sha256').update(`key ${name}`).digest())
  const keyId = createHash('sha256').update(publicKey).digest('hex').slice(0, 16) as KeyId
  return { keyId, publicKey }
}

export function metadata(id: string, parts: Partial<PackageMetadata> = {}): PackageMetadata {
  return {
    id: parsePackageId(id),
    kind: 'library',
    authors: [],
    keywords: [],
    categories: [],
    capabilities: [],
    dependencies: [],
    ...parts,
  }
}

/** A publish of id, signed by `anna`, its blob named by content, held by node-1 and node-2. */
export function register(
  id: string,
  parts: Omit<Partial<RegisterCommand>, 'metadata' | 'content'> & {
    readonly request?: number
    readonly by?: string
    /** undefined: metadata only. */
    readonly content?: string | undefined
    readonly metadata?: Partial<PackageMetadata>
  } = {},
): RegisterCommand {
  const { request, by, content, metadata: fields, ...rest } = parts
  const signer = verifiedKey(by ?? 'anna')
  const text = 'content' in parts ? content : `content of ${id}`
  return {
    type: 'register',
    requestId: requestId(request ?? Number.parseInt(sha256(id).slice(0, 12), 16)),
    metadata: metadata(id, fields),
    signatures: [{ keyId: signer.keyId, algorithm: 'ed25519', value: new Uint8Array(64).fill(7) }],
    verifiedKeys: [signer],
    signedFormSha256: sha256(`form of ${id} ${text} ${JSON.stringify(fields ?? {})}`),
    ...(text === undefined
      ? {}
      : {
          content: {
            sha256: sha256(text),
            sizeBytes: text.length,
            sha1: createHash('sha1').update(text).digest('hex'),
            sha512: createHash('sha512').update(text).digest('hex'),
            tarSha256: sha256(`tar ${text}`),
          },
        }),
    holders: ['node-1', 'node-2'] as NodeId[],
    leaseEndMs: NOON_MS + 24 * 3_600_000,
    ...rest,
  }
}

export function change(
  type: ChangeCommand['type'],
  id: string,
  parts: { request: number; by?: string; text?: string; signedAtMs?: number },
): ChangeCommand {
  return {
    type,
    requestId: requestId(parts.request),
    id: parsePackageId(id),
    text: parts.text,
    signedAtMs: parts.signedAtMs ?? NOON_MS,
    verifiedKey: verifiedKey(parts.by ?? 'anna'),
    signature: new Uint8Array(64).fill(9),
  }
}

/** A change of owners: of `acme/` (a namespace), `acme/web` or `zlib`. */
export function ownerChange(
  type: OwnerCommand['type'],
  scope: string,
  owner: string,
  parts: { request: number; by?: string; signedAtMs?: number },
): OwnerCommand {
  const { keyId, publicKey } = verifiedKey(owner)
  return {
    type,
    requestId: requestId(parts.request),
    scope: scope.endsWith('/') ? { namespace: scope.slice(0, -1) as Namespace } : parsePackageRef(scope),
    owner: type === 'removeOwner' ? { keyId } : { keyId, publicKey },
    signedAtMs: parts.signedAtMs ?? NOON_MS,
    verifiedKey: verifiedKey(parts.by ?? 'anna'),
    signature: new Uint8Array(64).fill(9),
  }
}

/** The entry that a leader appends once all members know a cluster version. */
export function raise(version: number): Command {
  return { type: 'raiseVersion', requestId: requestId(0), version }
}

/** Bounds of a namespace; of the packages without one where it is `/`. */
export function quota(namespace: string, bounds: Quota, request: number): QuotaCommand {
  return {
    type: 'setQuota',
    requestId: requestId(request),
    namespace: parseQuotaScope(namespace),
    quota: bounds,
  }
}

export function configuration(
  voters: readonly string[] = ['node-1', 'node-2', 'node-3'],
  outgoing: readonly string[] = [],
): Configuration {
  const member = (id: string) => ({ id: id as NodeId, address: `${id}:7501` })
  return {
    clusterId: 'c1'.repeat(16) as ClusterId,
    historyId: 'a2'.repeat(16) as HistoryId,
    voters: voters.map(member),
    outgoing: outgoing.map(member),
    learners: [],
  }
}

/** Makes log entries one after another. */
export class Log {
  readonly entries: Entry[] = []
  constructor(
    public stampMs = NOON_MS,
    public term = 1,
  ) {}

  configuration(of: Configuration = configuration()): this {
    return this.#append('configuration', encodeConfiguration(of))
  }

  empty(): this {
    return this.#append('empty', new Uint8Array())
  }

  command(...commands: readonly Command[]): this {
    for (const command of commands) this.#append('command', encodeCommand(command))
    return this
  }

  #append(type: Entry['type'], payload: Uint8Array): this {
    this.entries.push({
      term: this.term,
      index: this.entries.length + 1,
      type,
      stampMs: this.stampMs,
      payload,
    })
    return this
  }
}
