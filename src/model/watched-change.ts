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
