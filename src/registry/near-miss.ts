import { foldName, type PackageRef } from '../model/package-id.js'

/** Shorter names are one letter apart too often to say anything. */
const LENGTH_MIN = 5

/**
 * Whether one name would be taken for the other: names without a namespace (or of different ones that are called the same)
 * that are one slip of the hand apart, look the same in print, or are made of the same words. Inside one namespace its owners
 * keep order, and there is nobody to be taken for.
 */
export function isNearMiss(a: PackageRef, b: PackageRef): boolean {
  const [name, other] = [foldName(a.name), foldName(b.name)]
  if (a.namespace === b.namespace) return a.namespace === undefined && isNearMissText(name, other)
  if (a.namespace === undefined || b.namespace === undefined) return false
  return name === other && isNearMissText(a.namespace, b.namespace)
}

/** Of two folded texts that differ. */
export function isNearMissText(a: string, b: string): boolean {
  if (a === b) return false
  if (Math.min(a.length, b.length) >= LENGTH_MIN && isOneSlipApart(a, b)) return true
  return looksOf(a) === looksOf(b) || wordsOf(a) === wordsOf(b)
}

/** One letter more, less or other, or two neighbours exchanged. */
function isOneSlipApart(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1) return false
  let start = 0
  while (start < a.length && start < b.length && a[start] === b[start]) start++
  const restA = a.slice(start)
  const restB = b.slice(start)
  if (restA.length !== restB.length)
    return restA.length > restB.length ? restA.slice(1) === restB : restB.slice(1) === restA
  if (restA.slice(1) === restB.slice(1)) return true
  return restA[0] === restB[1] && restA[1] === restB[0] && restA.slice(2) === restB.slice(2)
}

/** Pairs of letters that read as one, then letters and digits that read alike. */
const LOOKS: readonly (readonly [string, string])[] = [
  ['rn', 'm'],
  ['vv', 'w'],
  ['cl', 'd'],
  ['0', 'o'],
  ['1', 'l'],
  ['i', 'l'],
  ['5', 's'],
]

/** What the eye keeps of a name: no separators, letters that are told apart. */
function looksOf(name: string): string {
  let looks = name.replaceAll(/[-.+]/g, '')
  for (const [from, to] of LOOKS) looks = looks.replaceAll(from, to)
  return looks
}

/** The words of a name, in no order. */
function wordsOf(name: string): string {
  return name.split(/[-.+]/).sort().join('-')
}
