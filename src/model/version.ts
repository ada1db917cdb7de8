import { MarketplaceError } from './error.js'
import { LIMITS } from './limit.js'

/** A full semver 2.0.0 version as written, build metadata included. Made by {@link parseVersion} only. */
export type Version = string & { readonly __brand: 'Version' }

/** The parts that order versions (semver §11); numbers stay text, since semver does not bound them. */
export interface VersionParts {
  readonly major: string
  readonly minor: string
  readonly patch: string
  readonly prerelease: readonly string[]
  readonly build: string
}

const NUMBER = /^(0|[1-9][0-9]*)$/
const DIGITS = /^[0-9]+$/
const IDENTIFIER = /^[0-9A-Za-z-]+$/

/** @throws INVALID_VERSION */
export function parseVersion(text: string, field = 'version'): Version {
  if (text.length > LIMITS.versionLengthMax || splitVersion(text) === undefined) {
    throw new MarketplaceError({
      reason: 'INVALID_VERSION',
      field,
      message: `version ${JSON.stringify(text.slice(0, 300))} is not a semver 2.0.0 version`,
      help: 'write MAJOR.MINOR.PATCH, for example 1.2.0 or 2.0.0-rc.1',
    })
  }
  return text as Version
}

/** The parts of a version, or undefined where the text is not one. */
export function splitVersion(text: string): VersionParts | undefined {
  const plus = text.indexOf('+')
  const build = plus < 0 ? '' : text.slice(plus + 1)
  if (plus >= 0 && !build.split('.').every((part) => IDENTIFIER.test(part))) return undefined
  const core = plus < 0 ? text : text.slice(0, plus)
  const dash = core.indexOf('-')
  const prerelease = dash < 0 ? [] : core.slice(dash + 1).split('.')
  if (!prerelease.every((part) => IDENTIFIER.test(part) && (!DIGITS.test(part) || NUMBER.test(part))))
    return undefined
  const numbers = (dash < 0 ? core : core.slice(0, dash)).split('.')
  const [major, minor, patch] = numbers
  if (numbers.length !== 3 || major === undefined || minor === undefined || patch === undefined)
    return undefined
  if (!NUMBER.test(major) || !NUMBER.test(minor) || !NUMBER.test(patch)) return undefined
  return { major, minor, patch, prerelease, build }
}

/** The version without build metadata: what identifies it. */
export function versionIdentity(version: Version): string {
  const plus = version.indexOf('+')
  return plus < 0 ? version : version.slice(0, plus)
}

export function isPrerelease(version: Version): boolean {
  return versionIdentity(version).includes('-')
}

/** Precedence (semver §11): negative where a comes before b, 0 where they are one version. */
export function compareVersions(a: Version, b: Version): number {
  return compareVersionParts(splitVersion(a) as VersionParts, splitVersion(b) as VersionParts)
}

export function compareVersionParts(a: VersionParts, b: VersionParts): number {
  return compareReleases(a, b) || comparePrerelease(a.prerelease, b.prerelease)
}

/** By major.minor.patch alone. */
export function compareReleases(a: VersionParts, b: VersionParts): number {
  return (
    compareNumeric(a.major, b.major) || compareNumeric(a.minor, b.minor) || compareNumeric(a.patch, b.patch)
  )
}

function comparePrerelease(a: readonly string[], b: readonly string[]): number {
  if (a.length === 0 || b.length === 0) return Math.sign(b.length - a.length)
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const order = compareIdentifier(a[i] as string, b[i] as string)
    if (order !== 0) return order
  }
  return Math.sign(a.length - b.length)
}

function compareIdentifier(a: string, b: string): number {
  const aNumeric = DIGITS.test(a)
  const bNumeric = DIGITS.test(b)
  if (aNumeric && bNumeric) return compareNumeric(a, b)
  if (aNumeric !== bNumeric) return aNumeric ? -1 : 1
  return a < b ? -1 : a > b ? 1 : 0
}

/** Decimal numbers of any length, without leading zeros. */
function compareNumeric(a: string, b: string): number {
  if (a.length !== b.length) return Math.sign(a.length - b.length)
  return a < b ? -1 : a > b ? 1 : 0
}
