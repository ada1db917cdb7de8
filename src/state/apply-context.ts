import type { Configuration } from '../raft/configuration.js'
import type { Counters, StateSettings } from './meta.js'
import type { StateWriter } from './stored-value.js'

/** What one entry is applied with. Time is log time; nothing here is this node's own. */
export interface ApplyContext {
  readonly writer: StateWriter
  readonly counters: Counters
  readonly settings: StateSettings
  /** Of the last configuration entry at or below this index. */
  readonly configuration: Configuration | undefined
  readonly index: number
  /** In force at this index. */
  readonly clusterVersion: number
}
