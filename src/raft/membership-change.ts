import type { NodeId } from '../model/node-id.js'
import type { Configuration, Member } from './configuration.js'

/** Learners and voters together; more would only make every write wait for more of them. */
export const MEMBERS_MAX = 15

/** One step of a change. Several may be taken in one go, so that a dead voter and its successor change places at once. */
export type MembershipChange =
  /** Receives everything and decides nothing (thesis §4.2.1). */
  | { readonly type: 'add-learner'; readonly member: Member }
  | { readonly type: 'promote'; readonly id: NodeId }
  | { readonly type: 'remove'; readonly id: NodeId }
  /** The member has moved: its peer service answers elsewhere. */
  | { readonly type: 'move'; readonly member: Member }

/** Why the members cannot be changed so. */
export interface ChangeRefusal {
  readonly reason:
    | 'unknown-member'
    | 'is-member'
    | 'is-voter'
    /** Of the member named. Two under one address could never both be reached. */
    | 'address-taken'
    | 'no-voter-left'
    | 'too-many-members'
    | 'no-change'
  readonly id: NodeId | undefined
}

/**
 * The configuration that the changes lead to. One that changes who votes is joint (thesis §4.3): the old voters stay on as
 * `outgoing` until both halves have agreed. All others are taken in one step, since every majority stays one.
 * @param before not joint
 */
export function changedConfiguration(
  before: Configuration,
  changes: readonly MembershipChange[],
): Configuration | ChangeRefusal {
  let { voters, learners } = before
  const holderOf = ({ id, address }: Member) =>
    [...voters, ...learners].find((member) => member.address === address && member.id !== id)
  for (const change of changes) {
    const id = change.type === 'promote' || change.type === 'remove' ? change.id : change.member.id
    const isVoter = voters.some((member) => member.id === id)
    const learner = learners.find((member) => member.id === id)
    const holder =
      change.type === 'add-learner' || change.type === 'move' ? holderOf(change.member) : undefined
    if (holder !== undefined) return { reason: 'address-taken', id: holder.id }
    if (change.type === 'add-learner') {
      if (isVoter || learner !== undefined) return { reason: 'is-member', id }
      learners = [...learners, change.member]
      continue
    }
    if (!isVoter && learner === undefined) return { reason: 'unknown-member', id }
    switch (change.type) {
      case 'promote':
        if (learner === undefined) return { reason: 'is-voter', id }
        voters = [...voters, learner]
        learners = without(learners, id)
        break
      case 'remove':
        voters = without(voters, id)
        learners = without(learners, id)
        break
      case 'move':
        voters = moved(voters, change.member)
        learners = moved(learners, change.member)
        break
    }
  }
  if (voters.length === 0) return { reason: 'no-voter-left', id: undefined }
  if (voters.length + learners.length > MEMBERS_MAX) return { reason: 'too-many-members', id: undefined }
  if (sameMembers(before.voters, voters) && sameMembers(before.learners, learners))
    return { reason: 'no-change', id: undefined }
  return { ...before, voters, outgoing: sameNames(before.voters, voters) ? [] : before.voters, learners }
}

/** What follows a joint configuration by itself, once it is committed. */
export function leftJoint(joint: Configuration): Configuration {
  return { ...joint, outgoing: [] }
}

export function isRefusal(result: Configuration | ChangeRefusal): result is ChangeRefusal {
  return 'reason' in result
}

function without(members: readonly Member[], id: NodeId): readonly Member[] {
  return members.filter((member) => member.id !== id)
}

function moved(members: readonly Member[], to: Member): readonly Member[] {
  return members.map((member) => (member.id === to.id ? to : member))
}

function sameNames(a: readonly Member[], b: readonly Member[]): boolean {
  return a.length === b.length && a.every((member) => b.some((other) => other.id === member.id))
}

function sameMembers(a: readonly Member[], b: readonly Member[]): boolean {
  return (
    a.length === b.length &&
    a.every((member) => b.some((other) => other.id === member.id && other.address === member.address))
  )
}
