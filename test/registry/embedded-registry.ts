import { MemoryBlobStore } from '../../src/blob/memory-blob-store.js'
import { QuorumBlobStore } from '../../src/blob/quorum-blob-store.js'
import { ChangeHub } from '../../src/registry/change-hub.js'
import { DownloadCounter } from '../../src/registry/download-counter.js'
import type { RegistryContext } from '../../src/registry/ports.js'
import { SearchFeed } from '../../src/registry/search-feed.js'
import type { PeerTransport } from '../../src/rpc/peer-transport.js'
import { silentLogger } from '../../src/runtime/logger.js'
import { nodeClock } from '../../src/runtime/node-clock.js'
import { nodeRandom } from '../../src/runtime/node-random.js'
import { MemorySearchIndex } from '../../src/search/memory-index.js'
import type { StateMachineOptions } from '../../src/state/state-machine.js'
import { OpensslVerifier } from '../../src/trust/openssl-verifier.js'
import { EmbeddedState } from './embedded-state.js'

/** No peers: a cluster of one. */
const alone: PeerTransport = {
  send() {},
  onMessage() {},
  onConnection() {},
  call: (to) => Promise.reject(new Error(`there is no ${to}`)),
  serve() {},
  setPeers() {},
  async [Symbol.asyncDispose]() {},
}

/** A registry of one member in this process: every part is the real one, but for the disk and the peers. */
export interface EmbeddedRegistry extends AsyncDisposable {
  readonly context: RegistryContext
  readonly state: EmbeddedState
  readonly local: MemoryBlobStore
  readonly downloads: DownloadCounter
}

export async function openEmbeddedRegistry(options: StateMachineOptions = {}): Promise<EmbeddedRegistry> {
  const clock = nodeClock
  const random = nodeRandom
  const logger = silentLogger
  const state = await EmbeddedState.open(clock, options)
  const local = new MemoryBlobStore()
  const blobs = new QuorumBlobStore({
    self: state.nodeId,
    local,
    transport: alone,
    clock,
    random,
    quorum: { voters: () => state.voterHalves() },
    logTimeMs: () => state.logTimeMs(),
  })
  const search = new MemorySearchIndex(clock, state.historyId)
  const feed = new SearchFeed({ state, index: search, clock, logger })
  feed.start()
  const downloads = new DownloadCounter({ state, clock, random, logger })
  const verifier = new OpensslVerifier()
  const changes = new ChangeHub({ state, clock })
  const context: RegistryContext = {
    state,
    blobs,
    verifier,
    search,
    downloads,
    changes,
    clock,
    random,
    logger,
  }
  return {
    context,
    state,
    local,
    downloads,
    async [Symbol.asyncDispose]() {
      changes.stop()
      await downloads[Symbol.asyncDispose]()
      await feed[Symbol.asyncDispose]()
      await search[Symbol.asyncDispose]()
      await blobs[Symbol.asyncDispose]()
    },
  }
}
