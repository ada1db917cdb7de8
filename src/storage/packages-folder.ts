import { DecodeError } from '../model/codec.js'
import { MarketplaceError } from '../model/error.js'
import type { ClusterId } from '../model/node-id.js'
import type { FileSystem } from '../runtime/file-system.js'
import { readFolderOwner } from './folder-identity.js'
import { replaceFile } from './replace-file.js'
import { sealText, unsealText } from './sealed-text.js'

const FILE = 'packages-of'
const FIRST_LINE = 'ggen-marketplace packages 1'

/**
 * Makes a folder of packages one registry's for good, before anything is written to it: a second one would take the packages of the
 * first for garbage, since no version of its own names them.
 * @throws FOLDER_FOREIGN, STORAGE_CORRUPT, STORAGE_FAILED
 */
export async function claimPackagesFolder(
  files: FileSystem,
  displayPath: string,
  registry: ClusterId,
): Promise<void> {
  const owner = await readFolderOwner(files)
  if (owner !== undefined) throw foreign(displayPath, 'the data folder', owner.clusterId)
  if ((await files.stat(FILE)) === undefined) {
    await replaceFile(files, FILE, sealText([FIRST_LINE, registry]))
    return
  }
  const found = decode(await files.readFile(FILE), displayPath)
  if (found !== registry) throw foreign(displayPath, 'the packages', found)
}

function decode(bytes: Uint8Array, displayPath: string): string {
  try {
    const [first, registry] = unsealText(bytes)
    if (first === FIRST_LINE && registry !== undefined) return registry
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
  }
  throw new MarketplaceError({
    reason: 'STORAGE_CORRUPT',
    message: `file ${FILE} of the packages' folder ${displayPath} is damaged`,
    help: 'where these are this registry’s packages, remove that file; else name another folder',
  })
}

function foreign(displayPath: string, what: string, registry: string): MarketplaceError {
  return new MarketplaceError({
    reason: 'FOLDER_FOREIGN',
    message: `${displayPath} holds ${what} of another registry, ${registry}`,
    help: 'keep the packages of this registry in a folder of their own',
    details: { path: displayPath, registry },
  })
}
