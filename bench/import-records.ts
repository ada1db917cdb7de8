import { randomBytes } from 'node:crypto'
import { debianMetadata } from '../src/archive/debian-index.js'
import type { RequestId } from '../src/model/command.js'
import type { PackageMetadata } from '../src/model/metadata.js'
import { foldName, toNamespace } from '../src/model/package-id.js'
import type { SignedVersion } from '../src/model/signed-write.js'
import { serviceDefinition } from '../src/rpc/services.js'
import { publishForm } from '../src/trust/signed-form.js'
import { metadataToMessage, signatureToMessage } from '../src/wire/metadata-message.js'
import { debianIndexHere } from '../test/resolver/debian.js'
import { benchSigner, metadataOf } from './registration.js'

/** What an import brings, signed outside of any timing. */
export interface ImportRecords {
  /** Where they come from. */
  readonly source: string
  readonly versions: readonly SignedVersion[]
}

const NO_README = new Uint8Array(0)
const { requestSerialize } = serviceDefinition('ggen.marketplace.v1.RegistryService').RegisterMany

/**
 * So many metadata records: of Debian's index, where this machine has one (archive/debian-index.ts says by which rule), one version of
 * each package; else made ones.
 */
export function importRecords(count: number): ImportRecords {
  const index = debianIndexHere()
  const namespace = toNamespace('debian')
  const byName = new Map<string, PackageMetadata>()
  for (const each of index ?? [])
    if (byName.size < count) byName.set(foldName(each.name), debianMetadata(each, namespace))
  const real = [...byName.values()]
  const made = Array.from({ length: count - real.length }, (_, n) => metadataOf('import', n))
  return {
    source: made.length === 0 ? "Debian's index" : `${real.length} of Debian's index, ${made.length} made`,
    versions: [...real, ...made].map(signed),
  }
}

function signed(metadata: PackageMetadata): SignedVersion {
  return {
    metadata,
    signatures: [benchSigner.sign(publishForm(metadata, undefined))],
    publicKeys: [benchSigner.publicKey],
    readme: NO_README,
    requestId: randomBytes(16).toString('hex') as RequestId,
  }
}

/** One message of a RegisterMany. */
export function messageBytes(version: SignedVersion, sequence: number): Buffer {
  return requestSerialize({
    sequence,
    register: {
      metadata: metadataToMessage(version.metadata),
      contentHash: null,
      signatures: version.signatures.map(signatureToMessage),
      publicKeys: version.publicKeys.map((key) => Buffer.from(key)),
      readme: Buffer.alloc(0),
      requestId: Buffer.from(version.requestId as string, 'hex'),
    },
  })
}
