import { keptBlobStoreConformance } from '../../test/conformance/blob-store.js'
import { MemoryBlobStore } from './memory-blob-store.js'

keptBlobStoreConformance('memory', async () => ({
  store: new MemoryBlobStore(),
  settle: (promise) => promise,
  cleanUp: async () => {},
}))
