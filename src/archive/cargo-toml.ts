import type { DependencyKind } from '../model/metadata.js'
import { translateCaretRequirement } from './caret-requirement.js'
import { parseToml } from './package-toml.js'
import { asTable, entryOf, type Table, tableOf, textOf, textsOf } from './plain-value.js'
import { manifestInvalid, type RawDependency, type RawManifest } from './raw-manifest.js'

const FILE = 'Cargo.toml'

/**
 * Reads the `Cargo.toml` of a packaged crate. Namespace, kind, language and capabilities come from `[package.metadata.ggen]`.
 * What a workspace would fill in (`version.workspace = true`) is absent.
 * @throws FILE_INVALID
 */
export function readCargoToml(text: string): RawManifest {
  const root = parseToml(FILE, text)
  const own = tableOf(root, 'package')
  if (own === undefined) throw manifestInvalid(FILE, 'it has no [package] table', undefined, 'package')
  const ggen = tableOf(tableOf(own, 'metadata'), 'ggen')
  return {
    name: textOf(own, 'name'),
    namespace: textOf(ggen, 'namespace'),
    version: textOf(own, 'version'),
    kind: textOf(ggen, 'kind'),
    description: textOf(own, 'description'),
    authors: textsOf(own, 'authors'),
    license: textOf(own, 'license'),
    repository: textOf(own, 'repository'),
    homepage: textOf(own, 'homepage'),
    keywords: textsOf(own, 'keywords'),
    categories: textsOf(own, 'categories'),
    language: textOf(ggen, 'language'),
    capabilities: textsOf(ggen, 'capabilities'),
    dependencies: [
      ...sections(root),
      ...Object.values(tableOf(root, 'target') ?? {}).flatMap((target) => sections(asTable(target))),
    ],
    keptPrivate: entryOf(own, 'publish') === false ? 'publish = false' : undefined,
    defaultLanguage: 'rust',
  }
}

function sections(table: Table | undefined): RawDependency[] {
  return [
    ...section(table, 'dependencies', 'normal'),
    ...section(table, 'build-dependencies', 'build'),
    ...section(table, 'dev-dependencies', 'dev'),
  ]
}

function section(table: Table | undefined, name: string, kind: DependencyKind): RawDependency[] {
  return Object.entries(tableOf(table, name) ?? {}).map(([key, value]) => {
    const fields = asTable(value)
    const version = typeof value === 'string' ? value : textOf(fields, 'version')
    return {
      // A renamed dependency is known to the registry by its own name.
      name: textOf(fields, 'package') ?? key,
      kind: kind === 'normal' && entryOf(fields, 'optional') === true ? 'optional' : kind,
      original: version ?? JSON.stringify(value),
      requirement: version === undefined ? undefined : translateCaretRequirement(version),
    }
  })
}
