import { relative } from 'node:path'
import type { PackageId } from '../model/package-id.js'
import type { Installation } from './installation.js'
import type { Layout } from './layout.js'
import { foldKey } from './resolution.js'
import type { Staging } from './staging.js'

/** A package that lies in another folder than before. Paths are relative to the installation. */
export interface MovedPackage {
  readonly id: PackageId
  readonly from: string
  readonly path: string
}

/** From one set of packages to the next. */
export interface Rearrangement {
  readonly before: Layout
  readonly after: Layout
  /** Of those before, what stays as it is. */
  readonly kept: readonly PackageId[]
}

/** Has everything that is not to stay go away with the next {@link Staging.place}, and what stays go to where it belongs then. */
export async function rearrange(
  staging: Staging,
  { folder }: Installation,
  { before, after, kept }: Rearrangement,
): Promise<readonly MovedPackage[]> {
  const stays = new Set(kept.map(foldKey))
  const left = new Set<string>()
  for (const ref of before.packages) {
    if (stays.has(foldKey(ref))) continue
    left.add(before.folderOf(ref))
    await staging.remove(before.folderOf(ref))
  }
  const moved: MovedPackage[] = []
  for (const id of kept) {
    const [from, to] = [before.folderOf(id), after.folderOf(id)]
    if (from === to || !before.isThere(id)) continue
    left.add(from)
    await staging.move(from, to)
    moved.push({ id, from: relative(folder, from), path: relative(folder, to) })
  }
  for (const stray of after.strays()) if (!left.has(stray)) await staging.remove(stray)
  return moved
}
