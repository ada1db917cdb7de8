import type { DependencyKind } from '../model/metadata.js'
import { translateNpmRange } from './npm-range.js'
import { asTable, asText, entryOf, type Table, tableOf, textOf, textsOf } from './plain-value.js'
import { manifestInvalid, type RawDependency, type RawManifest } from './raw-manifest.js'

const FILE = 'package.json'

/**
 * Reads npm's `package.json`, with the forms that old packages still use. Kind, categories, language and capabilities come from its
 * `"ggen"` object.
 * @throws FILE_INVALID
 */
export function readPackageJson(text: string): RawManifest {
  const root = asTable(parseJson(text))
  if (root === undefined) throw manifestInvalid(FILE, 'it is not a JSON object')
  const ggen = tableOf(root, 'ggen')
  return {
    name: textOf(root, 'name'),
    namespace: textOf(ggen, 'namespace'),
    version: readVersion(textOf(root, 'version')),
    kind: textOf(ggen, 'kind'),
    description: textOf(root, 'description'),
    authors: readAuthors(root),
    license: readLicense(root),
    repository: textOf(root, 'repository') ?? textOf(tableOf(root, 'repository'), 'url'),
    homepage: textOf(root, 'homepage'),
    keywords: textsOf(root, 'keywords'),
    categories: textsOf(ggen, 'categories'),
    language: textOf(ggen, 'language'),
    capabilities: textsOf(ggen, 'capabilities'),
    dependencies: readDependencies(root),
    keptPrivate: entryOf(root, 'private') === true ? '"private": true' : undefined,
    defaultLanguage: 'javascript',
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw manifestInvalid(FILE, `it is not JSON: ${(cause as Error).message}`, cause)
  }
}

/** npm takes `v1.2.3` and `=1.2.3` for 1.2.3. */
function readVersion(text: string | undefined): string | undefined {
  return text?.replace(/^[=v]+/, '')
}

/** The author, then the contributors; each as `Name <mail> (url)`. */
function readAuthors(root: Table): readonly string[] {
  const contributors = entryOf(root, 'contributors')
  const people = [entryOf(root, 'author'), ...(Array.isArray(contributors) ? contributors : [])]
  return [...new Set(people.map(readPerson).filter((person) => person !== undefined))]
}

function readPerson(value: unknown): string | undefined {
  const table = asTable(value)
  if (table === undefined) return asText(value)
  const [name, mail, url] = [textOf(table, 'name'), textOf(table, 'email'), textOf(table, 'url')]
  return asText([name, mail && `<${mail}>`, url && `(${url})`].filter((part) => part !== undefined).join(' '))
}

/** An SPDX expression, or the forms from before it: an object, a list of objects. */
function readLicense(root: Table): string | undefined {
  const license = entryOf(root, 'license')
  const licenses = entryOf(root, 'licenses')
  const values = [license, ...(license === undefined && Array.isArray(licenses) ? licenses : [])]
  const names = values.map((value) => asText(value) ?? textOf(asTable(value), 'type'))
  return asText(names.filter((name) => name !== undefined).join(' OR '))
}

function readDependencies(root: Table): readonly RawDependency[] {
  const optional = tableOf(root, 'optionalDependencies') ?? {}
  const peerMeta = tableOf(root, 'peerDependenciesMeta')
  const isOptionalPeer = (name: string) => entryOf(tableOf(peerMeta, name), 'optional') === true
  return [
    // npm repeats optional dependencies under "dependencies" when it publishes; the optional entry counts.
    ...section(root, 'dependencies', () => 'normal').filter(({ name }) => !Object.hasOwn(optional, name)),
    ...section(root, 'optionalDependencies', () => 'optional'),
    ...section(root, 'peerDependencies', (name) => (isOptionalPeer(name) ? 'optional' : 'peer')),
    ...section(root, 'devDependencies', () => 'dev'),
  ]
}

function section(root: Table, name: string, kindOf: (name: string) => DependencyKind): RawDependency[] {
  return Object.entries(tableOf(root, name) ?? {}).map(([dependency, value]) => {
    const original = typeof value === 'string' ? value.trim() : JSON.stringify(value)
    return {
      name: dependency,
      kind: kindOf(dependency),
      original,
      requirement: typeof value === 'string' ? translateNpmRange(original) : undefined,
    }
  })
}
