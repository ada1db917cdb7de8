import type { NodeId } from '../../src/model/node-id.js'
import type { Entry, EntryType, SnapshotMark } from '../../src/raft/entry.js'
import type { Message } from '../../src/raft/message.js'

/** `term=2 commit=9`: what a story puts into a forged message; what it leaves out is 0, refused, or empty. */
export type Words = ReadonlyMap<string, string>

export function wordsOf(words: readonly string[]): Words {
  return new Map(words.map((word) => word.split('=') as [string, string]))
}

/** A message that its sender never sent, and that may be impossible. */
export function forgedMessage(type: string, from: string, to: string, words: Words): Message {
  const number = (name: string) => Number(words.get(name) ?? 0)
  const [prevIndex, prevTerm] = pair(words.get('after') ?? '0/0')
  const [lastIndex, lastTerm] = pair(words.get('last') ?? '0/0')
  return {
    type,
    from: from as NodeId,
    to: to as NodeId,
    term: number('term'),
    lastIndex,
    lastTerm,
    transfer: words.has('transfer'),
    granted: words.has('granted'),
    prevIndex: words.has('prev') ? number('prev') : prevIndex,
    prevTerm,
    entries: (words.get('entries') ?? '').split(',').filter(Boolean).map(entry),
    commit: number('commit'),
    index: words.has('index') ? number('index') : undefined,
    conflictTerm: number('conflict-term'),
    conflictIndex: number('conflict'),
    round: number('round'),
    id: number('id'),
  } as unknown as Message
}

export function forgedMark(words: Words, configuration: Uint8Array): SnapshotMark {
  const [index, term] = pair(words.get('mark') ?? '0/0')
  return {
    index,
    term,
    configuration: words.has('garbage') ? Uint8Array.of(9, 9) : configuration,
  }
}

/** `3/2:x`, or `3/2:configuration` for one that does not decode, `3/2:x@5` with a stamp. */
function entry(text: string): Entry {
  const [place = '', what = ''] = text.split(':')
  const [content = '', stamp = '0'] = what.split('@')
  const [index, term] = pair(place)
  const type: EntryType = content === 'configuration' ? 'configuration' : 'command'
  return { index, term, type, stampMs: Number(stamp), payload: new TextEncoder().encode(content) }
}

function pair(text: string): [number, number] {
  const [first, second] = text.split('/').map(Number)
  return [first ?? 0, second ?? 0]
}
