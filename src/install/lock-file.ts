import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type ContentHash, toDigest } from '../model/content-hash.js'
import { MarketplaceError } from '../model/error.js'
import type { Dependency, KeyId } from '../model/metadata.js'
import {
  formatPackageId,
  type PackageId,
  type PackageKey,
  type PackageRef,
  packageKey,
  toNamespace,
  toPackageName,
} from '../model/package-id.js'
import { parseVersion } from '../model/version.js'
import { absent } from '../runtime/absent.js'
import { writeFileAtomically } from '../runtime/atomic-file.js'

export const LOCK_NAME = 'ggen-market.lock'
const LOCK_VERSION = 1

/** What a project asked for itself. */
export interface DirectRequirement extends PackageRef {
  readonly requirement: string
  /** Whether what it and its dependencies need only optionally is installed too. Default false. */
  readonly optional?: boolean | undefined
}

/** One installed package: exactly this content, signed by these keys. */
export interface LockedPackage {
  readonly id: PackageId
  readonly contentHash: ContentHash
  readonly keyIds: readonly KeyId[]
  readonly dependencies: readonly Dependency[]
}

/** What is installed in a project, and from which state of which registry. */
export interface Lock {
  readonly historyId: string | undefined
  readonly index: number
  readonly requirements: readonly DirectRequirement[]
  readonly packages: readonly LockedPackage[]
}

export const EMPTY_LOCK: Lock = { historyId: undefined, index: 0, requirements: [], packages: [] }

/**
 * @returns undefined where there is none
 * @throws FILE_INVALID
 */
export async function readLock(folder: string): Promise<Lock | undefined> {
  const path = join(folder, LOCK_NAME)
  try {
    const text = await readFile(path, 'utf8').catch(absent(() => undefined))
    return text === undefined ? undefined : parseLock(JSON.parse(text))
  } catch (cause) {
    throw new MarketplaceError({
      reason: 'FILE_INVALID',
      field: path,
      message: `${path} cannot be read: ${(cause as Error).message}`,
      help: 'restore it from version control; where it was merged by hand, take one side and `ggen-market add` again',
      cause,
    })
  }
}

export async function writeLock(folder: string, lock: Lock): Promise<void> {
  const byKey = <T extends PackageRef>(a: T, b: T) => (packageKey(a) < packageKey(b) ? -1 : 1)
  const content = {
    lockVersion: LOCK_VERSION,
    historyId: lock.historyId,
    index: lock.index,
    requirements: [...lock.requirements].sort(byKey),
    packages: [...lock.packages].sort((a, b) => byKey(a.id, b.id)),
  }
  await writeFileAtomically(join(folder, LOCK_NAME), `${JSON.stringify(content, null, 2)}\n`)
}

/** The lock with one package in place of what it knew of it before, and what the project asks of it, where that was asked now. */
export function withPackage(lock: Lock, locked: LockedPackage, direct?: DirectRequirement): Lock {
  const key = packageKey(locked.id)
  return {
    ...lock,
    requirements:
      direct === undefined
        ? lock.requirements
        : [...lock.requirements.filter((each) => packageKey(each) !== key), direct],
    packages: [...lock.packages.filter((each) => packageKey(each.id) !== key), locked],
  }
}

/** The lock without packages that nothing needs any more. */
export function withoutPackages(lock: Lock, keys: ReadonlySet<PackageKey>): Lock {
  return { ...lock, packages: lock.packages.filter((each) => !keys.has(packageKey(each.id))) }
}

function parseLock(content: unknown): Lock {
  const root = objectOf(content, 'it')
  if (root.lockVersion !== LOCK_VERSION)
    throw new Error(
      `its lockVersion is ${JSON.stringify(root.lockVersion) ?? 'missing'}; this version of ggen-market reads ${LOCK_VERSION}`,
    )
  const index = root.index
  if (typeof index !== 'number' || !Number.isSafeInteger(index) || index < 0)
    throw new Error('index is no number')
  return {
    historyId: typeof root.historyId === 'string' ? root.historyId : undefined,
    index,
    requirements: listOf(root.requirements, 'requirements').map((each) => ({
      ...parseRef(each),
      requirement: String(each.requirement),
      ...(each.optional === true && { optional: true }),
    })),
    packages: listOf(root.packages, 'packages').map(parsePackage),
  }
}

function parsePackage(entry: Record<string, unknown>): LockedPackage {
  const id = objectOf(entry.id, 'the id of a package')
  const ref = { ...parseRef(id), version: parseVersion(String(id.version)) }
  const { digest } = objectOf(entry.contentHash, `contentHash of ${formatPackageId(ref)}`)
  const keyIds = entry.keyIds
  if (
    !Array.isArray(keyIds) ||
    keyIds.length === 0 ||
    !keyIds.every((each) => /^[0-9a-f]{16}$/.test(String(each)))
  )
    throw new Error(`keyIds of ${formatPackageId(ref)} are no list of key ids`)
  return {
    id: ref,
    contentHash: { algorithm: 'sha256', digest: toDigest(String(digest)) },
    keyIds: keyIds as KeyId[],
    dependencies: listOf(entry.dependencies, 'dependencies') as unknown as Dependency[],
  }
}

function parseRef(entry: Record<string, unknown>): PackageRef {
  const name = toPackageName(String(entry.name))
  return entry.namespace === undefined ? { name } : { namespace: toNamespace(String(entry.namespace)), name }
}

function listOf(value: unknown, what: string): Record<string, unknown>[] {
  if (!Array.isArray(value)) throw new Error(`${what} is no list`)
  return value.map((each) => objectOf(each, `an entry of ${what}`))
}

function objectOf(value: unknown, what: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error(`${what} is ${value === undefined ? 'missing' : 'no object'}`)
  return value as Record<string, unknown>
}
