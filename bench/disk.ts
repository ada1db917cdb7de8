import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs'
import { copyFile, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { ClassicLevel } from 'classic-level'
import { timed } from './load.js'

const BLOCK = Buffer.alloc(4_096, 7)
/** The preallocated file is long enough for a round. */
const PREALLOCATED_BLOCKS = 256

/** Milliseconds of one write and fdatasync of 4 KiB at the end of a growing file, `count` times. */
export function appendSyncs(folder: string, count: number): number[] {
  return syncs(openSync(join(folder, 'append'), 'w'), count)
}

/** The same inside a file whose blocks have been written before: no length and no extent changes with it. */
export function overwriteSyncs(folder: string, count: number): number[] {
  const file = openSync(join(folder, 'overwrite'), 'w')
  for (let n = 0; n < PREALLOCATED_BLOCKS; n++) writeSync(file, BLOCK, 0, BLOCK.length, n * BLOCK.length)
  fdatasyncSync(file)
  return syncs(file, Math.min(count, PREALLOCATED_BLOCKS))
}

function syncs(file: number, count: number): number[] {
  const took: number[] = []
  for (let n = 0; n < count; n++) {
    const startMs = performance.now()
    writeSync(file, BLOCK, 0, BLOCK.length, n * BLOCK.length)
    fdatasyncSync(file)
    took.push(performance.now() - startMs)
  }
  closeSync(file)
  return took
}

/** `cp` and fsync of the copy: milliseconds. */
export async function copyAndSync(source: string, folder: string): Promise<number> {
  const target = join(folder, 'copy')
  const ms = await timed(async () => {
    await copyFile(source, target)
    const file = await open(target, 'r+')
    await file.sync()
    await file.close()
  })
  await rm(target)
  return ms
}

const RECORDS_PER_BATCH = 50

/** Records per second into LevelDB, synced in batches of 50. */
export async function levelRecordsPerSecond(folder: string, batches: number): Promise<number> {
  const level = new ClassicLevel<Uint8Array, Uint8Array>(join(folder, 'level'), {
    keyEncoding: 'view',
    valueEncoding: 'view',
  })
  await level.open()
  const value = new Uint8Array(256).fill(5)
  const ms = await timed(async () => {
    for (let batch = 0; batch < batches; batch++) {
      const operations = Array.from({ length: RECORDS_PER_BATCH }, (_, n) => ({
        type: 'put' as const,
        key: Buffer.from(`record ${(batch * 7_919) % batches} ${n}`),
        value,
      }))
      await level.batch(operations, { sync: true })
    }
  })
  await level.close()
  await rm(join(folder, 'level'), { recursive: true })
  return (batches * RECORDS_PER_BATCH) / (ms / 1_000)
}
