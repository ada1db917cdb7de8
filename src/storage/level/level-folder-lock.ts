import { ClassicLevel } from 'classic-level'
import type { FolderLock } from '../folder-lock.js'

/**
 * The lock that LevelDB takes on its folder (fcntl): Node has none of its own, and a file with a process id outlives a
 * process that was killed. The store inside stays empty. Nobody else may open a file in that folder in this process:
 * closing it would drop the lock (POSIX).
 */
export class LevelFolderLock implements FolderLock {
  /** @param location absolute path of a folder kept for the lock */
  constructor(private readonly location: string) {}

  async tryAcquire(): Promise<AsyncDisposable | undefined> {
    const level = new ClassicLevel(this.location, {
      cacheSize: 0,
      writeBufferSize: 64 * 1024,
      maxOpenFiles: 20,
    })
    try {
      await level.open()
    } catch (error) {
      if ((error as { cause?: { code?: string } }).cause?.code === 'LEVEL_LOCKED') return undefined
      throw error
    }
    return { [Symbol.asyncDispose]: () => level.close() }
  }
}
