import { assert } from '../model/assert.js'
import { MarketplaceError } from '../model/error.js'

/** Plain data. A property whose value is undefined is absent. */
export type Json =
  | string
  | number
  | boolean
  | null
  | readonly Json[]
  | { readonly [name: string]: Json | undefined }

/**
 * The one text of a plain value (RFC 8785): properties sorted by UTF-16 code units, no white space, strings and numbers as
 * ECMAScript writes them. Equal values give equal text in every language that follows the RFC.
 * @throws INVALID_ARGUMENT where a string holds half of a surrogate pair, which has no UTF-8 form.
 */
export function canonicalJson(value: Json): string {
  if (typeof value === 'string') return canonicalString(value)
  if (typeof value === 'number') {
    assert(Number.isFinite(value), () => `canonical JSON of ${value}`)
    return JSON.stringify(value)
  }
  if (value === null || typeof value === 'boolean') return String(value)
  // Grown piece by piece: lists of pieces, joined level by level, cost more than all else that is done to admit a version.
  let text = ''
  if (isList(value)) {
    for (const item of value) text += `${text === '' ? '' : ','}${canonicalJson(item)}`
    return `[${text}]`
  }
  for (const name of sortedNames(value)) {
    const property = value[name]
    if (property !== undefined)
      text += `${text === '' ? '' : ','}${canonicalString(name)}:${canonicalJson(property)}`
  }
  return `{${text}}`
}

/** By UTF-16 code units. Whoever writes them in order spares the sorting. */
function sortedNames(value: object): string[] {
  const names = Object.keys(value)
  for (let at = 1; at < names.length; at++)
    if ((names[at - 1] as string) > (names[at] as string)) return names.sort()
  return names
}

/** Text that stands between quotes as it is. */
const PLAIN = /^[ !#-[\]-~]*$/

function canonicalString(text: string): string {
  if (PLAIN.test(text)) return `"${text}"`
  if (!text.isWellFormed()) {
    throw new MarketplaceError({
      reason: 'INVALID_ARGUMENT',
      message: `text ${JSON.stringify(text.slice(0, 100))} holds half of a surrogate pair`,
      help: 'write valid Unicode: such a text has no UTF-8 form and cannot be signed',
    })
  }
  return JSON.stringify(text)
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value)
}
