import { bytesToHex, DecodeError } from '../model/codec.js'
import { MarketplaceError } from '../model/error.js'
import type { FileSystem } from '../runtime/file-system.js'
import type { Random } from '../runtime/random.js'
import { readFolderOwner } from './folder-identity.js'
import { replaceFile } from './replace-file.js'
import { sealText, unsealText } from './sealed-text.js'

const FILE = 'registry'
const FIRST_LINE = 'ggen-marketplace embedded registry 1'

/**
 * What tells an embedded registry from every other: drawn once, before anything else is written to its folder. In the place of a cluster
 * token, so that cluster id and history id are its own.
 * @returns undefined where the folder is in use and has none: then it is a node's
 * @throws STORAGE_CORRUPT, STORAGE_FAILED
 */
export async function registrySecret(files: FileSystem, random: Random): Promise<string | undefined> {
  if ((await files.stat(FILE)) !== undefined) return decode(await files.readFile(FILE))
  if ((await readFolderOwner(files)) !== undefined) return undefined
  const secret = bytesToHex(random.bytes(16))
  await replaceFile(files, FILE, sealText([FIRST_LINE, secret]))
  return secret
}

function decode(bytes: Uint8Array): string {
  try {
    const [first, secret] = unsealText(bytes)
    if (first === FIRST_LINE && secret !== undefined && /^[0-9a-f]{32}$/.test(secret)) return secret
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
  }
  throw new MarketplaceError({
    reason: 'STORAGE_CORRUPT',
    message: `file ${FILE} of the registry's folder is damaged`,
    help: 'put it back from a copy of the folder; without it nobody knows which registry this is',
  })
}
