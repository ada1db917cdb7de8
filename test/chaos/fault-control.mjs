// What a node's disk syncs and wall clock are to do, switched while it runs: one shared page a node (node-faults.c).
import { spawnSync } from 'node:child_process'
import { chmodSync, closeSync, mkdirSync, openSync, readSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const PAGE_BYTES = 4096
/** Byte positions in the page; as `struct page` has them. */
const AT = {
  syncDelayUs: 0,
  syncErrors: 8,
  clockOffsetNs: 16,
  syncs: 24,
  syncsFailed: 32,
  syncsDelayed: 40,
  clockReadsShifted: 48,
}

/** Compiles the library that a node loads before libc, and returns its path. */
export function buildFaultLibrary(folder) {
  const library = join(folder, 'node-faults.so')
  mkdirSync(folder, { recursive: true })
  const ran = spawnSync(
    'cc',
    ['-shared', '-fPIC', '-O2', '-Wall', '-Werror', '-o', library, join(here, 'node-faults.c'), '-ldl'],
    { encoding: 'utf8' },
  )
  if (ran.status !== 0)
    throw new Error(`cc failed on node-faults.c (install a C compiler): ${ran.error?.message ?? ran.stderr}`)
  return library
}

export class FaultControl {
  #file

  constructor(path) {
    this.path = path
    this.#file = openSync(path, 'w+')
    // A node in a container is another user.
    chmodSync(path, 0o666)
    writeSync(this.#file, Buffer.alloc(PAGE_BYTES), 0, PAGE_BYTES, 0)
  }

  syncDelayMs(ms) {
    this.#write(AT.syncDelayUs, BigInt(Math.round(ms * 1e3)))
  }

  /** So many of the next syncs fail with EIO. */
  failSyncs(count) {
    this.#write(AT.syncErrors, BigInt(count))
  }

  clockOffsetMs(ms) {
    this.#write(AT.clockOffsetNs, BigInt(Math.round(ms)) * 1_000_000n)
  }

  heal() {
    this.syncDelayMs(0)
    this.failSyncs(0)
    this.clockOffsetMs(0)
  }

  /** How often what was done to this node. */
  get counts() {
    const read = (name) => Number(this.#read(AT[name]))
    return {
      syncs: read('syncs'),
      syncsFailed: read('syncsFailed'),
      syncsDelayed: read('syncsDelayed'),
      clockReadsShifted: read('clockReadsShifted'),
    }
  }

  close() {
    closeSync(this.#file)
  }

  #write(position, value) {
    const bytes = Buffer.alloc(8)
    bytes.writeBigInt64LE(value)
    writeSync(this.#file, bytes, 0, 8, position)
  }

  #read(position) {
    const bytes = Buffer.alloc(8)
    readSync(this.#file, bytes, 0, 8, position)
    return bytes.readBigInt64LE()
  }
}
