import type { Dependency, DependencyKind, PackageMetadata } from '../model/metadata.js'
import {
  type PackageId,
  parsePackageId,
  parsePackageRef,
  toNamespace,
  toPackageName,
} from '../model/package-id.js'
import { parseVersion } from '../model/version.js'
import { asTable, asText, entryOf, type Table, textOf, textsOf } from './plain-value.js'
import { manifestInvalid } from './raw-manifest.js'

/** What a record may say; the names are those that `info --json` prints. */
const FIELDS = [
  ...['id', 'kind', 'description', 'authors', 'license', 'repository', 'homepage', 'keywords', 'categories'],
  ...['language', 'capabilities', 'dependencies'],
]
/** What `info --json` prints beside them: facts of that registry, and of bytes that do not come along. */
const PASSED_OVER = [
  ...['contentHash', 'sizeBytes', 'sha1', 'sha512', 'readmeSha256', 'keyIds', 'publishedAt', 'index'],
  ...['resembles', 'deprecated', 'yanked'],
]
const DEPENDENCY_FIELDS = ['namespace', 'name', 'requirement', 'kind', 'originalRequirement']
const DEPENDENCY_KINDS: readonly DependencyKind[] = ['normal', 'optional', 'peer', 'build', 'dev']

/**
 * One version's metadata as JSON, in the form that `info --json` prints. Needed is an `id`, an object or a text such as
 * `acme/web@1.2.0`; a misspelt field is refused, since what is registered stays so for ever.
 * @param what names the record in errors: `line 7`
 * @throws FILE_INVALID, INVALID_NAME, INVALID_VERSION
 */
export function readMetadataRecord(text: string, what: string): PackageMetadata {
  const record = asTable(parseJson(text, what))
  if (record === undefined) throw manifestInvalid(what, 'it is not a JSON object')
  refuseUnknown(record, [...FIELDS, ...PASSED_OVER], what)
  if (entryOf(record, 'yanked') === true)
    throw manifestInvalid(what, 'this version is yanked', undefined, 'yanked')
  const dependencies = entryOf(record, 'dependencies') ?? []
  if (!Array.isArray(dependencies))
    throw manifestInvalid(what, 'dependencies is not a list', undefined, 'dependencies')
  return {
    id: readId(entryOf(record, 'id'), what),
    kind: textOf(record, 'kind') ?? 'library',
    ...given(record, 'description'),
    authors: textsOf(record, 'authors'),
    ...given(record, 'license'),
    ...given(record, 'repository'),
    ...given(record, 'homepage'),
    keywords: textsOf(record, 'keywords'),
    categories: textsOf(record, 'categories'),
    ...given(record, 'language'),
    capabilities: textsOf(record, 'capabilities'),
    dependencies: dependencies.map((each, at) => readDependency(each, what, `dependencies[${at}]`)),
  }
}

function given<Name extends string>(record: Table, name: Name): { readonly [Each in Name]?: string } {
  const text = textOf(record, name)
  return (text === undefined ? {} : { [name]: text }) as { readonly [Each in Name]?: string }
}

function readId(value: unknown, what: string): PackageId {
  const text = asText(value)
  if (text !== undefined) return parsePackageId(text, `${what}: id`)
  const table = asTable(value)
  const name = textOf(table, 'name')
  if (name === undefined) throw manifestInvalid(what, 'it has no id with a name', undefined, 'id')
  const version = parseVersion(textOf(table, 'version') ?? '', `${what}: id.version`)
  const namespace = textOf(table, 'namespace')
  if (namespace === undefined) return { ...parsePackageRef(name, `${what}: id.name`), version }
  return {
    namespace: toNamespace(namespace, `${what}: id.namespace`),
    name: toPackageName(name, `${what}: id.name`),
    version,
  }
}

function readDependency(value: unknown, what: string, field: string): Dependency {
  const table = asTable(value)
  const name = textOf(table, 'name')
  const requirement = textOf(table, 'requirement')
  if (table === undefined || name === undefined || requirement === undefined)
    throw manifestInvalid(what, `${field} needs a name and a requirement`, undefined, field)
  refuseUnknown(table, DEPENDENCY_FIELDS, what)
  const kind = textOf(table, 'kind') ?? 'normal'
  if (!isKind(kind))
    throw manifestInvalid(
      what,
      `${field} is of kind ${JSON.stringify(kind)}; there are ${DEPENDENCY_KINDS.join(', ')}`,
      undefined,
      `${field}.kind`,
    )
  const namespace = textOf(table, 'namespace')
  return {
    ...(namespace === undefined
      ? parsePackageRef(name, `${what}: ${field}.name`)
      : {
          namespace: toNamespace(namespace, `${what}: ${field}.namespace`),
          name: toPackageName(name, `${what}: ${field}.name`),
        }),
    requirement,
    kind,
    ...given(table, 'originalRequirement'),
  }
}

function isKind(text: string): text is DependencyKind {
  return DEPENDENCY_KINDS.some((kind) => kind === text)
}

function refuseUnknown(table: Table, known: readonly string[], what: string): void {
  const unknown = Object.keys(table).find((key) => !known.includes(key))
  if (unknown === undefined) return
  throw manifestInvalid(what, `${JSON.stringify(unknown)} is no field of a record`, undefined, unknown)
}

function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw manifestInvalid(what, `it is not JSON: ${(cause as Error).message}`, cause)
  }
}
