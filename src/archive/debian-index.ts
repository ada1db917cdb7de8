import type { Dependency, PackageMetadata } from '../model/metadata.js'
import { type Namespace, toPackageName } from '../model/package-id.js'
import type { Version } from '../model/version.js'
import { compareMapped, debianVersion } from './debian-version.js'

/**
 * One package of a Debian index (`Packages`, `apt-cache dumpavail`) in the terms of this registry, by this rule:
 *
 * - What follows a colon in a name (`:any`) is dropped. One entry of each name and version counts: the last.
 * - Versions as {@link debianVersion} writes them.
 * - Depends and Pre-Depends are normal dependencies. Of alternatives the first counts that a real package of a fitting version
 *   meets, else the first that any package provides (the provider that comes first by name, any version), else the first.
 *   One on the package itself is left out. Everything else (Recommends, Conflicts, Breaks) is left out too.
 */
export interface DebianPackage {
  readonly name: string
  readonly version: Version
  readonly dependencies: readonly DebianDependency[]
  /** First line of Description. */
  readonly description: string
  readonly maintainer: string
  readonly homepage: string
  readonly section: string
  /** Of debtags: `role::program`. */
  readonly tags: readonly string[]
}

export interface DebianDependency {
  readonly name: string
  readonly requirement: string
  /** The relation that counted, as Debian writes it: `libc6 (>= 2.34)`. */
  readonly original: string
}

const OPERATORS: Readonly<Record<string, string>> = { '<<': '<', '<=': '<=', '=': '=', '>=': '>=', '>>': '>' }

interface Entry extends Omit<DebianPackage, 'dependencies'> {
  readonly provides: readonly string[]
  readonly groups: readonly (readonly Alternative[])[]
}

interface Alternative {
  readonly name: string
  readonly operator: string | undefined
  readonly version: Version | undefined
  readonly text: string
}

/** Every package of an index, in its order. Paragraphs without a name or a version are passed over. @throws INVALID_VERSION */
export function readDebianIndex(text: string): readonly DebianPackage[] {
  const entries = new Map<string, Entry>()
  for (const paragraph of text.split(/\n{2,}/)) {
    const entry = readEntry(paragraph)
    if (entry !== undefined) entries.set(`${entry.name}@${entry.version}`, entry)
  }
  const real = new Map<string, Entry[]>()
  const providers = new Map<string, string>()
  for (const entry of entries.values()) {
    const others = real.get(entry.name)
    if (others === undefined) real.set(entry.name, [entry])
    else others.push(entry)
    for (const name of entry.provides) {
      const before = providers.get(name)
      if (before === undefined || entry.name < before) providers.set(name, entry.name)
    }
  }
  return [...entries.values()].map(({ provides: _, groups, ...entry }) => ({
    ...entry,
    dependencies: groups
      .map((group) => choose(group, real, providers))
      .filter((each) => each.name !== entry.name),
  }))
}

/**
 * A Debian package as metadata of this registry: in the namespace, `tool` where it is tagged as a program and `library` otherwise, the
 * maintainer as its author, the section as its category, the tags as its keywords.
 * @throws INVALID_NAME
 */
export function debianMetadata(of: DebianPackage, namespace: Namespace): PackageMetadata {
  const dependencies = new Map<string, Dependency>()
  for (const { name, requirement, original } of of.dependencies)
    dependencies.set(`${name} ${requirement}`, {
      namespace,
      name: toPackageName(name, 'dependencies'),
      requirement,
      kind: 'normal',
      originalRequirement: original,
    })
  const language = of.tags.find((tag) => tag.startsWith('implemented-in::'))?.slice('implemented-in::'.length)
  return {
    id: { namespace, name: toPackageName(of.name), version: of.version },
    kind: of.tags.includes('role::program') ? 'tool' : 'library',
    ...(of.description !== '' && { description: of.description }),
    authors: of.maintainer === '' ? [] : [of.maintainer],
    ...(of.homepage !== '' && { homepage: of.homepage }),
    keywords: of.tags,
    categories: of.section === '' ? [] : [of.section],
    ...(language !== undefined && language !== '' && { language }),
    capabilities: [],
    dependencies: [...dependencies.values()],
  }
}

function choose(
  group: readonly Alternative[],
  real: ReadonlyMap<string, readonly Entry[]>,
  providers: ReadonlyMap<string, string>,
): DebianDependency {
  const met = group.find((each) => real.get(each.name)?.some((entry) => fits(each, entry.version)))
  if (met !== undefined) return asked(met)
  for (const { name, text } of group) {
    const provider = providers.get(name)
    if (provider !== undefined) return { name: provider, requirement: '*', original: text }
  }
  return asked(group[0] as Alternative)
}

function asked({ name, operator, version, text }: Alternative): DebianDependency {
  const requirement =
    operator === undefined || version === undefined ? '*' : `${OPERATORS[operator]}${version}`
  return { name, requirement, original: text }
}

function fits({ operator, version: wanted }: Alternative, version: Version): boolean {
  if (operator === undefined || wanted === undefined) return true
  const order = compareMapped(version, wanted)
  return (
    { '<<': order < 0, '<=': order <= 0, '=': order === 0, '>=': order >= 0, '>>': order > 0 }[operator] ===
    true
  )
}

const FIELD = /^([A-Za-z][A-Za-z0-9-]*):[ \t]*(.*(?:\n[ \t].*)*)/gm

function readEntry(paragraph: string): Entry | undefined {
  const fields = new Map<string, string>()
  for (const [, name = '', value = ''] of paragraph.matchAll(FIELD)) fields.set(name, value)
  const field = (name: string) => fields.get(name) ?? ''
  const name = field('Package').trim()
  const version = field('Version').trim()
  if (name === '' || version === '') return undefined
  return {
    name,
    version: debianVersion(version),
    description: (field('Description').split('\n')[0] ?? '').trim(),
    maintainer: field('Maintainer').trim(),
    homepage: field('Homepage').trim(),
    section: field('Section').trim(),
    tags: [...new Set(listed(field('Tag')))],
    provides: listed(field('Provides')).map((each) => readAlternative(each).name),
    groups: [...listed(field('Pre-Depends')), ...listed(field('Depends'))].map((each) =>
      each.split('|').map(readAlternative),
    ),
  }
}

function listed(text: string): string[] {
  return text
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '')
}

function readAlternative(given: string): Alternative {
  const text = given.trim()
  const [, name = '', operator, version] =
    /^([^\s(:]+)(?::\w+)?\s*(?:\(\s*(\S+)\s+([^)\s]+)\s*\))?/.exec(text) ?? []
  return { name, operator, version: version === undefined ? undefined : debianVersion(version), text }
}
