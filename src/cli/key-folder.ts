import { randomBytes } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { MarketplaceError } from '../model/error.js'
import { absent } from '../runtime/absent.js'
import { writeFileAtomically } from '../runtime/atomic-file.js'
import { Ed25519Signer } from '../trust/signer.js'

const SUFFIX = '.pem'
const DEFAULT_NAME = 'default'

export interface StoredKey {
  readonly signer: Ed25519Signer
  readonly path: string
  readonly isDefault: boolean
}

/** The user's private keys: one PEM each, readable by the user alone, and which of them is used unless another is named. */
export class KeyFolder {
  readonly #folder: string

  constructor(userFolder: string) {
    this.#folder = join(userFolder, 'keys')
  }

  /** Makes a key. The first becomes the default. */
  async generate(options: { readonly makeDefault?: boolean } = {}): Promise<StoredKey> {
    const signer = Ed25519Signer.fromSeed(randomBytes(32))
    const path = this.#pathOf(signer.keyId)
    await writeFileAtomically(path, signer.exportPem(), { mode: 0o600, folderMode: 0o700 })
    const isDefault = options.makeDefault === true || (await this.#defaultId()) === undefined
    if (isDefault)
      await writeFileAtomically(join(this.#folder, DEFAULT_NAME), `${signer.keyId}\n`, { mode: 0o600 })
    return { signer, path, isDefault }
  }

  /** All keys, by id. */
  async list(): Promise<readonly StoredKey[]> {
    const names = await readdir(this.#folder).catch(absent(() => [] as string[]))
    const defaultId = await this.#defaultId()
    const keys: StoredKey[] = []
    for (const name of names.filter((each) => each.endsWith(SUFFIX)).sort()) {
      const path = join(this.#folder, name)
      const signer = Ed25519Signer.fromPem(await readFile(path, 'utf8'), path)
      keys.push({ signer, path, isDefault: signer.keyId === defaultId })
    }
    return keys
  }

  /**
   * The key to sign with: a key id, a path, or the default.
   * @returns undefined where none is named and there is none yet
   * @throws KEY_NOT_FOUND, FILE_INVALID
   */
  async find(named: string | undefined): Promise<StoredKey | undefined> {
    const isId = named !== undefined && /^[0-9a-f]{16}$/.test(named)
    const wanted = named ?? (await this.#defaultId())
    if (wanted === undefined) return undefined
    const path = named === undefined || isId ? this.#pathOf(wanted) : named
    const pem = await readFile(path, 'utf8').catch(absent(() => undefined))
    if (pem === undefined) {
      throw new MarketplaceError({
        reason: 'KEY_NOT_FOUND',
        field: '--key',
        message: `there is no key ${path}`,
        help: '`ggen-market keys list` shows the keys there are; `ggen-market keys generate` makes one',
      })
    }
    return { signer: Ed25519Signer.fromPem(pem, path), path, isDefault: named === undefined }
  }

  async #defaultId(): Promise<string | undefined> {
    const text = await readFile(join(this.#folder, DEFAULT_NAME), 'utf8').catch(absent(() => ''))
    return /^[0-9a-f]{16}$/.test(text.trim()) ? text.trim() : undefined
  }

  #pathOf(keyId: string): string {
    return join(this.#folder, `${keyId}${SUFFIX}`)
  }
}
