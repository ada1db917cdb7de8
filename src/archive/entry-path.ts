import { MarketplaceError } from '../model/error.js'

const PATH_BYTES_MAX = 1_024
const SEGMENT_BYTES_MAX = 255
const encoder = new TextEncoder()

/**
 * The segments of an entry's path, which surely stay inside the folder they are unpacked into, on every system.
 * A leading `./` is dropped.
 * @throws ARCHIVE_INVALID naming the entry
 */
export function entrySegments(path: string): readonly string[] {
  const flaw = pathFlaw(path)
  if (flaw !== undefined) throw archiveInvalid(path, flaw)
  const segments = path.split('/')
  if (segments[0] === '.') segments.shift()
  return segments
}

function pathFlaw(path: string): string | undefined {
  if (path === '') return 'its name is empty'
  if (encoder.encode(path).length > PATH_BYTES_MAX) return `its path is over ${PATH_BYTES_MAX} bytes long`
  if (path.startsWith('/')) return 'its path is absolute'
  if (path.includes('\\')) return 'its path holds a backslash, which some systems read as a separator'
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(path)) return 'its path holds a control character'
  if (/^[A-Za-z]:/.test(path)) return 'its path names a drive'
  const segments = path.split('/')
  for (const [at, segment] of segments.entries()) {
    if (segment === '..') return 'its path leads out of the package'
    if (segment === '' || (segment === '.' && at > 0)) return 'its path has an empty part'
    // A segment of n UTF-16 units has n to 3n bytes: most need no counting.
    if (segment.length * 3 > SEGMENT_BYTES_MAX && encoder.encode(segment).length > SEGMENT_BYTES_MAX)
      return `a part of its path is over ${SEGMENT_BYTES_MAX} bytes long`
  }
  return segments.length === 1 && segments[0] === '.' ? 'it is the folder around the package' : undefined
}

export function archiveInvalid(entry: string | undefined, why: string, cause?: unknown): MarketplaceError {
  const shown = entry === undefined ? undefined : JSON.stringify(entry.slice(0, 200))
  return new MarketplaceError({
    reason: 'ARCHIVE_INVALID',
    field: 'content',
    message:
      shown === undefined ? `the archive is refused: ${why}` : `archive entry ${shown} is refused: ${why}`,
    help: 'pack a .tar.gz with one top folder that holds files and folders only; `ggen-market publish` makes such a one',
    details: entry === undefined ? {} : { entry: entry.slice(0, 1_024) },
    cause,
  })
}
