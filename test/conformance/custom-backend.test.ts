import { HouseRegistry, MapStore } from '../../examples/custom-backend.js'
import { openMemoryRegistry } from '../../src/embedded.js'
import { packageStoreConformance } from './package-store.js'
import { registryConformance } from './registry.js'

packageStoreConformance('the example’s map', false, async () => ({
  store: new MapStore(),
  close: async () => {},
}))
registryConformance('the example’s registry in front of another, over its own store', async () => {
  const memory = await openMemoryRegistry()
  const store = new MapStore()
  return {
    registry: new HouseRegistry(memory.registry, memory.store, store),
    store,
    close: async () => memory[Symbol.asyncDispose](),
  }
})
