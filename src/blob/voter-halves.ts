import type { NodeId } from '../model/node-id.js'

/** The voters of every half of the configuration in force: one list, or two while it is joint. */
export type VoterHalves = readonly (readonly NodeId[])[]

/** Whether these nodes are a majority of every half; where nobody votes, nobody is. */
export function isMajority(halves: VoterHalves, holds: (node: NodeId) => boolean): boolean {
  return halves.length > 0 && halves.every((voters) => voters.filter(holds).length > voters.length >> 1)
}

/** All voters but one, each once, in order. */
export function votersBut(halves: VoterHalves, self: NodeId): readonly NodeId[] {
  return [...new Set(halves.flat())].filter((voter) => voter !== self).sort()
}
