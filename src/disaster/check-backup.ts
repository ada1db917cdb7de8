import { MarketplaceError } from '../model/error.js'
import { blobsInSnapshot } from '../state/snapshot-blobs.js'
import { BackupFolder } from './backup-folder.js'
import type { BackupManifest } from './backup-manifest.js'

/** What is wrong with one file of a backup. */
export interface BackupDamage {
  readonly file: string
  readonly what: string
}

export interface BackupCheck {
  readonly manifest: BackupManifest
  readonly blobs: { readonly count: number; readonly bytes: number }
  /** Empty: every byte is as it was taken. */
  readonly damaged: readonly BackupDamage[]
}

/**
 * Reads a whole backup, without any cluster: that the state is as it was taken, and every blob that it refers to.
 * @throws FILE_INVALID where there is none; VERIFICATION_FAILED where the manifest itself is damaged; VERSION_UNSUPPORTED
 */
export async function checkBackup(
  path: string,
  onProgress: (blobs: { readonly count: number; readonly bytes: number }) => void = () => {},
): Promise<BackupCheck> {
  const folder = await BackupFolder.open(path)
  const { manifest } = folder
  const damaged: BackupDamage[] = []
  const blobs = { count: 0, bytes: 0 }
  const { file, sha256, sizeBytes } = manifest.state
  const state = await folder.stateFile(file)
  if (state === undefined) damaged.push({ file, what: 'it is missing' })
  else if (state.sizeBytes !== sizeBytes)
    damaged.push({ file, what: `it has ${state.sizeBytes} bytes instead of ${sizeBytes}` })
  else if (state.sha256 !== sha256)
    damaged.push({ file, what: `it hashes to ${state.sha256} instead of ${sha256}` })
  if (damaged.length > 0) return { manifest, blobs, damaged }
  try {
    for await (const blob of blobsInSnapshot(folder.readState(file))) {
      const kept = await folder.blobFile(blob.digest)
      const name = `blobs/${blob.digest.slice(0, 2)}/${blob.digest.slice(2)}`
      if (kept === undefined) damaged.push({ file: name, what: 'it is missing' })
      else if (kept.sha256 !== blob.digest)
        damaged.push({ file: name, what: `its ${kept.sizeBytes} bytes hash to ${kept.sha256}` })
      blobs.count++
      blobs.bytes += kept?.sizeBytes ?? 0
      onProgress(blobs)
    }
  } catch (error) {
    if (!(error instanceof MarketplaceError) || error.reason !== 'STATE_CORRUPT') throw error
    damaged.push({ file, what: error.message })
  }
  return { manifest, blobs, damaged }
}
