import { Refusal, type Setting, show } from './setting.js'

/** A folder by the name that callers use. */
export interface StoreConfig {
  readonly name: string
  /** As given; absolute or relative. */
  readonly folder: string
}

const STORES_MAX = 16
const FORM =
  'use NAME=FOLDER, such as archive=/mnt/archive; names have up to 64 lower-case letters, digits and hyphens'

/**
 * Folders into which CopyTo may copy. In a file the table `[stores]` with `NAME = "FOLDER"`; as a flag `--store NAME=FOLDER` once per
 * store; as a variable the same joined by `;`.
 */
export const storesSetting: Setting<readonly StoreConfig[]> = {
  help: 'folders into which CopyTo may copy packages, by name: [stores] with NAME = "FOLDER" in a file; each must be there and lie outside of data.folder',
  default: [],
  parse: (given) => {
    const stores = pairsOf(given).map(([name, folder]) => toStore(name, folder))
    if (stores.length > STORES_MAX)
      throw new Refusal(`has ${stores.length} stores`, `use at most ${STORES_MAX}`)
    const twin = stores.find(({ name }, at) => stores.findIndex((other) => other.name === name) !== at)
    if (twin !== undefined) throw new Refusal(`has ${twin.name} twice`, 'give each store a name of its own')
    return stores
  },
}

function pairsOf(given: unknown): readonly (readonly [string, unknown])[] {
  const list = typeof given === 'string' ? given.split(';').filter((part) => part.trim() !== '') : given
  if (Array.isArray(list)) {
    return list.map((entry) => {
      const [, name, folder] = /^\s*([^=\s]+)=(.+?)\s*$/.exec(String(entry)) ?? []
      if (name === undefined) throw new Refusal(`has the store ${show(entry)}`, FORM)
      return [name, folder] as const
    })
  }
  if (typeof list === 'object' && list !== null) return Object.entries(list)
  throw new Refusal(`is ${show(given)}`, FORM)
}

function toStore(name: string, folder: unknown): StoreConfig {
  if (!/^[a-z0-9][a-z0-9-]{0,63}$/.test(name)) throw new Refusal(`has the store ${show(name)}`, FORM)
  if (typeof folder !== 'string' || folder === '')
    throw new Refusal(`gives ${name} the folder ${show(folder)}`, FORM)
  return { name, folder }
}
