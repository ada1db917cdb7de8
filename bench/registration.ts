import { randomBytes } from 'node:crypto'
import type { PackageMetadata } from '../src/model/metadata.js'
import { parsePackageId } from '../src/model/package-id.js'
import { publishForm } from '../src/trust/signed-form.js'
import { Ed25519Signer } from '../src/trust/signer.js'
import type { Sent } from '../src/wire/message.js'
import { metadataToMessage, signatureToMessage } from '../src/wire/metadata-message.js'

const signer = Ed25519Signer.fromSeed(randomBytes(32))
const WORDS =
  'registry replicated signed search template validator plugin library tool fast small safe cluster archive'.split(
    ' ',
  )

/** Metadata of about 1 KiB, like that of a real package, and different in every one. */
export function metadataOf(name: string, n: number): PackageMetadata {
  const word = (i: number) => WORDS[(n * 31 + i * 17) % WORDS.length] as string
  return {
    id: parsePackageId(`bench/${name}-${n}@1.0.0`),
    kind: 'library',
    description: `${Array.from({ length: 110 }, (_, i) => word(i)).join(' ')} ${n}`.slice(0, 680),
    authors: [`Bench Author ${n % 97} <author-${n % 97}@bench.invalid>`],
    license: 'MIT',
    repository: `https://git.bench.invalid/${name}/${n}`,
    homepage: `https://${name}-${n}.bench.invalid/`,
    keywords: [word(1), word(2), `topic-${n % 211}`],
    categories: [word(3)],
    language: 'typescript',
    capabilities: [],
    dependencies: [],
  }
}

/** Signed requests, made outside of any timing. */
export function registrations(name: string, count: number): Sent<'RegisterRequest'>[] {
  return Array.from({ length: count }, (_, n) => registration(name, n))
}

export function registration(name: string, n: number): Sent<'RegisterRequest'> {
  const metadata = metadataOf(name, n)
  return {
    metadata: metadataToMessage(metadata),
    contentHash: null,
    signatures: [signatureToMessage(signer.sign(publishForm(metadata, undefined)))],
    publicKeys: [Buffer.from(signer.publicKey)],
    readme: Buffer.alloc(0),
    requestId: randomBytes(16),
  }
}

/** For the project's own client, which signs by itself. */
export const benchSigner = signer
