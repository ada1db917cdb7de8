import { MarketplaceError } from '../model/error.js'
import type { Messages } from '../rpc/gen/names.js'

type Prefix = 'ggen.marketplace.v1.'
/** Names of the messages of the client contract, without their package. */
export type MessageName = {
  [Name in keyof Messages]: Name extends `${Prefix}${infer Short}` ? Short : never
}[keyof Messages]

/** A message as it comes off the wire: defaults filled in, enums by name (by number where this build does not know them). */
export type Received<Name extends MessageName> = Messages[`${Prefix}${Name}` & keyof Messages]['output']
/** A message as it may be sent. */
export type Sent<Name extends MessageName> = Messages[`${Prefix}${Name}` & keyof Messages]['input']

/** An empty text on the wire is an absent one. */
export function textOrAbsent(text: string): string | undefined {
  return text === '' ? undefined : text
}

/**
 * A count, size, index or time: whole, not negative, at most 2^53−1.
 * @throws INVALID_ARGUMENT
 */
export function toCount(value: number, field: string): number {
  if (Number.isSafeInteger(value) && value >= 0) return value
  throw new MarketplaceError({
    reason: 'INVALID_ARGUMENT',
    field,
    message: `${field} ${value} is not a whole number from 0 to 2^53-1`,
    help: 'give a number in that range, or leave the field out',
  })
}

/**
 * The message in a field that must be there.
 * @throws INVALID_ARGUMENT
 */
export function required<T>(value: T | null | undefined, field: string): T {
  if (value !== null && value !== undefined) return value
  throw new MarketplaceError({
    reason: 'INVALID_ARGUMENT',
    field,
    message: `${field} is missing`,
    help: `set ${field}`,
  })
}

/**
 * Looks an enum value up by its name on the wire.
 * @throws INVALID_ARGUMENT where this build does not know it: a newer client sent it.
 */
export function toEnum<T>(table: ReadonlyMap<string, T>, value: string | number, field: string): T {
  const known = table.get(String(value))
  if (known !== undefined) return known
  throw new MarketplaceError({
    reason: 'INVALID_ARGUMENT',
    field,
    message: `${field} ${value} is unknown to this server`,
    help: `use one of ${[...table.keys()].join(', ')}`,
  })
}
