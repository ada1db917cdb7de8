import { MarketplaceError } from '../model/error.js'

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const

/**
 * Reads `10GiB`, `1.5MiB` or a plain number of bytes.
 * @throws INVALID_ARGUMENT
 */
export function parseByteSize(text: string, field: string): number {
  const [, number, unit = 'B'] = /^(\d{1,15}(?:\.\d{1,3})?) ?(B|KiB|MiB|GiB|TiB)?$/.exec(text) ?? []
  const bytes = Math.round(Number(number) * 1024 ** UNITS.indexOf(unit as (typeof UNITS)[number]))
  if (number !== undefined && Number.isSafeInteger(bytes)) return bytes
  throw new MarketplaceError({
    reason: 'INVALID_ARGUMENT',
    field,
    message: `${JSON.stringify(text.slice(0, 40))} is no size`,
    help: `write a number of bytes, or one with ${UNITS.slice(1).join(', ')}, such as 10GiB`,
  })
}
