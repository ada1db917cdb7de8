import { mkdirSync, readdirSync, renameSync, rmdirSync, rmSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { extractArchive } from '../archive/extract.js'
import type { Digest } from '../model/content-hash.js'
import { makeFolder } from '../runtime/make-folder.js'
import { archivePath, dropKept, holdsArchives, keepArchives, takeKept } from './kept-downloads.js'
import { isRunning } from './write-guard.js'

/** Begins the name of every folder of unpacked things on their way; no package is called so. The process follows. */
const PREFIX = '.unpacking-'

/** A folder that leaves its place, goes to another, or both. */
interface Move {
  /** What is in place now; absent where `fresh` comes. */
  readonly from?: string
  /** A package that was just unpacked. */
  readonly fresh?: string
  /** Absent where it goes away. */
  readonly target?: string
}

interface Renamed {
  readonly from: string
  readonly to: string
}

/**
 * Packages on their way into an installation: unpacked beside their places first, put there all together, taken back unless what goes
 * with them is kept as well. Whatever ends the process, but a kill -9, leaves either all of them or none.
 */
export class Staging implements AsyncDisposable {
  #folder: string | undefined
  readonly #waiting: Move[] = []
  #placed: Renamed[] = []
  /** What becomes of the archives: a whole installation needs none, and a refused one will not be tried again as it is. */
  #archives: 'drop' | 'keep' | 'drop all' = 'drop'
  readonly #atExit = () => {
    this.#archives = 'keep'
    this.#clear()
  }

  constructor(private readonly packagesFolder: string) {}

  /** The file that an archive is downloaded into; it holds what an earlier run had of it. */
  async archive(sha256: Digest): Promise<string> {
    const folder = await this.#open()
    takeKept(this.packagesFolder, folder, sha256)
    return archivePath(folder, sha256)
  }

  /** What was downloaded outlives the failure, for whoever tries again. @returns whether there is anything */
  keepDownloads(): boolean {
    this.#archives = 'keep'
    return this.#folder !== undefined && holdsArchives(this.#folder)
  }

  /**
   * Unpacks an archive that will be put at `target`, a folder below the packages' folder.
   * @throws VERIFICATION_FAILED, ARCHIVE_INVALID, LIMIT_EXCEEDED
   */
  async unpack(bytes: AsyncIterable<Uint8Array>, target: string, sha256: Digest): Promise<void> {
    const fresh = join(await this.#open(), `new-${this.#waiting.length}`)
    await extractArchive(bytes, fresh, sha256)
    this.#waiting.push({ fresh, target })
  }

  /** Has what lies at `from` go away when all the others are put in place; nothing there is well. */
  async remove(from: string): Promise<void> {
    await this.#open()
    this.#waiting.push({ from })
  }

  /** Has what lies at `from` go to `target` when all the others are put in place. */
  async move(from: string, target: string): Promise<void> {
    await this.#open()
    this.#waiting.push({ from, target })
  }

  /**
   * Puts everything in place, in one turn of the event loop: no signal falls in between. What leaves a place leaves it before
   * anything comes, as a package's folder may become the one that others lie in. On failure nothing has changed.
   */
  place(): void {
    const aside = (i: number) => join(this.#folder ?? '', `old-${i}`)
    try {
      for (const [i, { from }] of this.#waiting.entries())
        if (from !== undefined) this.#rename(from, aside(i))
      for (const [i, { fresh, target }] of this.#waiting.entries()) {
        if (target === undefined) continue
        mkdirSync(dirname(target), { recursive: true })
        this.#rename(target, join(this.#folder ?? '', `replaced-${i}`))
        if (!this.#rename(fresh ?? aside(i), target)) throw new Error(`there is nothing to put at ${target}`)
      }
    } catch (error) {
      this.#takeBack()
      throw error
    }
  }

  /** What was placed stays. */
  keep(): void {
    this.#placed = []
    this.#archives = 'drop all'
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#clear()
    process.off('exit', this.#atExit)
  }

  async #open(): Promise<string> {
    if (this.#folder !== undefined) return this.#folder
    await makeFolder(this.packagesFolder)
    await removeLeftovers(this.packagesFolder)
    process.on('exit', this.#atExit)
    this.#folder = await mkdtemp(join(this.packagesFolder, `${PREFIX}${process.pid}-`))
    return this.#folder
  }

  /** @returns false where there is nothing to rename */
  #rename(from: string, to: string): boolean {
    try {
      renameSync(from, to)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'ENOENT' || code === 'ENOTDIR') return false
      throw error
    }
    this.#placed.push({ from, to })
    return true
  }

  #takeBack(): void {
    for (const { from, to } of this.#placed.splice(0).reverse()) {
      mkdirSync(dirname(from), { recursive: true })
      renameSync(to, from)
      // The folder of a namespace that was made for it may stand where a package has to come back.
      if (dirname(to) !== this.#folder) removeIfEmpty(dirname(to))
    }
  }

  #clear(): void {
    this.#takeBack()
    if (this.#folder === undefined) return
    if (this.#archives === 'keep') keepArchives(this.packagesFolder, this.#folder)
    if (this.#archives === 'drop all') dropKept(this.packagesFolder)
    // A file may still be on its way to the disk from another thread, hence the retries.
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 })
    this.#folder = undefined
    for (const { from, target } of this.#waiting)
      for (const place of [from, target]) if (place !== undefined) removeIfEmpty(dirname(place))
    removeIfEmpty(this.packagesFolder)
    if (basename(dirname(this.packagesFolder)) === '.ggen') removeIfEmpty(dirname(this.packagesFolder))
  }
}

function removeIfEmpty(folder: string): void {
  try {
    if (readdirSync(folder).length === 0) rmdirSync(folder)
  } catch {
    // Another one put something there, or it was never made: both are well.
  }
}

/** Removes what processes left that were killed, but for what they had downloaded. */
async function removeLeftovers(packagesFolder: string): Promise<void> {
  for (const name of await readdir(packagesFolder)) {
    if (!name.startsWith(PREFIX) || isBusy(name)) continue
    keepArchives(packagesFolder, join(packagesFolder, name))
    await rm(join(packagesFolder, name), { recursive: true, force: true })
  }
}

/** Whether the process in the name still runs. */
function isBusy(name: string): boolean {
  const pid = Number(/^\.unpacking-(\d{1,10})-/.exec(name)?.[1])
  return pid > 0 && isRunning(pid)
}
