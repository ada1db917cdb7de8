import { splitVersion } from '../model/version.js'

/** A version of which parts may be missing: `1.2`, `1.x`, `1.2.3-rc.1`. Missing parts are undefined, from the right. */
export interface PartialVersion {
  readonly major: bigint | undefined
  readonly minor: bigint | undefined
  readonly patch: bigint | undefined
  /** With its hyphen, or empty. Build metadata is dropped: it orders nothing. */
  readonly prerelease: string
}

const NUMBER = /^(0|[1-9][0-9]{0,29})$/

/** Reads what npm calls an x-range and Cargo a partial version; undefined where the text is none. */
export function readPartialVersion(text: string): PartialVersion | undefined {
  if (splitVersion(text) !== undefined) {
    const core = withoutBuild(text)
    const dash = core.indexOf('-')
    const [major = '', minor = '', patch = ''] = (dash < 0 ? core : core.slice(0, dash)).split('.')
    if (![major, minor, patch].every((part) => NUMBER.test(part))) return undefined
    const prerelease = dash < 0 ? '' : core.slice(dash)
    return { major: BigInt(major), minor: BigInt(minor), patch: BigInt(patch), prerelease }
  }
  const parts = text.split('.')
  if (parts.length > 3) return undefined
  const numbers: (bigint | undefined)[] = []
  for (const part of parts) {
    if (part === 'x' || part === 'X' || part === '*') numbers.push(undefined)
    else if (NUMBER.test(part)) numbers.push(BigInt(part))
    else return undefined
  }
  const [major, minor, patch] = numbers
  // 1.x.3 is read as 1.x, as npm does.
  const hasMinor = major !== undefined && minor !== undefined
  return {
    major,
    minor: hasMinor ? minor : undefined,
    patch: hasMinor ? patch : undefined,
    prerelease: '',
  }
}

/**
 * Comparators of the registry's grammar for one operator and a version that may be partial; partial versions are expanded.
 * An empty list admits every version. `=` of a partial version is the range of all it begins.
 */
export function expandComparator(operator: string, version: PartialVersion): readonly string[] | undefined {
  const { major, minor, patch } = version
  if (major === undefined) return operator === '<' || operator === '>' ? ['<0.0.0'] : []
  const low = lowest(version)
  const full = minor !== undefined && patch !== undefined
  switch (operator) {
    case '':
    case '=':
      return full ? [`=${low}`] : [`>=${low}`, `<${above(version)}`]
    case '>':
      return full ? [`>${low}`] : [`>=${above(version)}`]
    case '>=':
      return [`>=${low}`]
    case '<':
      return [`<${low}`]
    case '<=':
      return full ? [`<=${low}`] : [`<${above(version)}`]
    case '~':
    case '~>':
      return full ? [`~${low}`] : [`>=${low}`, `<${above(version)}`]
    case '^':
      return full ? [`^${low}`] : [`>=${low}`, `<${caretEnd(version)}`]
    default:
      return undefined
  }
}

function lowest(version: PartialVersion): string {
  return `${version.major ?? 0n}.${version.minor ?? 0n}.${version.patch ?? 0n}${version.prerelease}`
}

/** The first version after all that a partial one begins. */
function above({ major = 0n, minor }: PartialVersion): string {
  return minor === undefined ? `${major + 1n}.0.0` : `${major}.${minor + 1n}.0`
}

function caretEnd({ major = 0n, minor }: PartialVersion): string {
  return major > 0n || minor === undefined ? `${major + 1n}.0.0` : `0.${minor + 1n}.0`
}

function withoutBuild(text: string): string {
  const plus = text.indexOf('+')
  return plus < 0 ? text : text.slice(0, plus)
}
