import { createHash } from 'node:crypto'
import type { Digest } from '../model/content-hash.js'

export function sha256Of(bytes: Uint8Array): Digest {
  return createHash('sha256').update(bytes).digest('hex') as Digest
}
