import { assert } from '../../model/assert.js'
import { MarketplaceError } from '../../model/error.js'
import { FileError, type FileSystem } from '../../runtime/file-system.js'
import type { KeyValueStore } from '../../state/key-value-store.js'
import { replaceFile } from '../replace-file.js'
import type { StateFolders } from '../state-folders.js'
import { LevelKeyValueStore } from './level-key-value-store.js'
import { liveTables } from './manifest.js'
import { tableDamage } from './table-file.js'

const CURRENT = 'CURRENT'
/** Names a state that took another's place, until the log has followed it. */
const INSTALLING = 'INSTALLING'
/** Names a state that was found damaged in use. */
const CONDEMNED = 'CONDEMNED'
const STATE = /^state-([1-9]\d{0,14})$/

export interface LevelStateFoldersOptions {
  /** Absolute path of the data folder: LevelDB opens its files by itself. */
  readonly root: string
  /** The same folder, for all the rest. */
  readonly fileSystem: FileSystem
}

/** `state-<n>/` folders of LevelDB files, and `CURRENT`, a file that names one of them. */
export class LevelStateFolders implements StateFolders {
  readonly #root: string
  readonly #fileSystem: FileSystem
  readonly #open = new Map<number, LevelKeyValueStore>()
  #current: number | undefined
  #next: number | undefined
  /** Tables of a state that were there when it was last looked at, and are complete by now: LevelDB never changes one. */
  #looked: { readonly number: number; readonly tables: ReadonlySet<string> } | undefined

  constructor(options: LevelStateFoldersOptions) {
    this.#root = options.root
    this.#fileSystem = options.fileSystem
  }

  openCurrent(): Promise<KeyValueStore> {
    return reported(this.#root, () => this.#openCurrent())
  }

  createNext(): Promise<KeyValueStore> {
    return reported(this.#root, () => this.#createNext())
  }

  activateNext(): Promise<void> {
    return reported(this.#root, () => this.#activateNext())
  }

  installing(): Promise<boolean> {
    return reported(this.#root, async () => {
      assert(this.#current !== undefined, 'installing after openCurrent')
      return (await this.#readName(INSTALLING)) === nameOf(this.#current)
    })
  }

  installed(): Promise<void> {
    return reported(this.#root, async () => {
      if ((await this.#readName(INSTALLING)) === undefined) return
      await this.#fileSystem.remove(INSTALLING)
      await this.#fileSystem.syncFolder('')
    })
  }

  checkCurrent(): Promise<void> {
    return reported(this.#root, async () => {
      const current = this.#current
      assert(current !== undefined, 'checkCurrent after openCurrent')
      const complete = this.#looked?.number === current ? this.#looked.tables : new Set<string>()
      await this.#checkTables(current, (name) => complete.has(name))
    })
  }

  condemnCurrent(): Promise<void> {
    return reported(this.#root, async () => {
      assert(this.#current !== undefined, 'condemnCurrent after openCurrent')
      await this.#writeName(CONDEMNED, this.#current)
    })
  }

  syncCurrent(): Promise<void> {
    return reported(this.#root, () => this.#syncCurrent())
  }

  async #openCurrent(): Promise<KeyValueStore> {
    const current = (await this.#readCurrent()) ?? (await this.#makeFirst())
    this.#current = current
    this.#next = undefined
    if ((await this.#readName(CONDEMNED)) === nameOf(current)) throw condemned(nameOf(current))
    for (const other of await this.#numbers()) {
      // One still open (readers of the state before an install) goes when it is closed.
      if (other !== current && !this.#open.has(other)) await this.#removeState(other)
    }
    const live = await this.#liveTables(current)
    await this.#checkTables(current, (name) => live?.has(Number.parseInt(name, 10)) ?? true)
    return await this.#openState(current)
  }

  async #createNext(): Promise<KeyValueStore> {
    if (this.#next !== undefined) {
      await this.#open.get(this.#next)?.[Symbol.asyncDispose]()
      await this.#removeState(this.#next)
    }
    this.#next = Math.max(0, ...(await this.#numbers())) + 1
    return await this.#openState(this.#next)
  }

  async #activateNext(): Promise<void> {
    const next = this.#next
    assert(next !== undefined && !this.#open.has(next), 'activateNext with a next store that is closed')
    await this.#syncState(next)
    // It says nothing before CURRENT names the same state.
    await this.#writeName(INSTALLING, next)
    await this.#writeName(CURRENT, next)
    this.#current = next
    this.#next = undefined
  }

  async #syncCurrent(): Promise<void> {
    assert(this.#current !== undefined, 'syncCurrent after openCurrent')
    await this.#syncState(this.#current)
  }

  /** Of a state that is not open. Undefined: any table may be one of it. */
  async #liveTables(number: number): Promise<ReadonlySet<number> | undefined> {
    const folder = nameOf(number)
    const current = await this.#readIfThere(`${folder}/CURRENT`)
    const name = /^(MANIFEST-\d+)\n$/.exec(new TextDecoder().decode(current ?? new Uint8Array(0)))?.[1]
    const manifest = name === undefined ? undefined : await this.#readIfThere(`${folder}/${name}`)
    return manifest === undefined ? undefined : liveTables(manifest)
  }

  async #checkTables(number: number, wanted: (name: string) => boolean): Promise<void> {
    const folder = nameOf(number)
    const names = (await this.#fileSystem.list(folder)).filter((name) => name.endsWith('.ldb'))
    for (const name of names.filter(wanted)) {
      const file = await this.#readIfThere(`${folder}/${name}`)
      const damage = file === undefined ? undefined : tableDamage(file)
      if (damage !== undefined) throw damagedTable(`${folder}/${name}`, damage)
    }
    // One that is being written while we look is checked the next time.
    if (number === this.#current) this.#looked = { number, tables: new Set(names) }
  }

  async #openState(number: number): Promise<KeyValueStore> {
    assert(!this.#open.has(number), () => `state-${number} is open already`)
    const store = await LevelKeyValueStore.open(`${this.#root}/${nameOf(number)}`, async () => {
      this.#open.delete(number)
      if (number !== this.#current && number !== this.#next) await this.#removeState(number)
    })
    this.#open.set(number, store)
    return store
  }

  async #readCurrent(): Promise<number | undefined> {
    const text = await this.#readName(CURRENT)
    if (text === undefined) return undefined
    const number = numberOf(text)
    if (number === undefined || !(await this.#numbers()).includes(number))
      throw corruptCurrent(`${CURRENT} names ${JSON.stringify(text)}, which is not there`)
    return number
  }

  async #readName(file: string): Promise<string | undefined> {
    const bytes = await this.#readIfThere(file)
    return bytes === undefined ? undefined : new TextDecoder().decode(bytes).replace(/\n$/, '')
  }

  async #readIfThere(path: string): Promise<Uint8Array | undefined> {
    try {
      return await this.#fileSystem.readFile(path)
    } catch (error) {
      if (error instanceof FileError && error.code === 'ENOENT') return undefined
      throw error
    }
  }

  /** The first state of all. A folder without CURRENT can only be what a cut first start left. */
  async #makeFirst(): Promise<number> {
    const numbers = await this.#numbers()
    if (numbers.some((number) => number !== 1))
      throw corruptCurrent(`${CURRENT} is missing beside ${numbers.map(nameOf).join(', ')}`)
    await this.#removeState(1)
    await this.#fileSystem.makeFolder(nameOf(1))
    await this.#writeName(CURRENT, 1)
    return 1
  }

  async #writeName(file: string, number: number): Promise<void> {
    await replaceFile(this.#fileSystem, file, new TextEncoder().encode(`${nameOf(number)}\n`))
  }

  /** LevelDB syncs only what it must; this makes everything in the folder durable, names included. */
  async #syncState(number: number): Promise<void> {
    const folder = nameOf(number)
    for (const name of await this.#fileSystem.list(folder)) {
      // Closing any descriptor of LOCK would drop the process's lock on it (POSIX).
      if (name !== 'LOCK') await syncIfThere(this.#fileSystem, `${folder}/${name}`)
    }
    await this.#fileSystem.syncFolder(folder)
    await this.#fileSystem.syncFolder('')
  }

  async #removeState(number: number): Promise<void> {
    await this.#fileSystem.removeFolder(nameOf(number))
  }

  async #numbers(): Promise<number[]> {
    return (await this.#fileSystem.list('')).map(numberOf).filter((number) => number !== undefined)
  }
}

function nameOf(number: number): string {
  return `state-${number}`
}

function numberOf(name: string): number | undefined {
  const digits = STATE.exec(name)?.[1]
  return digits === undefined ? undefined : Number(digits)
}

/** Compactions remove files at any time. */
async function syncIfThere(fileSystem: FileSystem, path: string): Promise<void> {
  try {
    const handle = await fileSystem.open(path, 'open')
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
  } catch (error) {
    if (error instanceof FileError && error.code === 'ENOENT') return
    throw error
  }
}

/** The disk's refusal as the callers of a store know it. */
async function reported<T>(root: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (error) {
    if (!(error instanceof FileError)) throw error
    throw new MarketplaceError({
      reason: 'STORAGE_FAILED',
      message: `states in ${root}: ${error.message}`,
      help: 'free space on the disk or replace it, then restart the node',
      cause: error,
    })
  }
}

function damagedTable(path: string, damage: string): MarketplaceError {
  return new MarketplaceError({
    reason: 'STATE_CORRUPT',
    message: `${path}: ${damage}`,
    help: 'check the disk; then `ggen-market cluster heal NODE`, or a restart: the node fetches the state from the others',
  })
}

function condemned(name: string): MarketplaceError {
  return new MarketplaceError({
    reason: 'STATE_CORRUPT',
    message: `${name} was found damaged in use`,
    help: 'start the other members: the node fetches the state from them',
  })
}

function corruptCurrent(message: string): MarketplaceError {
  return new MarketplaceError({
    reason: 'STATE_CORRUPT',
    message,
    help: `bring the missing file or folder back; or remove ${CURRENT} and all state folders: the node then fetches the state from the others`,
  })
}
