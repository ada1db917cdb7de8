import { LIMITS } from '../model/limit.js'

const README = /^readme(\.(md|markdown|txt|rst))?$/i

/** Whether a file of this name, in the package's top folder, is its readme. */
export function isReadmeName(name: string): boolean {
  return README.test(name)
}

/** The readme to show among several: the one whose name sorts first by how well it is understood, then by bytes. */
export function preferredReadme(names: readonly string[]): string | undefined {
  const rank = (name: string) => (/\.(md|markdown)$/i.test(name) ? 0 : 1)
  return names.filter(isReadmeName).sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1))[0]
}

/** The part of a readme that the registry keeps: valid UTF-8, at most LIMITS.readmeBytesMax, cut between characters. */
export function fitReadme(bytes: Uint8Array): { readonly bytes: Uint8Array; readonly cut: boolean } {
  const text = new TextDecoder('utf-8', { ignoreBOM: false }).decode(
    bytes.subarray(0, LIMITS.readmeBytesMax * 2),
  )
  const clean = new TextEncoder().encode(text)
  if (clean.length <= LIMITS.readmeBytesMax)
    return { bytes: clean, cut: bytes.length > LIMITS.readmeBytesMax * 2 }
  let end = LIMITS.readmeBytesMax
  while (((clean[end] as number) & 0xc0) === 0x80) end--
  return { bytes: clean.slice(0, end), cut: true }
}
