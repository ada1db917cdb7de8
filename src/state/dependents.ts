import type { Dependency } from '../model/metadata.js'
import type { PackageRef } from '../model/package-id.js'
import { keys } from './key-layout.js'
import { encodeRef } from './package-refs.js'
import type { StateWriter } from './stored-value.js'

/** Notes that some version of the package depends on each of these. Whether its latest does is seen when read. */
export function indexDependents(
  writer: StateWriter,
  ref: PackageRef,
  dependencies: readonly Dependency[],
  isNew: boolean,
): void {
  for (const dependency of dependencies) {
    const key = keys.dependent(dependency, ref)
    if (isNew || writer.get(key) === undefined) writer.put(key, encodeRef(ref))
  }
}
