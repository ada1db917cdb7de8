import { parseVersion, type Version } from '../model/version.js'

const UPSTREAM_DIGITS = 110
const REVISION_DIGITS = 90

/**
 * A Debian version as a version of this registry: `EPOCH:UPSTREAM-REVISION` becomes EPOCH.UPSTREAM'.REVISION', where ' writes a
 * text as one number that orders as Debian orders the text (deb-version(7)): a 1; then of each stretch without digits every
 * character as two digits (`~` 01, the end of the stretch 02, letters, then everything else in order of ASCII), and of each number
 * its length in two digits and its digits; filled up to a fixed length with what the end of the text stands for. No revision is the
 * revision 0.
 * @throws INVALID_VERSION where the epoch is no number
 */
export function debianVersion(text: string): Version {
  const colon = text.indexOf(':')
  const epoch = colon < 0 ? '0' : text.slice(0, colon)
  const rest = text.slice(colon + 1)
  const dash = rest.lastIndexOf('-')
  const upstream = ordered(dash < 0 ? rest : rest.slice(0, dash), UPSTREAM_DIGITS)
  const revision = ordered(dash < 0 ? '0' : rest.slice(dash + 1), REVISION_DIGITS)
  return parseVersion(`${Number(epoch)}.${upstream}.${revision}`)
}

/** Written apart from the registry's own comparison, on purpose: numbers of a fixed length order as text. */
export function compareMapped(a: Version, b: Version): number {
  const [epochA = '', ...restA] = a.split('.')
  const [epochB = '', ...restB] = b.split('.')
  return (
    Number(epochA) - Number(epochB) ||
    (restA.join() < restB.join() ? -1 : restA.join() > restB.join() ? 1 : 0)
  )
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
