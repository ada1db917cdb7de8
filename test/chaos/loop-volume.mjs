// A disk of a node's own: xfs on a file. It can be filled, and its power can be cut: what was not synced by then is gone.
import { spawnSync } from 'node:child_process'
import {
  chownSync,
  closeSync,
  mkdirSync,
  openSync,
  rmSync,
  statfsSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'

/** The smallest that mkfs.xfs makes is 300 MiB; of the file only what is written takes space. */
const DEFAULT_BYTES = 640 * 1024 * 1024
/** So much of a disk is filled in no time by plain writes. */
const ROUGH_BYTES = 4 * 1024 * 1024

/** @returns what keeps this machine from such disks, or undefined */
export function missingForVolumes() {
  if (process.getuid?.() !== 0) return 'root (it mounts disks of its own)'
  for (const tool of ['mkfs.xfs', 'xfs_io'])
    if (spawnSync(tool, ['-V']).error !== undefined) return `${tool} (on Debian: apt-get install xfsprogs)`
  return undefined
}

export class LoopVolume {
  #mounted = false
  #fillers = 0

  /** @param folder where the file and the mount point are made; `owner` is who may write to `data` on it */
  static make(folder, name, { sizeBytes = DEFAULT_BYTES, owner = 0 } = {}) {
    const volume = new LoopVolume(join(folder, `${name}.xfs`), join(folder, name))
    writeFileSync(volume.file, '')
    truncateSync(volume.file, sizeBytes)
    run('mkfs.xfs', ['-q', volume.file])
    mkdirSync(volume.path)
    volume.mount()
    mkdirSync(volume.data)
    chownSync(volume.data, owner, owner)
    writeFileSync(volume.#lastFiller, '')
    run('sync', ['-f', volume.path])
    return volume
  }

  constructor(file, path) {
    this.file = file
    this.path = path
  }

  get #lastFiller() {
    return join(this.path, 'last-filler')
  }

  /** Where a node may put its data. */
  get data() {
    return join(this.path, 'data')
  }

  mount() {
    if (this.#mounted) return
    // Files get no more space ahead of use than they fill: a full disk is one at once.
    run('mount', ['-o', 'loop,allocsize=4k', this.file, this.path])
    this.#mounted = true
  }

  unmount() {
    if (!this.#mounted) return
    run('umount', [this.path])
    this.#mounted = false
  }

  /**
   * From now on nothing reaches the disk and every call on it fails. With `flush` the journal (not the data) is written out first.
   * To be followed by the end of whoever uses it, {@link unmount} and {@link mount}, which recovers from the journal.
   */
  cutPower({ flush = false } = {}) {
    run('xfs_io', ['-x', '-c', flush ? 'shutdown -f' : 'shutdown', this.path])
  }

  /** Takes all space: at a stroke what can be had so, the rest by writing as others do. */
  fill() {
    for (let take = this.freeBytes; take > ROUGH_BYTES; take /= 2)
      spawnSync('fallocate', ['-l', String(Math.floor(take)), join(this.path, `filler-${this.#fillers++}`)])
    // Made beforehand: a disk this full may have no room for another name.
    const last = openSync(this.#lastFiller, 'a')
    try {
      for (const block = Buffer.alloc(4096); ; ) writeSync(last, block)
    } catch (error) {
      if (error.code !== 'ENOSPC') throw error
    } finally {
      closeSync(last)
    }
  }

  get freeBytes() {
    const { bavail, bsize } = statfsSync(this.path)
    return bavail * bsize
  }

  free() {
    spawnSync('sh', ['-c', `rm -f "$0"/filler-*`, this.path])
    truncateSync(this.#lastFiller, 0)
  }

  close() {
    this.unmount()
    rmSync(this.file, { force: true })
  }
}

function run(command, args) {
  const ran = spawnSync(command, args, { encoding: 'utf8' })
  if (ran.status !== 0)
    throw new Error(`${command} ${args.join(' ')}: ${ran.error?.message ?? (ran.stderr || ran.stdout)}`)
}
