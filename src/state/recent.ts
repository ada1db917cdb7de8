import { Encoder } from '../model/codec.js'
import { encodePackageId } from '../model/metadata-codec.js'
import type { PackageId } from '../model/package-id.js'
import { keys } from './key-layout.js'
import type { StateWriter } from './stored-value.js'

/** Lists a version under the log index that published it, so that the newest are read from the end. */
export function indexRecent(writer: StateWriter, id: PackageId, index: number): void {
  const out = new Encoder(64)
  encodePackageId(out, id)
  writer.put(keys.recent(index), out.finish())
}
