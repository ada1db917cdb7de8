/**
 * What the stores need of a disk. Paths are `/`-separated and relative to a root that the implementation fixes.
 * Failures reject with {@link FileError}; nothing is retried here.
 */
export interface FileSystem {
  /** Opens for reading and writing. `create`: must not exist; `open`: must exist; `open-or-create`: either. */
  open(path: string, mode: 'create' | 'open' | 'open-or-create'): Promise<FileHandle>
  readFile(path: string): Promise<Uint8Array>
  /** Names in a folder, sorted; files and folders alike. */
  list(folder: string): Promise<string[]>
  /** Undefined where nothing is there. */
  stat(
    path: string,
  ): Promise<
    { readonly kind: 'file' | 'folder'; readonly sizeBytes: number; readonly modifiedMs: number } | undefined
  >
  rename(from: string, to: string): Promise<void>
  remove(path: string): Promise<void>
  /** Removes a folder and all in it; nothing there is success. */
  removeFolder(path: string): Promise<void>
  /** Makes a folder and its parents; there already is success. */
  makeFolder(path: string): Promise<void>
  /** fsync of a folder: makes creations, renames and removals in it durable. */
  syncFolder(path: string): Promise<void>
}

export interface FileHandle {
  /** Reads up to length bytes; fewer only at the end of the file. */
  read(offset: number, length: number): Promise<Uint8Array>
  /**
   * Writes all chunks one after another from offset on. With `sync`, resolves only after fdatasync:
   * one trip for write and sync together, which the log's group commit lives on.
   */
  write(offset: number, chunks: readonly Uint8Array[], options?: { readonly sync?: boolean }): Promise<void>
  /** fdatasync. A rejection means that nothing is known of what was written since the last success. */
  sync(): Promise<void>
  truncate(sizeBytes: number): Promise<void>
  size(): Promise<number>
  close(): Promise<void>
}

export type FileErrorCode = 'ENOENT' | 'EEXIST' | 'ENOSPC' | 'EIO' | 'EACCES' | 'EROFS' | 'OTHER'

export class FileError extends Error {
  override readonly name = 'FileError'
  constructor(
    readonly code: FileErrorCode,
    readonly operation: string,
    readonly path: string,
    cause?: unknown,
  ) {
    super(`${operation} ${path}: ${code}`, cause === undefined ? undefined : { cause })
  }
}
