import { lstatSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Digest } from '../model/content-hash.js'

/** Beside the packages; no package is called so. Holds archives, or their beginnings, by their sha256. */
const FOLDER = '.downloads'
/** Begins the name of an archive among staged things; its sha256 follows. */
const ARCHIVE = 'archive-'

/** Where a staged archive lies. */
export function archivePath(stagingFolder: string, sha256: Digest): string {
  return join(stagingFolder, `${ARCHIVE}${sha256}`)
}

/** Takes what an earlier run has kept of an archive, if anything. Of several processes one gets it. */
export function takeKept(packagesFolder: string, stagingFolder: string, sha256: Digest): void {
  const path = archivePath(stagingFolder, sha256)
  if (!moved(join(packagesFolder, FOLDER, sha256), path)) return
  // What is written to must be a file of ours, and no way to another place.
  if (!lstatSync(path).isFile()) rmSync(path, { recursive: true, force: true })
}

export function holdsArchives(stagingFolder: string): boolean {
  return archivesIn(stagingFolder).length > 0
}

/** Keeps the staged archives for the next run: whether they are whole, and right, is found then. */
export function keepArchives(packagesFolder: string, stagingFolder: string): void {
  const archives = archivesIn(stagingFolder)
  if (archives.length > 0) mkdirSync(join(packagesFolder, FOLDER), { recursive: true })
  for (const name of archives)
    moved(join(stagingFolder, name), join(packagesFolder, FOLDER, name.slice(ARCHIVE.length)))
}

/** Nothing is waited for any more. */
export function dropKept(packagesFolder: string): void {
  rmSync(join(packagesFolder, FOLDER), { recursive: true, force: true })
}

/** @returns false where there is nothing to move, or another process was faster */
function moved(from: string, to: string): boolean {
  try {
    renameSync(from, to)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
}

function archivesIn(stagingFolder: string): string[] {
  try {
    return readdirSync(stagingFolder).filter((name) => name.startsWith(ARCHIVE))
  } catch {
    // Removed by another process that looks for leftovers.
    return []
  }
}
