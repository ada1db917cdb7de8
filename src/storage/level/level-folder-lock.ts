import { ClassicLevel } from 'classic-level'
import type { FolderLock } from '../folder-lock.js'
import { openError } from './level-key-value-store.js'

/**
 * The lock that LevelDB takes on its folder (fcntl): Node has none of its own, and a file with a process id outlives a
 * process that was killed. The store inside stays empty. Nobody else may open a file in that folder in this process:
 * closing it would drop the lock (POSIX).
 */
export class LevelFolderLock implements FolderLock {
  /** @param location absolute path of a folder kept for the lock */
  constructor(private readonly location: string) {}

  /** @throws STORAGE_FAILED where the disk refuses or is full */
  async tryAcquire(): Promise<AsyncDisposable | undefined> {
    const level = new ClassicLevel(this.location, {
      cacheSize: 0,
      writeBufferSize: 64 * 1024,
      maxOpenFiles: 20,
    })
    try {
      await level.open()
    } catch (error) {
      const failure = openError(this.location, error)
      if (failure.reason === 'FOLDER_LOCKED') return undefined
      throw failure
    }
    return { [Symbol.asyncDispose]: () => level.close() }
  }
}
