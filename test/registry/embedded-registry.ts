import { MemoryBlobStore } from '../../src/blob/memory-blob-store.js'
import { memoryContext } from '../../src/embedded.js'
import type { DownloadCounter } from '../../src/registry/download-counter.js'
import type { RegistryContext } from '../../src/registry/ports.js'
import { nodeClock } from '../../src/runtime/node-clock.js'
import type { StateMachineOptions } from '../../src/state/state-machine.js'
import { EmbeddedState } from './embedded-state.js'

/** A registry in memory, with handles for tests of its use cases. */
export interface EmbeddedRegistry extends AsyncDisposable {
  readonly context: RegistryContext
  readonly state: EmbeddedState
  readonly local: MemoryBlobStore
  readonly downloads: DownloadCounter
}

export async function openEmbeddedRegistry(options: StateMachineOptions = {}): Promise<EmbeddedRegistry> {
  const state = await EmbeddedState.make(nodeClock, options)
  const local = new MemoryBlobStore()
  const { context, close } = memoryContext(state, local)
  return { context, state, local, downloads: context.downloads, [Symbol.asyncDispose]: close }
}
