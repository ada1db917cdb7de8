import { lstatSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { MANIFEST_NAMES } from '../archive/manifest.js'
import { foldName, type PackageRef } from '../model/package-id.js'
import type { Installation } from './installation.js'
import type { Lock } from './lock-file.js'

/** Stands where others have their namespace. Neither a namespace nor a package can be called so. */
const APART = '_'

/**
 * Where the packages of one installation lie: `[namespace/]name`. A package without a namespace whose name is also the namespace of another
 * one lies in `_/name`, since its folder is the namespace's. So it hangs on nothing but which packages there are together: whoever has
 * the same lock has the same folders, and nothing about them need be noted.
 */
export class Layout {
  readonly #namespaces: ReadonlyMap<string, string>

  constructor(
    private readonly packagesFolder: string,
    readonly packages: readonly PackageRef[],
  ) {
    const namespaces = packages.flatMap(({ namespace }) => (namespace === undefined ? [] : [namespace]))
    // Folded: two spellings of a name are one package, and some file systems take them for one folder.
    this.#namespaces = new Map(namespaces.map((each) => [foldName(each), each]))
  }

  /** Of a package of this installation. Absolute where the packages' folder is. */
  folderOf({ namespace, name }: PackageRef): string {
    if (namespace !== undefined) return join(this.packagesFolder, namespace, name)
    const above = this.#namespaces.has(foldName(name)) ? [APART] : []
    return join(this.packagesFolder, ...above, name)
  }

  /** Whether a package lies in its place, as far as a look from outside tells; which version it is, it does not. */
  isThere(ref: PackageRef): boolean {
    const { namespace } = ref
    if (namespace !== undefined && isPackage(join(this.packagesFolder, namespace))) return false
    return isPackage(this.folderOf(ref))
  }

  /**
   * Folders at which something stands in the way of these packages, or lies apart from them for no reason: what was left by a process
   * that was killed amid its renames, or by a lock that came from elsewhere.
   */
  strays(): string[] {
    const own = new Set(this.packages.map((each) => this.folderOf(each)))
    const apart = join(this.packagesFolder, APART)
    return [
      ...entriesOf(apart)
        .map((name) => join(apart, name))
        .filter((folder) => !own.has(folder)),
      ...[...this.#namespaces.values()].map((each) => join(this.packagesFolder, each)).filter(isPackage),
    ]
  }
}

/** Where lies what a lock names. */
export function layoutOf({ packagesFolder }: Installation, { packages }: Lock): Layout {
  return new Layout(
    packagesFolder,
    packages.map(({ id }) => id),
  )
}

/** A package has its manifest at its top; in the folder of a namespace there are folders only. */
function isPackage(folder: string): boolean {
  return MANIFEST_NAMES.some(
    (name) => lstatSync(join(folder, name), { throwIfNoEntry: false })?.isFile() === true,
  )
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    // Nearly always: it is there only where something lies apart.
    return []
  }
}
