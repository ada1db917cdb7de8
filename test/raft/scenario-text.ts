import { assertNever } from '../../src/model/assert.js'
import type { Member } from '../../src/raft/configuration.js'
import type { Effect } from '../../src/raft/effect.js'
import type { Entry } from '../../src/raft/entry.js'
import type { Message } from '../../src/raft/message.js'
import type { RaftStatus } from '../../src/raft/raft.js'
import type { CoreNode } from './core-node.js'

/** `5/2:x`: index, term, and what it says. */
export function entryText(entry: Entry): string {
  const what = entry.type === 'command' ? new TextDecoder().decode(entry.payload) : entry.type
  return `${entry.index}/${entry.term}:${what}`
}

export function messageText(message: Message): string {
  return `${message.from}->${message.to} ${message.type} term ${message.term}${bodyText(message)}`
}

function bodyText(message: Message): string {
  switch (message.type) {
    case 'pre-vote-request':
      return ` last ${message.lastIndex}/${message.lastTerm}`
    case 'vote-request':
      return ` last ${message.lastIndex}/${message.lastTerm}${message.transfer ? ' transfer' : ''}`
    case 'pre-vote-answer':
    case 'vote-answer':
      return message.granted ? ' granted' : ' refused'
    case 'append':
      return ` after ${message.prevIndex}/${message.prevTerm} [${message.entries.map(entryText).join(' ')}] commit ${message.commit}`
    case 'append-accepted':
      return ` to ${message.index}`
    case 'append-rejected':
      return ` after ${message.prevIndex}, conflict term ${message.conflictTerm} from ${message.conflictIndex}`
    case 'heartbeat':
      return ` commit ${message.commit} round ${message.round}`
    case 'heartbeat-answer':
      return ` round ${message.round}`
    case 'commit':
      return ` ${message.commit}`
    case 'newer-term':
    case 'timeout-now':
      return ''
    case 'read-request':
      return ` ${message.id}`
    case 'read-answer':
      return ` ${message.id} ${message.index === undefined ? 'refused' : `at ${message.index}`}`
    default:
      return assertNever(message, 'message')
  }
}

/** What a reader of the story wants to know of an effect; nothing for sends, which are told when they arrive. */
export function effectText(node: CoreNode, effect: Effect): string | undefined {
  const { id } = node
  switch (effect.type) {
    case 'role':
      if (effect.role === 'follower')
        return `${id} follows ${effect.leader ?? 'nobody'} in term ${effect.term}`
      return `${id} is ${effect.role} in term ${effect.term}`
    case 'persist': {
      if (!node.slowDisk) return undefined
      const state =
        effect.hardState === undefined
          ? ''
          : ` term ${effect.hardState.term} vote ${effect.hardState.vote ?? '-'}`
      const release = effect.release.map((message) => `${message.type}->${message.to}`).join(' ')
      return `${id} writes #${effect.sequence}${state} [${effect.entries.map(entryText).join(' ')}] then ${release || '-'}`
    }
    case 'send':
    case 'members':
      return undefined
    case 'apply':
      return `${id} applies ${effect.entries.map(entryText).join(' ')}`
    case 'read-ready':
      return `${id} may read ${effect.context} at ${effect.index}`
    case 'read-failed':
      return `${id} cannot read ${effect.context}`
    case 'send-snapshot':
      return `${id} has to send ${effect.to} a snapshot`
    case 'install-snapshot':
      return `${id} installs the snapshot ${effect.mark.index}/${effect.mark.term}`
    case 'discard-snapshot':
      return `${id} discards the snapshot ${effect.mark.index}/${effect.mark.term}`
    case 'breach':
      return `${id} meets ${effect.breach.rule} of ${effect.breach.from}: ${effect.breach.what}`
    case 'truncated':
      return `${id} drops entries from ${effect.fromIndex} on`
    default:
      return assertNever(effect, 'effect')
  }
}

export function statusText(status: RaftStatus): string {
  const { id, role, term, vote, leader, commit, applied, durableIndex, firstIndex, lastIndex } = status
  return `${id} ${role} term ${term} vote ${vote ?? '-'} leader ${leader ?? '-'} log ${firstIndex}..${lastIndex} durable ${durableIndex} commit ${commit} applied ${applied}`
}

export function membersText(status: RaftStatus): string {
  const { voters, outgoing, learners } = status.configuration
  const named = (members: readonly Member[]) =>
    members.map(({ id, address }) => (address === `h:${id}` ? id : `${id} at ${address}`)).join(',') || '-'
  const settled = status.configurationIndex <= status.commit ? 'committed' : 'not committed'
  return `${status.id} members ${named(voters)} outgoing ${named(outgoing)} learners ${named(learners)} by entry ${status.configurationIndex}, ${settled}`
}

export function peersText(status: RaftStatus): string[] {
  return status.peers.map(
    (peer) =>
      `${status.id} sees ${peer.id} ${peer.state} match ${peer.match} next ${peer.next} inflight ${peer.inflight}${peer.recentActive ? '' : ' silent'}`,
  )
}
