import { setTimeout as pause } from 'node:timers/promises'
import type { ClusterStatus } from '../client/cluster-status.js'
import type { MarketplaceClient } from '../client/marketplace-client.js'
import type { WaitingLine } from './waiting-line.js'

/** Within this, nobody wonders what a command waits for. */
const FIRST_LOOK_MS = 700
const LOOK_MS = 1_000

/** Lets work go on, and says meanwhile, as far as the cluster can be asked, what it waits for. */
export async function whileWaiting<T>(
  line: WaitingLine,
  client: Pick<MarketplaceClient, 'clusterStatus'>,
  work: Promise<T>,
  waitsFor: (status: ClusterStatus) => string,
): Promise<T> {
  const over = new AbortController()
  const ended = work.then(
    () => over.abort(),
    () => over.abort(),
  )
  const look = async (afterMs: number) => {
    await pause(afterMs, undefined, { signal: over.signal }).catch(() => {})
    if (over.signal.aborted) return
    // Ends before the client is closed: a call under way would try again on a closed one.
    const status = await client.clusterStatus().catch(() => undefined)
    if (over.signal.aborted) return
    line.show(status === undefined ? 'waiting for the cluster to answer' : `waiting ${waitsFor(status)}`)
  }
  try {
    for (let afterMs = FIRST_LOOK_MS; !over.signal.aborted; afterMs = LOOK_MS) await look(afterMs)
    await ended
    return await work
  } finally {
    line.end()
  }
}
