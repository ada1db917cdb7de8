const DIGITS = 16
const SEGMENT = /^(\d{16})\.wal$/
const SPARE = /^spare-[0-9a-f]{16}\.wal$/

/** Sorted by name is sorted by sequence. */
export function segmentName(sequence: number): string {
  return `${String(sequence).padStart(DIGITS, '0')}.wal`
}

/** The sequence of a segment file, undefined for any other file. */
export function sequenceOf(name: string): number | undefined {
  const digits = SEGMENT.exec(name)?.[1]
  return digits === undefined ? undefined : Number(digits)
}

export function isSpareName(name: string): boolean {
  return SPARE.test(name)
}

/** What was cut off a segment at an offset, kept for who wants to look. */
export function tornName(sequence: number, offset: number): string {
  return `torn-${String(sequence).padStart(DIGITS, '0')}-${offset}.bin`
}

export const SUSPECT_NAME = 'suspect'
