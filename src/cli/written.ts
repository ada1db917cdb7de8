import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeFileAtomically } from '../runtime/atomic-file.js'

/** How many histories are remembered: one for each cluster that the user writes to, and one more for each restore. */
const HISTORIES_MAX = 16

export interface Written {
  readonly historyId: string
  readonly index: number
}

/**
 * What the user's commands wrote last, newest first: a search after a publish asks for that index at least, though it is
 * another process and perhaps another node. Losing it costs freshness only, so failures to keep it are not errors.
 */
export class WrittenMemory {
  readonly #path: string

  constructor(userFolder: string) {
    this.#path = join(userFolder, 'written.json')
  }

  async read(): Promise<readonly Written[]> {
    try {
      const list: unknown = JSON.parse(await readFile(this.#path, 'utf8'))
      return Array.isArray(list) ? list.filter(isWritten).slice(0, HISTORIES_MAX) : []
    } catch {
      return []
    }
  }

  async add(written: Written): Promise<void> {
    const known = await this.read()
    const before = known.find((each) => each.historyId === written.historyId)
    const index = Math.max(written.index, before?.index ?? 0)
    const others = known.filter((each) => each.historyId !== written.historyId)
    const list = [{ historyId: written.historyId, index }, ...others].slice(0, HISTORIES_MAX)
    await writeFileAtomically(this.#path, `${JSON.stringify(list)}\n`, { folderMode: 0o700 }).catch(() => {})
  }
}

function isWritten(value: unknown): value is Written {
  const { historyId, index } = (value ?? {}) as Partial<Written>
  return typeof historyId === 'string' && Number.isSafeInteger(index) && (index as number) >= 0
}
