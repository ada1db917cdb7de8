import type { MovedPackage } from '../install/rearrange.js'
import { formatPackageId } from '../model/package-id.js'
import { shownId } from './shown-version.js'

/** Packages that changed their folder, as JSON shows them; nothing where none did. */
export function shownMoved(moved: readonly MovedPackage[]): Record<string, unknown> {
  if (moved.length === 0) return {}
  return { moved: moved.map(({ id, from, path }) => ({ id: shownId(id), from, path })) }
}

/** The same for people, and why. */
export function movedLines(moved: readonly MovedPackage[]): string[] {
  return moved.map(
    ({ id, from, path }) =>
      `moved ${formatPackageId(id)} from ${from} to ${path}: its place hangs on whether packages of a namespace ${id.name} are installed`,
  )
}
