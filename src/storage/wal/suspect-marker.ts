import { crc32 } from 'node:zlib'
import { DecodeError, Decoder, Encoder } from '../../model/codec.js'
import type { FileSystem } from '../../runtime/file-system.js'
import { SUSPECT_NAME } from './segment-name.js'

/**
 * Written when a write or sync of the log has failed: after a failed fsync the page cache may show bytes that the disk
 * never got, and a restart in the same boot would read them back as if they were durable.
 */
export interface SuspectMarker {
  /** Names the run of the operating system whose page cache is not to be trusted. */
  readonly bootId: string
  readonly sequence: number
  readonly segmentId: Uint8Array
  /** Everything before this offset of that segment was durable; nothing after it was ever acknowledged. */
  readonly syncedOffset: number
}

const MARKER_VERSION = 1
/** One sector, so that the marker is written whole or not at all; there from the start, so that a full disk has room for it. */
const FILE_BYTES = 512

export function encodeSuspectMarker(marker: SuspectMarker): Uint8Array {
  const body = new Encoder()
    .byte(MARKER_VERSION)
    .text(marker.bootId)
    .uint(marker.sequence)
    .raw(marker.segmentId)
    .uint(marker.syncedOffset)
    .finish()
  return framed(body)
}

/** @throws DecodeError */
export function decodeSuspectMarker(bytes: Uint8Array): SuspectMarker {
  const frame = new Decoder(bytes)
  const crc = frame.uint()
  const body = frame.bytes()
  if (crc32(body) !== crc) throw new DecodeError('suspect marker has a wrong checksum')
  const input = new Decoder(body)
  if (input.byte() !== MARKER_VERSION) throw new DecodeError('suspect marker of another version')
  const marker = {
    bootId: input.text(),
    sequence: input.uint(),
    segmentId: input.raw(16).slice(),
    syncedOffset: input.uint(),
  }
  input.end()
  return marker
}

function framed(body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(FILE_BYTES)
  bytes.set(new Encoder().uint(crc32(body)).bytes(body).finish())
  return bytes
}

/**
 * Reads the marker of a log folder, if it has one. One that does not decode was written on a disk that was failing: it is
 * taken for none, since what the log reads above its watermarks is written again before it is trusted in any case.
 */
export async function readSuspectMarker(
  fileSystem: FileSystem,
  folder: string,
): Promise<SuspectMarker | undefined> {
  const path = `${folder}/${SUSPECT_NAME}`
  if ((await fileSystem.stat(path)) === undefined) return undefined
  try {
    return decodeSuspectMarker(await fileSystem.readFile(path))
  } catch (error) {
    if (error instanceof DecodeError) return undefined
    throw error
  }
}

/** Makes the file empty of any marker, durably. */
export async function clearSuspectMarker(fileSystem: FileSystem, folder: string): Promise<void> {
  const existed = (await fileSystem.stat(`${folder}/${SUSPECT_NAME}`)) !== undefined
  await write(fileSystem, folder, new Uint8Array(FILE_BYTES))
  if (!existed) await fileSystem.syncFolder(folder)
}

/** As well as the failing disk allows; the caller has a worse error to report already. */
export async function tryWriteSuspectMarker(
  fileSystem: FileSystem,
  folder: string,
  marker: SuspectMarker,
): Promise<void> {
  try {
    await write(fileSystem, folder, encodeSuspectMarker(marker))
  } catch {
    // Then the rewriting of the tail at the next open is all there is.
  }
}

async function write(fileSystem: FileSystem, folder: string, bytes: Uint8Array): Promise<void> {
  const handle = await fileSystem.open(`${folder}/${SUSPECT_NAME}`, 'open-or-create')
  try {
    await handle.write(0, [bytes], { sync: true })
  } finally {
    await handle.close()
  }
}
