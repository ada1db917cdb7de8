import { assertNever } from '../model/assert.js'
import type { ChangeCommand, OwnerCommand } from '../model/command.js'
import type { PackageVersion } from '../model/metadata.js'
import { formatPackageId, packageKey } from '../model/package-id.js'
import type { ApplyContext } from './apply-context.js'
import { writeAudit } from './audit.js'
import { appendChanges, type ChangeKind } from './change-feed.js'
import { type CommandResult, type RefusedResult, refused } from './command-result.js'
import { checkOwnership } from './ownership.js'
import { readPackage, withFlags, writePackage } from './packages.js'
import { checkPackageId } from './register.js'
import { readVersion, writeVersion } from './versions.js'

/**
 * Yank, unyank or deprecate one version. Checks in this order: id syntax, signature age (SIGNATURE_STALE), package and
 * version (…_NOT_FOUND), ownership (NOT_OWNER). What stands so already is a success that changes nothing.
 */
export function applyChange(context: ApplyContext, command: ChangeCommand): CommandResult {
  const { writer, counters, index, settings } = context
  const refusal = checkPackageId(command.id) ?? checkAge(context, command)
  if (refusal !== undefined) return refusal
  const record = readPackage(writer, command.id)
  if (record === undefined) {
    return refused({
      reason: 'PACKAGE_NOT_FOUND',
      field: 'id',
      message: `there is no package ${packageKey(command.id)}`,
      help: 'check the name; `ggen-market search` finds packages',
    })
  }
  const before = readVersion(writer, command.id)
  if (before === undefined) {
    return refused({
      reason: 'VERSION_NOT_FOUND',
      field: 'id.version',
      message: `there is no version ${formatPackageId(command.id)}`,
      help: `list the versions of ${packageKey(record.ref)}`,
    })
  }
  const notOwner = checkOwnership(writer, command.id, [command.verifiedKey])
  if (notOwner !== undefined) return notOwner
  const { id } = before.metadata
  const changed = changeOf(before, command)
  if (changed === undefined) return { type: 'changed', changed: false, id, index }
  writeVersion(writer, changed.version)
  writePackage(
    writer,
    withFlags(record, id.version, {
      yanked: changed.version.yanked,
      deprecated: changed.version.deprecated !== undefined,
    }),
  )
  writeAudit(writer, index, command)
  appendChanges(writer, counters, settings.changeFeedEntriesMax, {
    index,
    logTimeMs: counters.logTimeMs,
    records: [{ kind: changed.kind, id }],
  })
  return { type: 'changed', changed: true, id, index }
}

/** Keeps a captured change from being played again once its request id is forgotten. (contract.md: what is signed) */
export function checkAge(
  context: ApplyContext,
  command: ChangeCommand | OwnerCommand,
): RefusedResult | undefined {
  const { logTimeMs } = context.counters
  const { signedAtSkewMs } = context.settings
  if (Math.abs(command.signedAtMs - logTimeMs) <= signedAtSkewMs) return undefined
  return refused({
    reason: 'SIGNATURE_STALE',
    field: 'signed_at',
    message: `signed at ${command.signedAtMs}, more than ${signedAtSkewMs / 60_000} minutes from log time ${logTimeMs}`,
    help: 'set the clock right and sign again',
    details: { logTimeMs: String(logTimeMs) },
  })
}

/** The version after the change, or undefined where it stands so already. */
function changeOf(
  before: PackageVersion,
  command: ChangeCommand,
): { readonly kind: ChangeKind; readonly version: PackageVersion } | undefined {
  const text = command.text === '' ? undefined : command.text
  switch (command.type) {
    case 'yank':
      // Yanking again without a word takes no word back.
      if (before.yanked && (text === undefined || before.yankReason === text)) return undefined
      return { kind: 'yanked', version: { ...before, yanked: true, yankReason: text } }
    case 'unyank':
      if (!before.yanked) return undefined
      return { kind: 'unyanked', version: { ...before, yanked: false, yankReason: undefined } }
    case 'deprecate':
      if (before.deprecated === text) return undefined
      return {
        kind: text === undefined ? 'undeprecated' : 'deprecated',
        version: { ...before, deprecated: text },
      }
    default:
      return assertNever(command.type, 'change')
  }
}
