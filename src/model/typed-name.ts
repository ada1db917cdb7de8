import { foldName } from './package-id.js'

/** What the text would be as a name: `@acme/Web_Kit` → `acme/web-kit`, `web kit` → `web-kit`. */
export function typedName(text: string): string {
  const plain = text
    .replace(/^"+|"+$/g, '')
    .trim()
    .replace(/^@+/, '')
  return foldName(plain.split(/\s+/).join('-'))
}
