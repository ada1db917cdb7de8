import type { PackageRef } from '../model/package-id.js'
import { keys } from './key-layout.js'
import { encodeRef } from './package-refs.js'
import type { StateWriter } from './stored-value.js'

/**
 * The form under which an author is looked up: ASCII letters lower, white space runs as one blank. Other scripts are left
 * alone on purpose: case tables differ between Node versions, and replicas must not.
 */
export function foldAuthor(text: string): string {
  return text
    .replace(/[\t\n\r ]+/g, ' ')
    .replace(/^ | $/g, '')
    .replace(/[A-Z]/g, (letter) => letter.toLowerCase())
}

/** All forms one author is found under: the whole text and, of `Name <mail>`, name and mail each. */
export function authorForms(text: string): string[] {
  const whole = foldAuthor(text)
  const parts = /^([^<>]+) ?<([^<>]+)>$/.exec(whole)
  const forms = [whole, foldAuthor(parts?.[1] ?? ''), foldAuthor(parts?.[2] ?? '')]
  return [...new Set(forms)].filter((form) => form.length > 0)
}

/** Notes that some version of the package names these authors. Never taken back: versions are for ever. */
export function indexAuthors(
  writer: StateWriter,
  ref: PackageRef,
  authors: readonly string[],
  isNew: boolean,
): void {
  for (const author of authors) {
    for (const form of authorForms(author)) {
      const key = keys.author(form, ref)
      // A package that is new has no entry yet: no need to look.
      if (isNew || writer.get(key) === undefined) writer.put(key, encodeRef(ref))
    }
  }
}
