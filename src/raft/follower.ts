import { assert } from '../model/assert.js'
import type { SnapshotMark } from './entry.js'
import type { RaftMember } from './member.js'
import type { Append } from './message.js'

/** AppendEntries on the receiving side (Raft §5.3). The acknowledgement leaves once the entries are durable. */
export function acceptAppend(member: RaftMember, message: Append): void {
  const { log } = member
  const { from } = message
  let { prevIndex, prevTerm, entries } = message
  if (prevIndex < log.commit) {
    // What is committed here matches every leader's log (leader completeness): judge only what lies beyond.
    entries = entries.filter((entry) => entry.index > log.commit)
    prevIndex = log.commit
    prevTerm = log.termAt(prevIndex) as number
  }
  if (log.termAt(prevIndex) !== prevTerm) {
    reject(member, message)
    return
  }
  const replacedFrom = log.accept(entries)
  if (replacedFrom !== undefined) member.outbox.push({ type: 'truncated', fromIndex: replacedFrom })
  const matched = prevIndex + entries.length
  assert(matched <= log.lastIndex, () => `matched ${matched} above last ${log.lastIndex}`)
  log.commitTo(Math.min(message.commit, matched))
  member.promise({ type: 'append-accepted', to: from, index: matched })
}

function reject(member: RaftMember, message: Append): void {
  const { log } = member
  const ours = log.termAt(message.prevIndex)
  member.send({
    type: 'append-rejected',
    to: message.from,
    prevIndex: message.prevIndex,
    conflictTerm: ours ?? 0,
    conflictIndex: ours === undefined ? log.lastIndex + 1 : log.firstIndexOfTerm(message.prevIndex),
  })
}

/**
 * A snapshot from the leader of our term is here, complete and checked.
 * @returns whether the state has to be swapped for it
 */
export function judgeSnapshot(member: RaftMember, mark: SnapshotMark): boolean {
  const { log } = member
  if (mark.index > log.commit && log.termAt(mark.index) !== mark.term) return true
  // We hold that entry: the log goes on to be our source, the leader's word that it is committed is welcome.
  log.commitTo(Math.max(log.commit, mark.index))
  member.outbox.push({ type: 'discard-snapshot', mark })
  return false
}
