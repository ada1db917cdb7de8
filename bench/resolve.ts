import { randomBytes } from 'node:crypto'
import type { Dependency } from '../src/model/metadata.js'
import { parsePackageRef } from '../src/model/package-id.js'
import { publishForm } from '../src/trust/signed-form.js'
import type { Sent } from '../src/wire/message.js'
import { metadataToMessage, signatureToMessage } from '../src/wire/metadata-message.js'
import { type DebianPackage, debianIndexHere } from '../test/resolver/debian.js'
import type { Bed } from './bed.js'
import { type Figure, median, percentile, valueFigure } from './figure.js'
import { rounds } from './load.js'
import { type Registry, registryOf } from './nodes.js'
import { benchSigner, metadataOf } from './registration.js'

/** Answers timed in a round. */
const CALLS = 20
const IN_FLIGHT = 128
/** The design's goals, ms, by dependencies of the tree. */
const GOALS = [
  { dependencies: 50, goalMs: 20 },
  { dependencies: 500, goalMs: 200 },
] as const
/** Versions of each package of a made tree, so that there is something to choose. */
const VERSIONS = 10

interface Tree {
  readonly what: string
  /** The package that all of it hangs on. */
  readonly root: string
  readonly packages: number
  readonly versions: readonly TreeVersion[]
}

interface TreeVersion {
  readonly id: string
  readonly dependencies: readonly { readonly name: string; readonly requirement: string }[]
}

/** Resolving whole trees at the leader: linearizable, one call after the other, the answer decoded. */
export async function resolve(bed: Bed): Promise<Figure[]> {
  const cluster = await bed.cluster()
  const registry = registryOf(await cluster.leader())
  const index = debianIndexHere()
  const figures: Figure[] = []
  for (const { dependencies, goalMs } of GOALS) {
    const trees = [madeTree(dependencies)]
    const real = index === undefined ? undefined : debianTree(index, dependencies)
    if (real !== undefined) trees.unshift(real)
    for (const tree of trees) {
      await registerAll(registry, tree)
      const results = await rounds(bed.rounds, () => timedCalls(registry, tree))
      const p50 = median(results.map((times) => percentile(times, 50)))
      const p99 = Math.max(...results.map((times) => percentile(times, 99)))
      figures.push(
        valueFigure(`resolve ${tree.what}, p50`, p50, 'ms', goalMs),
        valueFigure(`resolve ${tree.what}, p99`, p99, 'ms'),
      )
    }
  }
  registry.close()
  return figures
}

async function timedCalls(registry: Registry, { root, packages }: Tree): Promise<number[]> {
  const times: number[] = []
  for (let n = 0; n < CALLS; n++) {
    const startMs = performance.now()
    const found = await new Promise<number>((done, fail) =>
      registry.resolveDependencies({ roots: [{ ref: { name: root }, requirement: '' }] }, (error, answer) =>
        error === null ? done(answer?.packages.length ?? 0) : fail(error),
      ),
    )
    times.push(performance.now() - startMs)
    if (found !== packages)
      throw new Error(`${root} was resolved to ${found} packages instead of ${packages}`)
  }
  return times
}

/** The tree (names and edges) of the Debian package that comes nearest to so many dependencies; of a fixed sample. */
function debianTree(index: readonly DebianPackage[], dependencies: number): Tree | undefined {
  const byName = new Map(index.map((each) => [each.name, each]))
  let best: DebianPackage[] = []
  for (let at = 0; at < index.length; at += 97) {
    const tree = closure(index[at] as DebianPackage, byName)
    const off = (packages: readonly unknown[]) => Math.abs(packages.length - 1 - dependencies)
    if (tree !== undefined && off(tree) < off(best)) best = tree
  }
  const [root] = best
  if (root === undefined) return undefined
  const namespace = `debian-${dependencies}`
  return {
    what: `${root.name} of Debian, ${best.length - 1} dependencies`,
    root: `${namespace}/${root.name}`,
    packages: best.length,
    versions: best.map((each) => ({
      id: `${namespace}/${each.name}@1.0.0`,
      dependencies: [...new Set(each.dependencies.map(({ name }) => `${namespace}/${name}`))].map((name) => ({
        name,
        requirement: '^1.0.0',
      })),
    })),
  }
}

/** All that a package needs, itself first; undefined where some of it is missing. */
function closure(
  from: DebianPackage,
  byName: ReadonlyMap<string, DebianPackage>,
): DebianPackage[] | undefined {
  const found = new Set([from])
  for (const each of found) {
    for (const { name } of each.dependencies) {
      const target = byName.get(name)
      if (target === undefined) return undefined
      found.add(target)
    }
  }
  return [...found]
}

/** A tree of a fixed form: each package needs up to four further on, in several versions of which the highest do not all fit. */
function madeTree(dependencies: number): Tree {
  const name = (n: number) => `made-${dependencies}/p${n}`
  const versions: TreeVersion[] = []
  for (let n = 0; n <= dependencies; n++) {
    for (let minor = 0; minor < VERSIONS; minor++) {
      const targets = [4 * n + 1, 4 * n + 2, 4 * n + 3, 4 * n + 4, n + 1, n + 7].filter(
        (to) => to <= dependencies,
      )
      versions.push({
        id: `${name(n)}@1.${minor}.0`,
        dependencies: [...new Set(targets)].map((to) => ({
          name: name(to),
          // What is needed falls back from the top now and then, so that some of the highest are excluded.
          requirement: (n + to) % 5 === 0 ? `<1.${VERSIONS - 2}.0` : `^1.${Math.min(minor, 3)}.0`,
        })),
      })
    }
  }
  return {
    what: `a made tree, ${dependencies} dependencies of ${VERSIONS} versions`,
    root: name(0),
    packages: dependencies + 1,
    versions,
  }
}

function registerAll(registry: Registry, tree: Tree): Promise<void> {
  const stream = registry.registerMany()
  let sent = 0
  let answered = 0
  return new Promise((done, fail) => {
    const fill = () => {
      for (; sent < tree.versions.length && sent - answered < IN_FLIGHT; sent++)
        stream.write({ sequence: sent, register: registrationOf(tree.versions[sent] as TreeVersion) })
    }
    stream.on('error', fail)
    stream.on('data', ({ registered, error }) => {
      if (!registered) return fail(new Error(`a package of ${tree.what}: ${error?.message}`))
      answered++
      fill()
      if (answered < tree.versions.length) return
      stream.end()
      done()
    })
    fill()
  })
}

function registrationOf({ id, dependencies }: TreeVersion): Sent<'RegisterRequest'> {
  const at = id.lastIndexOf('@')
  const model = metadataOf('resolve', id.length)
  const metadata = {
    ...model,
    id: { ...parsePackageRef(id.slice(0, at)), version: id.slice(at + 1) as typeof model.id.version },
    dependencies: dependencies.map(
      ({ name, requirement }): Dependency => ({ ...parsePackageRef(name), requirement, kind: 'normal' }),
    ),
  }
  return {
    metadata: metadataToMessage(metadata),
    contentHash: null,
    signatures: [signatureToMessage(benchSigner.sign(publishForm(metadata, undefined)))],
    publicKeys: [Buffer.from(benchSigner.publicKey)],
    readme: Buffer.alloc(0),
    requestId: randomBytes(16),
  }
}
