import { spawnSync } from 'node:child_process'
import { parseVersion, type Version } from '../../src/model/version.js'

/**
 * Debian's package index as a world of this registry's packages, by this rule:
 *
 * - A package is `debian/NAME`. What follows a colon in a name (`:any`) is dropped. One entry of each name and version counts.
 * - `EPOCH:UPSTREAM-REVISION` becomes EPOCH.UPSTREAM'.REVISION', where ' writes a text as one number that orders as Debian orders
 *   the text (deb-version(7)): a 1; then of each stretch without digits every character as two digits (`~` 01, the end of the
 *   stretch 02, letters, then everything else in order of ASCII), and of each number its length in two digits and its digits;
 *   filled up to a fixed length with what the end of the text stands for. No revision is the revision 0.
 * - Depends and Pre-Depends are normal dependencies. Of alternatives the first counts that a real package of a fitting version
 *   meets, else the first that any package provides (the provider that comes first by name, any version), else the first.
 * - Everything else (Recommends, Conflicts, Breaks) is left out.
 */
export interface DebianPackage {
  readonly name: string
  readonly version: Version
  readonly dependencies: readonly { readonly name: string; readonly requirement: string }[]
}

const UPSTREAM_DIGITS = 110
const REVISION_DIGITS = 90
const OPERATORS: Readonly<Record<string, string>> = { '<<': '<', '<=': '<=', '=': '=', '>=': '>=', '>>': '>' }

/** Undefined where the machine has no such index. */
export function readDebianIndex(): readonly DebianPackage[] | undefined {
  const ran = spawnSync('apt-cache', ['dumpavail'], { encoding: 'utf8', maxBuffer: 1 << 30 })
  if (ran.error !== undefined || ran.status !== 0 || ran.stdout.trim() === '') return undefined
  return mapDebianIndex(ran.stdout)
}

/** A version as the rule above writes it. */
export function debianVersion(text: string): Version {
  const colon = text.indexOf(':')
  const epoch = colon < 0 ? '0' : text.slice(0, colon)
  const rest = text.slice(colon + 1)
  const dash = rest.lastIndexOf('-')
  const upstream = ordered(dash < 0 ? rest : rest.slice(0, dash), UPSTREAM_DIGITS)
  const revision = ordered(dash < 0 ? '0' : rest.slice(dash + 1), REVISION_DIGITS)
  return parseVersion(`${Number(epoch)}.${upstream}.${revision}`)
}

function ordered(text: string, digits: number): string {
  let written = '1'
  for (const [, words = '', number = ''] of text.matchAll(/([^0-9]*)([0-9]*)/g)) {
    const value = number.replace(/^0+/, '')
    const codes = [...words].map((each) => characterCode(each)).join('')
    written += `${codes}02${String(value.length).padStart(2, '0')}${value}`
  }
  return written.padEnd(digits, '0200').slice(0, digits)
}

function characterCode(character: string): string {
  if (character === '~') return '01'
  const ascii = character.charCodeAt(0)
  // A to Z and a to z from 03; after them what else a version may have: + - . :
  const letter = /[A-Z]/.test(character) ? ascii - 65 : /[a-z]/.test(character) ? ascii - 97 + 26 : undefined
  return String(letter === undefined ? 55 + (ascii - 43) : letter + 3).padStart(2, '0')
}

interface Entry {
  readonly name: string
  readonly version: Version
  readonly provides: readonly string[]
  readonly groups: readonly (readonly Alternative[])[]
}

interface Alternative {
  readonly name: string
  readonly operator: string | undefined
  readonly version: Version | undefined
}

function mapDebianIndex(text: string): readonly DebianPackage[] {
  const entries = new Map<string, Entry>()
  for (const paragraph of text.split('\n\n')) {
    const entry = readEntry(paragraph)
    if (entry !== undefined) entries.set(`${entry.name}@${entry.version}`, entry)
  }
  const real = new Map<string, Entry[]>()
  const providers = new Map<string, string>()
  for (const entry of entries.values()) {
    real.set(entry.name, [...(real.get(entry.name) ?? []), entry])
    for (const name of entry.provides) {
      const before = providers.get(name)
      if (before === undefined || entry.name < before) providers.set(name, entry.name)
    }
  }
  return [...entries.values()].map(({ name, version, groups }) => ({
    name,
    version,
    dependencies: groups.map((group) => choose(group, real, providers)).filter((each) => each.name !== name),
  }))
}

function choose(
  group: readonly Alternative[],
  real: ReadonlyMap<string, readonly Entry[]>,
  providers: ReadonlyMap<string, string>,
): { name: string; requirement: string } {
  const met = group.find((each) => real.get(each.name)?.some((entry) => fits(each, entry.version)))
  if (met !== undefined) return { name: met.name, requirement: requirementOf(met) }
  const provided = group.map((each) => providers.get(each.name)).find((name) => name !== undefined)
  if (provided !== undefined) return { name: provided, requirement: '*' }
  const [first] = group as [Alternative]
  return { name: first.name, requirement: requirementOf(first) }
}

function requirementOf({ operator, version }: Alternative): string {
  return operator === undefined || version === undefined ? '*' : `${OPERATORS[operator]}${version}`
}

/** Written apart from the registry's own comparison, on purpose: numbers of a fixed length order as text. */
function fits({ operator, version: wanted }: Alternative, version: Version): boolean {
  if (operator === undefined || wanted === undefined) return true
  const order = compareMapped(version, wanted)
  return (
    { '<<': order < 0, '<=': order <= 0, '=': order === 0, '>=': order >= 0, '>>': order > 0 }[operator] ===
    true
  )
}

export function compareMapped(a: Version, b: Version): number {
  const [epochA = '', ...restA] = a.split('.')
  const [epochB = '', ...restB] = b.split('.')
  return (
    Number(epochA) - Number(epochB) ||
    (restA.join() < restB.join() ? -1 : restA.join() > restB.join() ? 1 : 0)
  )
}

function readEntry(paragraph: string): Entry | undefined {
  const field = (name: string) => new RegExp(`^${name}: (.*(?:\\n .*)*)`, 'm').exec(paragraph)?.[1] ?? ''
  const name = field('Package')
  const version = field('Version')
  if (name === '' || version === '') return undefined
  const list = (text: string) => text.split(',').filter((each) => each.trim() !== '')
  return {
    name,
    version: debianVersion(version),
    provides: list(field('Provides')).map((each) => readAlternative(each).name),
    groups: [...list(field('Pre-Depends')), ...list(field('Depends'))].map((each) =>
      each.split('|').map(readAlternative),
    ),
  }
}

function readAlternative(text: string): Alternative {
  const [, name = '', operator, version] =
    /^\s*([^\s(:]+)(?::\w+)?\s*(?:\(\s*(\S+)\s+([^)\s]+)\s*\))?/.exec(text) ?? []
  return { name, operator, version: version === undefined ? undefined : debianVersion(version) }
}
