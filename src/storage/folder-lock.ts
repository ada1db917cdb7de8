/** Keeps two processes from using one data folder. The lock must end with its process, however that ends. */
export interface FolderLock {
  /** Undefined where another process holds it. */
  tryAcquire(): Promise<AsyncDisposable | undefined>
}
