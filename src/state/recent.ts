import { encodePackageId } from '../model/metadata-codec.js'
import type { PackageId } from '../model/package-id.js'
import { keys } from './key-layout.js'
import { bodyEncoder, type StateWriter } from './stored-value.js'

/** Lists a version under the log index that published it, so that the newest are read from the end. */
export function indexRecent(writer: StateWriter, id: PackageId, index: number): void {
  const out = bodyEncoder()
  encodePackageId(out, id)
  writer.put(keys.recent(index), out.view())
}
