import { createHash, type Hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open, rm, stat } from 'node:fs/promises'
import { wrongBytes } from '../client/download-call.js'
import type { MarketplaceClient } from '../client/marketplace-client.js'
import type { Digest } from '../model/content-hash.js'
import { MarketplaceError } from '../model/error.js'
import { formatPackageId, type PackageId } from '../model/package-id.js'
import { absent } from '../runtime/absent.js'

/** An archive as the registry describes it. */
export interface WantedArchive {
  readonly id: PackageId
  readonly sha256: Digest
  readonly sizeBytes: number
}

/** What of an archive lies in a file already. */
interface Beginning {
  readonly sizeBytes: number
  readonly hash: Hash
}

/**
 * Brings an archive into a file, going on after what the file holds. Where that turns out to be something else, it begins anew.
 * When this returns, the file is the archive, to the last byte.
 * @throws VERIFICATION_FAILED, with nothing left; what a download throws, with what came so far in the file
 */
export async function fetchArchive(
  client: Pick<MarketplaceClient, 'download'>,
  wanted: WantedArchive,
  path: string,
  onProgress: (receivedBytes: number) => void,
): Promise<void> {
  const held = await beginningIn(path)
  if (held.sizeBytes > 0 && held.sizeBytes <= wanted.sizeBytes) {
    try {
      return await goOn(client, wanted, path, held, onProgress)
    } catch (error) {
      if (!isWrong(error)) throw error
    }
  }
  try {
    await goOn(client, wanted, path, { sizeBytes: 0, hash: createHash('sha256') }, onProgress)
  } catch (error) {
    if (isWrong(error)) await rm(path, { force: true })
    throw error
  }
}

async function beginningIn(path: string): Promise<Beginning> {
  const hash = createHash('sha256')
  const size = await stat(path).then(
    ({ size }) => size,
    absent(() => 0),
  )
  if (size > 0) for await (const chunk of createReadStream(path)) hash.update(chunk)
  return { sizeBytes: size, hash }
}

async function goOn(
  client: Pick<MarketplaceClient, 'download'>,
  { id, sha256, sizeBytes }: WantedArchive,
  path: string,
  { sizeBytes: offset, hash }: Beginning,
  onProgress: (receivedBytes: number) => void,
): Promise<void> {
  if (offset === 0 || offset < sizeBytes) {
    const file = await open(path, offset === 0 ? 'w' : 'a')
    try {
      let received = offset
      for await (const chunk of client.download({ sha256, id, offset }, { onProgress })) {
        received += chunk.length
        if (received > sizeBytes) throw tooMuch(id, sizeBytes)
        hash.update(chunk)
        await file.appendFile(chunk)
      }
    } finally {
      await file.close()
    }
  }
  const actual = hash.digest('hex')
  if (actual !== sha256) throw wrongBytes(sha256, actual)
}

function isWrong(error: unknown): boolean {
  return error instanceof MarketplaceError && error.reason === 'VERIFICATION_FAILED'
}

function tooMuch(id: PackageId, sizeBytes: number): MarketplaceError {
  return new MarketplaceError({
    reason: 'VERIFICATION_FAILED',
    field: 'content',
    message: `more comes for ${formatPackageId(id)} than the ${sizeBytes} bytes that the registry names`,
    help: 'nothing was installed; try again from another node, and tell the operator of the registry',
  })
}
