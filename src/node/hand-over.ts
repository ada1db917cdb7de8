import type { Raft } from '../raft/raft.js'
import { type Clock, pause } from '../runtime/clock.js'
import type { NodeOptions } from './node-options.js'

export interface HandOverParts {
  readonly raft: Pick<Raft, 'status' | 'transferLeadership'>
  readonly clock: Clock
  readonly options: Pick<NodeOptions, 'handoverMs' | 'tickMs'>
}

/** Of a leader that is about to stop: another leads when it resolves, or none could be found in time. */
export async function handOver(
  { raft, clock, options }: HandOverParts,
  schedule: () => void,
  isOver: () => boolean,
): Promise<void> {
  if (raft.status().role !== 'leader') return
  raft.transferLeadership()
  schedule()
  const deadline = clock.monotonicMs() + options.handoverMs
  while (raft.status().role === 'leader' && clock.monotonicMs() < deadline && !isOver())
    await pause(clock, options.tickMs)
}
