import { MarketplaceError } from '../model/error.js'
import type { KeyId } from '../model/metadata.js'
import type { OwnerScope } from '../model/owner-scope.js'
import { toNamespace, toPackageName } from '../model/package-id.js'
import { type Received, type Sent, textOrAbsent } from './message.js'

/** @throws INVALID_NAME, INVALID_ARGUMENT */
export function ownerScopeFromMessage(message: Received<'OwnerScope'>, field: string): OwnerScope {
  const namespace = textOrAbsent(message.namespace)
  const name = textOrAbsent(message.name)
  if (name !== undefined) {
    return {
      ...(namespace === undefined ? {} : { namespace: toNamespace(namespace, `${field}.namespace`) }),
      name: toPackageName(name, `${field}.name`),
    }
  }
  if (namespace !== undefined) return { namespace: toNamespace(namespace, `${field}.namespace`) }
  throw new MarketplaceError({
    reason: 'INVALID_ARGUMENT',
    field,
    message: `${field} names neither a package nor a namespace`,
    help: 'set its name, its namespace, or both',
  })
}

export function ownerScopeToMessage(scope: OwnerScope): Sent<'OwnerScope'> {
  return { namespace: scope.namespace ?? '', name: scope.name ?? '' }
}

/** @throws INVALID_ARGUMENT */
export function keyIdFromMessage(text: string, field: string): KeyId {
  if (/^[0-9a-f]{16}$/.test(text)) return text as KeyId
  throw new MarketplaceError({
    reason: 'INVALID_ARGUMENT',
    field,
    message: `${field} ${JSON.stringify(text.slice(0, 64))} is no key id`,
    help: 'give 16 lower-case hex digits; ListOwners and `ggen-market owner list` name the keys',
  })
}
