import { mkdirSync, readdirSync, renameSync, rmdirSync, rmSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { extractArchive } from '../archive/extract.js'
import type { Digest } from '../model/content-hash.js'
import { makeFolder } from '../runtime/make-folder.js'
import { isRunning } from './write-guard.js'

/** Begins the name of every folder of unpacked things on their way; no package is called so. The process follows. */
const PREFIX = '.unpacking-'

interface Move {
  /** Where the unpacked package lies now; absent where one goes away. */
  readonly fresh: string | undefined
  readonly target: string
}

/**
 * Packages on their way into an installation: unpacked beside their places first, put there all together, taken back unless what goes
 * with them is kept as well. Whatever ends the process, but a kill -9, leaves either all of them or none.
 */
export class Staging implements AsyncDisposable {
  #folder: string | undefined
  readonly #waiting: Move[] = []
  #placed: (Move & { readonly old: string | undefined })[] = []
  readonly #atExit = () => this.#clear()

  constructor(private readonly packagesFolder: string) {}

  /**
   * Unpacks an archive that will be put at `target`, a folder below the packages' folder.
   * @throws VERIFICATION_FAILED, ARCHIVE_INVALID, LIMIT_EXCEEDED
   */
  async unpack(bytes: AsyncIterable<Uint8Array>, target: string, sha256: Digest): Promise<void> {
    const fresh = join(await this.#open(), `new-${this.#waiting.length}`)
    await extractArchive(bytes, fresh, sha256)
    this.#waiting.push({ fresh, target })
  }

  /** Has what lies at `target` go away when all the others are put in place. */
  async remove(target: string): Promise<void> {
    await this.#open()
    this.#waiting.push({ fresh: undefined, target })
  }

  /** Puts everything in place, in one turn of the event loop: no signal falls in between. On failure nothing has changed. */
  place(): void {
    try {
      for (const [i, { fresh, target }] of this.#waiting.entries()) {
        const old = join(this.#folder ?? '', `old-${i}`)
        if (fresh !== undefined) mkdirSync(dirname(target), { recursive: true })
        const replaced = moved(target, old)
        this.#placed.push({ fresh, target, old: replaced ? old : undefined })
        if (fresh !== undefined) renameSync(fresh, target)
      }
    } catch (error) {
      this.#takeBack()
      throw error
    }
  }

  /** What was placed stays. */
  keep(): void {
    this.#placed = []
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

  #takeBack(): void {
    for (const { fresh, target, old } of this.#placed.splice(0).reverse()) {
      if (fresh !== undefined) moved(target, fresh)
      if (old !== undefined) renameSync(old, target)
    }
  }

  #clear(): void {
    this.#takeBack()
    if (this.#folder === undefined) return
    // A file may still be on its way to the disk from another thread, hence the retries.
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 })
    this.#folder = undefined
    for (const { target } of this.#waiting) removeIfEmpty(dirname(target))
    removeIfEmpty(this.packagesFolder)
    if (basename(dirname(this.packagesFolder)) === '.ggen') removeIfEmpty(dirname(this.packagesFolder))
  }
}

/** @returns false where there is nothing to move */
function moved(from: string, to: string): boolean {
  try {
    renameSync(from, to)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
}

function removeIfEmpty(folder: string): void {
  try {
    if (readdirSync(folder).length === 0) rmdirSync(folder)
  } catch {
    // Another one put something there, or it was never made: both are well.
  }
}

/** Removes what processes left that were killed. */
async function removeLeftovers(packagesFolder: string): Promise<void> {
  for (const name of await readdir(packagesFolder))
    if (name.startsWith(PREFIX) && !isBusy(name))
      await rm(join(packagesFolder, name), { recursive: true, force: true })
}

/** Whether the process in the name still runs. */
function isBusy(name: string): boolean {
  const pid = Number(/^\.unpacking-(\d{1,10})-/.exec(name)?.[1])
  return pid > 0 && isRunning(pid)
}
