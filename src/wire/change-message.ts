import type { WatchedChange, WatchedKind } from '../model/watched-change.js'
import { type Received, required, type Sent, toEnum } from './message.js'
import { ownerScopeFromMessage, ownerScopeToMessage } from './owner-message.js'
import { packageIdFromMessage, packageIdToMessage } from './package-id-message.js'

const KINDS = {
  published: 'CHANGE_KIND_PUBLISHED',
  yanked: 'CHANGE_KIND_YANKED',
  unyanked: 'CHANGE_KIND_UNYANKED',
  deprecated: 'CHANGE_KIND_DEPRECATED',
  undeprecated: 'CHANGE_KIND_UNDEPRECATED',
  ownersChanged: 'CHANGE_KIND_OWNERS_CHANGED',
} as const satisfies Record<WatchedKind, string>

const BY_NAME = new Map<string, WatchedKind>(
  (Object.keys(KINDS) as WatchedKind[]).map((kind) => [KINDS[kind], kind]),
)

/** @throws INVALID_ARGUMENT */
export function changeKindFromMessage(kind: string | number, field: string): WatchedKind {
  return toEnum(BY_NAME, kind, field)
}

export function changeKindToMessage(kind: WatchedKind): (typeof KINDS)[WatchedKind] {
  return KINDS[kind]
}

export function changeToMessage(change: WatchedChange): Sent<'WatchChange'> {
  const kind = KINDS[change.kind]
  return 'id' in change
    ? { kind, id: packageIdToMessage(change.id) }
    : { kind, scope: ownerScopeToMessage(change.scope) }
}

/** @throws INVALID_ARGUMENT where a server sent what this build does not understand */
export function changeFromMessage(message: Received<'WatchChange'>): WatchedChange {
  const kind = changeKindFromMessage(message.kind, 'change.kind')
  if (kind === 'ownersChanged')
    return { kind, scope: ownerScopeFromMessage(required(message.scope, 'change.scope'), 'change.scope') }
  return { kind, id: packageIdFromMessage(required(message.id, 'change.id'), 'change.id') }
}
