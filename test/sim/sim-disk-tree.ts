import { FileError } from '../../src/runtime/file-system.js'
import type { Random } from '../../src/runtime/random.js'
import { FileImage } from './sim-disk-image.js'

type Node = FileImage | 'folder'

/** One change of names, durable or not as a whole. */
interface NameChange {
  readonly folders: readonly string[]
  readonly removes: string | undefined
  readonly adds: string | undefined
  readonly node: Node
}

/** The names of a simulated disk: as they are, and as they would be after a crash. */
export class NameTree {
  #current = new Map<string, Node>([['', 'folder']])
  #durable = new Map<string, Node>([['', 'folder']])
  #pending: NameChange[] = []

  /** What a reader sees now, all of it durable. */
  copy(): NameTree {
    const copy = new NameTree()
    for (const [path, node] of this.#current) {
      const own = node === 'folder' ? node : node.copy()
      copy.#current.set(path, own)
      copy.#durable.set(path, own)
    }
    return copy
  }

  get(path: string): Node | undefined {
    return this.#current.get(path)
  }

  /** The bytes that are sure to be found under this name after a crash; undefined where the name is not sure. */
  durable(path: string): Uint8Array | undefined {
    const node = this.#durable.get(path)
    return node === undefined || node === 'folder' ? undefined : node.durable
  }

  file(operation: string, path: string): FileImage {
    const node = this.#current.get(path)
    if (node === undefined) throw new FileError('ENOENT', operation, path)
    if (node === 'folder') throw new FileError('OTHER', operation, path)
    return node
  }

  /** All files with their paths, sorted. */
  files(): [path: string, image: FileImage][] {
    return [...this.#current]
      .filter((pair): pair is [string, FileImage] => pair[1] !== 'folder')
      .sort(([a], [b]) => (a < b ? -1 : 1))
  }

  create(path: string): FileImage {
    this.folder('open', parentOf(path))
    const image = new FileImage()
    this.#change({ folders: [parentOf(path)], removes: undefined, adds: path, node: image })
    return image
  }

  folder(operation: string, path: string): void {
    if (this.#current.get(path) !== 'folder') throw new FileError('ENOENT', operation, path)
  }

  makeFolder(path: string): void {
    if (path === '') return
    const node = this.#current.get(path)
    if (node === 'folder') return
    if (node !== undefined) throw new FileError('EEXIST', 'make', path)
    this.makeFolder(parentOf(path))
    this.#change({ folders: [parentOf(path)], removes: undefined, adds: path, node: 'folder' })
  }

  list(path: string): string[] {
    this.folder('list', path)
    return this.#below(path)
      .filter((other) => parentOf(other) === path)
      .map((other) => other.slice(path === '' ? 0 : path.length + 1))
      .sort()
  }

  rename(from: string, to: string): void {
    const node = this.#current.get(from)
    if (node === undefined) throw new FileError('ENOENT', 'rename', from)
    this.folder('rename', parentOf(to))
    if (from === to) return
    const target = this.#current.get(to)
    if (target !== undefined && (target === 'folder' || node === 'folder'))
      throw new FileError('OTHER', 'rename', from)
    const children = node === 'folder' ? this.#below(from) : []
    this.#change({ folders: [parentOf(from), parentOf(to)], removes: from, adds: to, node })
    for (const child of children) {
      const moved = this.#current.get(child) as Node
      const path = to + child.slice(from.length)
      this.#change({ folders: [parentOf(from), parentOf(to)], removes: child, adds: path, node: moved })
    }
  }

  remove(path: string): void {
    const node = this.file('remove', path)
    this.#change({ folders: [parentOf(path)], removes: path, adds: undefined, node })
  }

  removeFolder(path: string): void {
    if (this.#current.get(path) === undefined) return
    for (const child of [...this.#below(path).sort().reverse(), path]) {
      const node = this.#current.get(child) as Node
      this.#change({ folders: [parentOf(child)], removes: child, adds: undefined, node })
    }
  }

  syncFolder(path: string): void {
    this.folder('sync', path)
    this.#pending = this.#pending.filter((change) => {
      if (!change.folders.includes(path)) return true
      apply(this.#durable, change)
      return false
    })
  }

  /** The machine goes down: of the changes not synced, any subset arrives. */
  crash(random: Random): void {
    const mode = random.below(4)
    for (const change of this.#pending) {
      if (mode === 0 || (mode > 1 && random.below(2) === 0)) apply(this.#durable, change)
    }
    this.#pending = []
    // What lies in a folder that is not there is not there.
    for (const path of [...this.#durable.keys()].sort()) {
      if (path !== '' && this.#durable.get(parentOf(path)) !== 'folder') this.#durable.delete(path)
    }
    this.#current = new Map(this.#durable)
    for (const image of new Set(this.#current.values())) if (image !== 'folder') image.crash(random)
  }

  #change(change: NameChange): void {
    apply(this.#current, change)
    this.#pending.push(change)
  }

  #below(path: string): string[] {
    const prefix = path === '' ? '' : `${path}/`
    return [...this.#current.keys()].filter((other) => other !== path && other.startsWith(prefix))
  }
}

function apply(names: Map<string, Node>, { removes, adds, node }: NameChange): void {
  if (removes !== undefined && names.get(removes) === node) names.delete(removes)
  if (adds !== undefined) names.set(adds, node)
}

function parentOf(path: string): string {
  return path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : ''
}
