import { MarketplaceError } from './error.js'
import type { OwnerScope } from './owner-scope.js'
import type { PackageId } from './package-id.js'

/** What changed: a version, or who owns a package or a namespace. */
export type WatchedChange =
  | {
      readonly kind: 'published' | 'yanked' | 'unyanked' | 'deprecated' | 'undeprecated'
      readonly id: PackageId
    }
  | { readonly kind: 'ownersChanged'; readonly scope: OwnerScope }

export type WatchedKind = WatchedChange['kind']

const KINDS: readonly string[] = [
  'published',
  'yanked',
  'unyanked',
  'deprecated',
  'undeprecated',
  'ownersChanged',
] satisfies WatchedKind[]

/** @throws INVALID_ARGUMENT where there is no such kind: it would filter everything out, without a word */
export function toWatchedKind(text: string, field: string): WatchedKind {
  if (KINDS.includes(text)) return text as WatchedKind
  throw new MarketplaceError({
    reason: 'INVALID_ARGUMENT',
    field,
    message: `there is no kind of change ${JSON.stringify(String(text).slice(0, 64))}`,
    help: `use one of ${KINDS.join(', ')}`,
  })
}
