import type { ReadDemand } from '../model/read-demand.js'

/** Which state an answer reflects. */
export interface Reflected {
  /** Log index; what was acknowledged with an index not above it is in the answer. */
  readonly index: number
  /** The unbroken log that the index belongs to. */
  readonly historyId: string
}

/** One page of a listing. */
export interface Page<Entry> extends Reflected {
  readonly entries: readonly Entry[]
  /** Absent on the last page. */
  readonly nextPageToken?: string | undefined
}

/** What every listing may ask. */
export interface ListOptions extends ReadDemand {
  /** Default 50, at most 1,000. */
  readonly pageSize?: number | undefined
  /** `nextPageToken` of the page before; it belongs to one listing of one history. */
  readonly pageToken?: string | undefined
}
