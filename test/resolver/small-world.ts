import type { DependencyKind } from '../../src/model/metadata.js'
import type { PackageWorld } from '../../src/resolver/resolve.js'
import type { FedDependency, FedPackage, NamedVersion } from '../../src/resolver/solver.js'

/** A registry in memory, made of lines. */
export class SmallWorld implements PackageWorld {
  readonly #versions = new Map<string, Map<string, { yanked: boolean; dependencies: FedDependency[] }>>()

  /** Adds a version; dependencies as `[package, requirement, kind]`. */
  add(
    name: string,
    version: string,
    dependencies: readonly (readonly [name: string, requirement: string, kind?: DependencyKind])[] = [],
    yanked = false,
  ): this {
    const versions = this.#versions.get(name) ?? new Map()
    this.#versions.set(name, versions)
    versions.set(version, {
      yanked,
      dependencies: dependencies.map(([target, requirement, kind = 'normal']) => ({
        package: target,
        requirement,
        kind,
      })),
    })
    return this
  }

  package(key: string): FedPackage {
    const versions = this.#versions.get(key)
    if (versions === undefined) return {}
    return {
      package: key,
      versions: [...versions].map(([version, { yanked }]) => ({ version, yanked })),
    }
  }

  release(id: NamedVersion): readonly FedDependency[] {
    const found = this.#versions.get(id.package)?.get(id.version)
    if (found === undefined) throw new Error(`nobody may ask for ${id.package}@${id.version}`)
    return found.dependencies
  }
}

/**
 * One pigeon more than there are holes, each version of a pigeon being a hole that no other pigeon may have: without an answer,
 * and the proof of that grows out of all bounds.
 */
export function pigeons(holes: number): { readonly world: SmallWorld; readonly roots: readonly Root[] } {
  const world = new SmallWorld()
  const roots: Root[] = []
  for (let pigeon = 0; pigeon <= holes; pigeon++) {
    roots.push({ package: `pigeon-${pigeon}`, requirement: '*' })
    for (let hole = 0; hole < holes; hole++) {
      world.add(`pigeon-${pigeon}`, `${hole}.0.0`, [[`hole-${hole}`, `=${pigeon}.0.0`]])
      world.add(`hole-${hole}`, `${pigeon}.0.0`)
    }
  }
  return { world, roots }
}

export interface Root {
  readonly package: string
  readonly requirement: string
}
