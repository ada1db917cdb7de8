import { assertNever } from '../model/assert.js'
import { DecodeError, type Decoder, Encoder } from '../model/codec.js'
import { MarketplaceError } from '../model/error.js'
import { decodeMemberMessage } from '../model/member-message.js'
import type { NodeId } from '../model/node-id.js'
import type { Configuration, Member } from '../raft/configuration.js'
import type { MembershipChange } from '../raft/membership-change.js'
import type { KnownMember } from './member-list.js'

/** What an operator asks for. Asking again for what is so already changes nothing. */
export type MembershipRequest =
  /**
   * `move`: it is a member already, and may be found at this address from now on; `unseen`: even though it answers at the one it
   * has, and nobody at this one.
   */
  | { readonly type: 'add'; readonly member: Member; readonly move: boolean; readonly unseen: boolean }
  | { readonly type: 'promote'; readonly id: NodeId; readonly replacing: NodeId | undefined }
  | { readonly type: 'remove'; readonly id: NodeId }

export interface MembershipOutcome {
  /** False where all was so before. */
  readonly changed: boolean
  /** Of the log entry that brought the configuration in force. */
  readonly index: number
  readonly members: readonly KnownMember[]
}

/**
 * What is still to be done for a request; empty where it is done.
 * @throws MEMBER_EXISTS, MEMBER_UNKNOWN
 */
export function changesFor(
  request: MembershipRequest,
  { voters, learners }: Pick<Configuration, 'voters' | 'learners'>,
): readonly MembershipChange[] {
  const find = (id: NodeId) => [...voters, ...learners].find((member) => member.id === id)
  switch (request.type) {
    case 'add': {
      const { member, move } = request
      const known = find(member.id)
      const holder = [...voters, ...learners].find(({ address }) => address === member.address)
      if (holder !== undefined && holder.id !== member.id) throw taken(holder, member)
      if (known === undefined) {
        if (move) throw unknown(member.id, 'leave out --move to add it (`move` in the request)')
        return [{ type: 'add-learner', member }]
      }
      if (known.address === member.address) return []
      if (move) return [{ type: 'move', member }]
      throw elsewhere(known, member)
    }
    case 'promote': {
      const { id, replacing } = request
      if (find(id) === undefined) throw unknown(id)
      const isVoter = voters.some((member) => member.id === id)
      // Who votes alone first shares with its successor: until then each new package may lie with it alone.
      const alone = !isVoter && voters.length === 1
      const goes = replacing !== undefined && find(replacing) !== undefined && !alone
      return [
        ...(isVoter ? [] : [{ type: 'promote', id } as const]),
        ...(goes ? [{ type: 'remove', id: replacing } as const] : []),
      ]
    }
    case 'remove':
      return find(request.id) === undefined ? [] : [{ type: 'remove', id: request.id }]
    default:
      return assertNever(request, 'membership request')
  }
}

export function describeRequest(request: MembershipRequest): string {
  switch (request.type) {
    case 'add':
      return `${request.move ? 'moving' : 'adding'} ${request.member.id}`
    case 'promote':
      return `promoting ${request.id}${request.replacing === undefined ? '' : ` in the place of ${request.replacing}`}`
    case 'remove':
      return `removing ${request.id}`
    default:
      return assertNever(request, 'membership request')
  }
}

const VERSION = 2
const TYPES = ['add', 'promote', 'remove'] as const

export function encodeRequest(request: MembershipRequest, deadlineMs: number): Uint8Array {
  const out = new Encoder().byte(VERSION).byte(TYPES.indexOf(request.type)).uint(deadlineMs)
  switch (request.type) {
    case 'add':
      return out
        .text(request.member.id)
        .text(request.member.address)
        .bool(request.move)
        .bool(request.unseen)
        .finish()
    case 'promote':
      return out
        .text(request.id)
        .optional(request.replacing, (id) => out.text(id))
        .finish()
    case 'remove':
      return out.text(request.id).finish()
    default:
      return assertNever(request, 'membership request')
  }
}

/** @throws INVALID_ARGUMENT */
export function decodeRequest(header: Uint8Array): { request: MembershipRequest; deadlineMs: number } {
  return decoded(header, (input) => {
    const type = TYPES[input.byte()]
    const deadlineMs = input.uint()
    const id = input.text() as NodeId
    switch (type) {
      case 'add':
        return {
          request: { type, member: { id, address: input.text() }, move: input.bool(), unseen: input.bool() },
          deadlineMs,
        }
      case 'promote':
        return { request: { type, id, replacing: input.optional(() => input.text() as NodeId) }, deadlineMs }
      case 'remove':
        return { request: { type, id }, deadlineMs }
      case undefined:
        throw new DecodeError('an unknown kind of change')
      default:
        return assertNever(type, 'kind of change')
    }
  })
}

export function encodeOutcome({ changed, index, members }: MembershipOutcome): Uint8Array {
  const out = new Encoder().byte(VERSION).bool(changed).uint(index)
  return out.list(members, ({ id, address, voter }) => out.text(id).text(address).bool(voter)).finish()
}

/** @throws INVALID_ARGUMENT */
export function decodeOutcome(header: Uint8Array): MembershipOutcome {
  return decoded(header, (input) => ({
    changed: input.bool(),
    index: input.uint(),
    members: input.list(() => ({ id: input.text() as NodeId, address: input.text(), voter: input.bool() })),
  }))
}

function decoded<T>(header: Uint8Array, read: (input: Decoder) => T): T {
  return decodeMemberMessage('a change of members', header, (input) => {
    const version = input.byte()
    if (version !== VERSION) throw new DecodeError(`version ${version}`)
    return read(input)
  })
}

function elsewhere(known: Member, asked: Member): MarketplaceError {
  return new MarketplaceError({
    reason: 'MEMBER_EXISTS',
    field: 'peer_address',
    message: `${known.id} is a member already, at ${known.address}, not at ${asked.address}`,
    help: 'if it has moved there, say so with --move (`move` in the request); a new node needs a node id of its own',
    details: { node: known.id, address: known.address, asked: asked.address },
  })
}

function taken(holder: Member, asked: Member): MarketplaceError {
  return new MarketplaceError({
    reason: 'MEMBER_EXISTS',
    field: 'peer_address',
    message: `${asked.address} is the address of ${holder.id}, a member; ${asked.id} cannot be there`,
    help: `name the address at which ${asked.id} itself listens for the other members (its listen.peer)`,
    details: { node: holder.id, address: holder.address },
  })
}

export function unknown(
  id: NodeId,
  help = `\`ggen-market cluster add ${id}=HOST:PORT\` adds one`,
): MarketplaceError {
  return new MarketplaceError({
    reason: 'MEMBER_UNKNOWN',
    field: 'id',
    message: `${id} is not a member of this cluster`,
    help: `\`ggen-market cluster status\` lists the members; ${help}`,
    details: { node: id },
  })
}
