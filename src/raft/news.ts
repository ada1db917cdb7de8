import type { NodeId } from '../model/node-id.js'
import type { Effect, Role } from './effect.js'
import type { Leader } from './leader.js'
import type { RaftMember } from './member.js'

/** Tells of changes of role and members, each once. A start tells nothing of what it recovered. */
export class News {
  #role: { readonly role: Role; readonly term: number; readonly leader: NodeId | undefined }
  #members: {
    readonly index: number
    readonly term: number
    readonly committed: boolean
    readonly peers: number
  }

  constructor(member: RaftMember) {
    this.#role = { role: 'follower', term: member.term, leader: undefined }
    this.#members = membersOf(member, undefined)
  }

  tellRole({ role, term, leader }: RaftMember, effects: Effect[]): void {
    const told = this.#role
    if (told.role === role && told.term === term && told.leader === leader) return
    this.#role = { role, term, leader }
    effects.push({ type: 'role', role, term, leader })
  }

  tellMembers(member: RaftMember, leader: Leader | undefined, effects: Effect[]): void {
    const told = this.#members
    const now = membersOf(member, leader)
    const same = told.index === now.index && told.term === now.term && told.committed === now.committed
    if (same && told.peers === now.peers) return
    this.#members = now
    effects.push({ type: 'members' })
  }
}

function membersOf({ log }: RaftMember, leader: Leader | undefined) {
  const index = log.membership.changedAt
  // Two leaders may each have put another configuration at one index.
  const term = log.termAt(index) ?? 0
  return { index, term, committed: index <= log.commit, peers: leader?.peerCount ?? 0 }
}
