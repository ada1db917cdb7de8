import { parse } from 'smol-toml'
import { translateCaretRequirement } from './caret-requirement.js'
import { asTable, entryOf, type Table, tableOf, textOf, textsOf } from './plain-value.js'
import { manifestInvalid, type RawDependency, type RawManifest } from './raw-manifest.js'

const FILE = 'package.toml'
const PACKAGE_KEYS = [
  ...['name', 'namespace', 'version', 'kind', 'description', 'authors', 'license', 'repository', 'homepage'],
  ...['keywords', 'categories', 'language', 'capabilities'],
]

/**
 * Reads `package.toml`: `[package]` and `[dependencies]` with name = "requirement" or { version, optional, namespace }.
 * @throws FILE_INVALID
 */
export function readPackageToml(text: string): RawManifest {
  const root = parseToml(FILE, text)
  const own = tableOf(root, 'package')
  if (own === undefined) throw manifestInvalid(FILE, 'it has no [package] table', undefined, 'package')
  refuseUnknown(Object.keys(root), ['package', 'dependencies'], 'table')
  refuseUnknown(Object.keys(own), PACKAGE_KEYS, 'key of [package]')
  return {
    name: textOf(own, 'name'),
    namespace: textOf(own, 'namespace'),
    version: textOf(own, 'version'),
    kind: textOf(own, 'kind'),
    description: textOf(own, 'description'),
    authors: textsOf(own, 'authors'),
    license: textOf(own, 'license'),
    repository: textOf(own, 'repository'),
    homepage: textOf(own, 'homepage'),
    keywords: textsOf(own, 'keywords'),
    categories: textsOf(own, 'categories'),
    language: textOf(own, 'language'),
    capabilities: textsOf(own, 'capabilities'),
    dependencies: Object.entries(tableOf(root, 'dependencies') ?? {}).map(([name, value]) =>
      dependency(name, value),
    ),
    keptPrivate: undefined,
    defaultLanguage: undefined,
  }
}

/** A misspelt key would be left out silently, and what is published stays so for ever. */
function refuseUnknown(found: readonly string[], known: readonly string[], what: string): void {
  const unknown = found.find((key) => !known.includes(key))
  if (unknown === undefined) return
  throw manifestInvalid(
    FILE,
    `${what} ${JSON.stringify(unknown)} is unknown; there are ${known.join(', ')}`,
    undefined,
    unknown,
  )
}

/** @throws FILE_INVALID with the line */
export function parseToml(file: string, text: string): Table {
  try {
    return parse(text)
  } catch (cause) {
    throw manifestInvalid(file, `it is not TOML: ${(cause as Error).message.split('\n')[0]}`, cause)
  }
}

function dependency(name: string, value: unknown): RawDependency {
  const table = asTable(value)
  const original = typeof value === 'string' ? value : textOf(table, 'version')
  if (original === undefined) {
    throw manifestInvalid(
      FILE,
      `dependency ${name} has no requirement: write ${name} = "^1.0.0" or { version = "^1.0.0" }`,
      undefined,
      `dependencies.${name}`,
    )
  }
  const namespace = textOf(table, 'namespace')
  return {
    name: namespace === undefined ? name : `${namespace}/${name}`,
    kind: entryOf(table, 'optional') === true ? 'optional' : 'normal',
    original,
    requirement: translateCaretRequirement(original),
  }
}
