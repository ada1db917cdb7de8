import { FileError, type FileErrorCode } from './file-system.js'

const KNOWN: ReadonlySet<string> = new Set<FileErrorCode>([
  'ENOENT',
  'EEXIST',
  'ENOSPC',
  'EIO',
  'EACCES',
  'EROFS',
])

/** Node's error as a FileError: a full quota is a full disk, a forbidden operation a denied one. */
export function fileErrorOf(operation: string, path: string, code: unknown, cause: unknown): FileError {
  return new FileError(fileErrorCodeOf(code), operation, path, cause)
}

function fileErrorCodeOf(code: unknown): FileErrorCode {
  if (code === 'EDQUOT') return 'ENOSPC'
  if (code === 'EPERM') return 'EACCES'
  return typeof code === 'string' && KNOWN.has(code) ? (code as FileErrorCode) : 'OTHER'
}
