import type { Decoder } from '../model/codec.js'
import type { Quota, QuotaCommand } from '../model/command.js'
import { MarketplaceError } from '../model/error.js'
import { decodePackageId } from '../model/metadata-codec.js'
import { type Namespace, toNamespace } from '../model/package-id.js'
import { formatQuotaScope, type QuotaScope } from '../model/quota-scope.js'
import type { ApplyContext } from './apply-context.js'
import { type CommandResult, type RefusedResult, refused } from './command-result.js'
import { keys } from './key-layout.js'
import { bodyEncoder, readBody, type StateReader, type StateWriter } from './stored-value.js'
import { readVersion } from './versions.js'

/** What a namespace holds, and what it may hold at most. */
export interface NamespaceUse extends Quota {
  readonly scope: QuotaScope
  /** Of contents, each version's counted whole, however many share them. */
  readonly bytes: number
  readonly versions: number
}

/** The cluster version from which on use is counted. */
export const QUOTA_CLUSTER_VERSION = 2

const NOTHING = { bytes: 0, versions: 0 } as const

export function readUse(reader: StateReader, scope: QuotaScope): NamespaceUse {
  return readBody(reader, keys.namespaceUse(scope), decodeUse) ?? { scope, ...NOTHING }
}

export function decodeUse(input: Decoder): NamespaceUse {
  return {
    scope: input.optional(() => input.text() as Namespace),
    bytes: input.uint(),
    versions: input.uint(),
    bytesMax: input.optional(() => input.uint()),
    versionsMax: input.optional(() => input.uint()),
  }
}

function writeUse(writer: StateWriter, use: NamespaceUse): void {
  const { scope } = use
  const out = bodyEncoder()
  out
    .optional(scope, (namespace) => out.text(namespace))
    .uint(use.bytes)
    .uint(use.versions)
  out.optional(use.bytesMax, (max) => out.uint(max)).optional(use.versionsMax, (max) => out.uint(max))
  writer.put(keys.namespaceUse(scope), out.view())
}

/** Whether one more version, of so many bytes, would pass the quota of its namespace (QUOTA_EXCEEDED). */
export function checkQuota(use: NamespaceUse, sizeBytes: number): RefusedResult | undefined {
  const { scope, bytes, versions, bytesMax, versionsMax } = use
  const exceeds = (unit: string, used: number, offered: number, limit: number | undefined) =>
    limit === undefined || used + offered <= limit
      ? undefined
      : exceeded(scope, { unit, used, offered, limit })
  return exceeds('versions', versions, 1, versionsMax) ?? exceeds('bytes', bytes, sizeBytes, bytesMax)
}

/** One more version stands in the namespace. */
export function countVersion(writer: StateWriter, scope: QuotaScope, sizeBytes: number): void {
  const before = readUse(writer, scope)
  writeUse(writer, {
    ...before,
    bytes: before.bytes + sizeBytes,
    versions: before.versions + 1,
  })
}

/**
 * Counts what was published before use was counted, entry by entry of the log up to an index: once, as the cluster version comes
 * that begins to count. Some microseconds an entry.
 */
export function countAll(writer: StateWriter, lastIndex: number): void {
  const uses = new Map<QuotaScope, { readonly bytes: number; readonly versions: number }>()
  for (let index = 1; index <= lastIndex; index++) {
    const id = readBody(writer, keys.recent(index), decodePackageId)
    if (id === undefined) continue
    const sizeBytes = readVersion(writer, id)?.content?.sizeBytes ?? 0
    const { bytes, versions } = uses.get(id.namespace) ?? NOTHING
    uses.set(id.namespace, { bytes: bytes + sizeBytes, versions: versions + 1 })
  }
  for (const [scope, use] of uses) writeUse(writer, { scope, ...use })
}

/** Sets what a namespace may hold, whether anybody has published into it or not. What it holds already stays, also beyond that. */
export function applyQuota({ writer, index }: ApplyContext, command: QuotaCommand): CommandResult {
  const { namespace, quota } = command
  const refusal = namespace === undefined ? undefined : checkNamespace(namespace)
  if (refusal !== undefined) return refusal
  const { bytes, versions, bytesMax, versionsMax } = readUse(writer, namespace)
  const changed = bytesMax !== quota.bytesMax || versionsMax !== quota.versionsMax
  if (changed) writeUse(writer, { scope: namespace, bytes, versions, ...quota })
  return { type: 'quotaSet', changed, index }
}

function checkNamespace(namespace: Namespace): RefusedResult | undefined {
  try {
    toNamespace(namespace)
    return undefined
  } catch (error) {
    if (!(error instanceof MarketplaceError)) throw error
    const { reason, message, help } = error
    return refused({ reason, message, help, field: 'namespace' })
  }
}

function exceeded(
  scope: QuotaScope,
  figures: {
    readonly unit: string
    readonly used: number
    readonly offered: number
    readonly limit: number
  },
): RefusedResult {
  const { unit, used, offered, limit } = figures
  const whose = scope === undefined ? 'the packages without a namespace' : `namespace ${scope}`
  return refused({
    reason: 'QUOTA_EXCEEDED',
    field: 'metadata.id.namespace',
    message: `quota of ${whose}: ${used} of ${limit} ${unit} used, ${offered} more offered`,
    help: `whoever runs the cluster can raise it: ggen-market cluster quota ${formatQuotaScope(scope)} --${unit} N`,
    details: { unit, used: String(used), offered: String(offered), limit: String(limit) },
  })
}
