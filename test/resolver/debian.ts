import { spawnSync } from 'node:child_process'
import { type DebianPackage, readDebianIndex } from '../../src/archive/debian-index.js'

export type { DebianPackage }

/** The packages that this machine's package manager knows; undefined where it is not Debian's. */
export function debianIndexHere(): readonly DebianPackage[] | undefined {
  const ran = spawnSync('apt-cache', ['dumpavail'], { encoding: 'utf8', maxBuffer: 1 << 30 })
  if (ran.error !== undefined || ran.status !== 0 || ran.stdout.trim() === '') return undefined
  return readDebianIndex(ran.stdout)
}
