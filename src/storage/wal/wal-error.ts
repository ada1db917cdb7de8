import { MarketplaceError } from '../../model/error.js'

const COME_BACK =
  'this node can no longer vouch for what it promised. Stop it, keep the data folder aside, and add the node again ' +
  'as a new member with an empty folder (a new node id); a majority of the others is not affected'

/** Durable bytes of the log are wrong. */
export function corrupt(path: string, offset: number, why: string): MarketplaceError {
  return new MarketplaceError({
    reason: 'STORAGE_CORRUPT',
    message: `log file ${path} is damaged at offset ${offset}: ${why}`,
    help: COME_BACK,
    details: { file: path, offset: String(offset) },
  })
}

/** The disk refused; the log takes nothing more until it is opened anew. */
export function failed(folder: string, cause: unknown): MarketplaceError {
  const why = cause instanceof Error ? cause.message : String(cause)
  return new MarketplaceError({
    reason: 'STORAGE_FAILED',
    message: `the log in ${folder} can no longer be written: ${why}`,
    help: 'free space on the disk or replace it, then restart the node; nothing acknowledged is lost',
    cause,
  })
}

/** Another program wrote the log. */
export function unsupported(path: string, version: number, known: number): MarketplaceError {
  return new MarketplaceError({
    reason: 'VERSION_UNSUPPORTED',
    message: `log file ${path} has version ${version}, this program knows ${known}`,
    help:
      version < known
        ? 'it is from before the first release and is not converted: begin the cluster anew with empty data folders'
        : 'start the newer program that wrote it',
  })
}
