import { type PackageRef, packageKey } from '../model/package-id.js'
import type { Output } from './output.js'

/** Says that a name is a near miss of popular ones, where it is. */
export function noteResemblance(output: Output, ref: PackageRef, resembles: readonly PackageRef[]): void {
  if (resembles.length === 0) return
  const others = resembles.map(packageKey).join(', ')
  output.note(
    `warning: ${packageKey(ref)} is called almost like ${others}, which is popular and somebody else's`,
  )
}

/** As JSON shows it; nothing where there is nothing to say. */
export function shownResemblance(resembles: readonly PackageRef[]): Record<string, unknown> {
  return resembles.length === 0 ? {} : { resembles: resembles.map(packageKey) }
}
