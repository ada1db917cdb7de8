import { searchIndexConformance } from '../../test/conformance/search-index.js'
import type { HistoryId } from '../model/node-id.js'
import { nodeClock } from '../runtime/node-clock.js'
import { MemorySearchIndex } from './memory-index.js'

searchIndexConformance(
  'the index in memory',
  async () => new MemorySearchIndex(nodeClock, 'history-1' as HistoryId),
)
