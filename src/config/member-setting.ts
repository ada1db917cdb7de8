import { MarketplaceError } from '../model/error.js'
import { type NodeId, toNodeId } from '../model/node-id.js'
import { isAddress, Refusal, type Setting, show } from './setting.js'

/** One member of the cluster as the configuration lists it. */
export interface MemberConfig {
  readonly id: NodeId
  /** host:port where the other members reach it. */
  readonly peerAddress: string
  /** host:port where clients reach it. */
  readonly clientAddress: string
}

/** Raft needs a majority; beyond seven each write waits for more disks than it gains in safety. */
const MEMBERS_MAX = 9
const FORM = 'use id=peer-host:port,client-host:port, such as node-1=127.0.0.1:7501,127.0.0.1:7401'

/**
 * The founding members. In a file a list of tables `{ id, peer, client }`; as a flag `--member id=peer,client` once per member;
 * as a variable the same joined by `;`. The same on every member, in any order.
 */
export const membersSetting: Setting<readonly MemberConfig[]> = {
  help: 'founding members of the cluster; the same on all of them',
  default: [],
  parse: (given) => {
    const list = typeof given === 'string' ? given.split(';').filter((part) => part.trim() !== '') : given
    if (!Array.isArray(list)) throw new Refusal(`is ${show(given)}`, FORM)
    if (list.length > MEMBERS_MAX)
      throw new Refusal(`has ${list.length} members`, `use at most ${MEMBERS_MAX}`)
    const members = list.map((entry) => (typeof entry === 'string' ? parseText(entry) : parseTable(entry)))
    refuseTwins(members)
    // One order, whatever the order of the file: what is derived from the list must agree on all members.
    return members.sort((a, b) => (a.id < b.id ? -1 : 1))
  },
}

function parseText(entry: string): MemberConfig {
  const match = /^\s*([^=\s]+)=([^,\s]+),([^,\s]+)\s*$/.exec(entry)
  if (match === null) throw new Refusal(`has the member ${show(entry)}`, FORM)
  return toMember(match[1], match[2], match[3])
}

function parseTable(entry: unknown): MemberConfig {
  if (typeof entry !== 'object' || entry === null) throw new Refusal(`has the member ${show(entry)}`, FORM)
  const { id, peer, client, ...rest } = entry as Record<string, unknown>
  const unknown = Object.keys(rest)
  if (unknown.length > 0)
    throw new Refusal(`has a member with ${unknown.join(', ')}`, 'use id, peer and client')
  return toMember(id, peer, client)
}

function toMember(id: unknown, peer: unknown, client: unknown): MemberConfig {
  if (typeof id !== 'string') throw new Refusal(`has a member with the id ${show(id)}`, FORM)
  for (const given of [peer, client]) {
    if (typeof given !== 'string' || !isAddress(given)) {
      throw new Refusal(`gives ${id} the address ${show(given)}`, FORM)
    }
  }
  try {
    return { id: toNodeId(id), peerAddress: peer as string, clientAddress: client as string }
  } catch (error) {
    if (error instanceof MarketplaceError)
      throw new Refusal(`has a member whose ${error.message}`, error.help)
    throw error
  }
}

function refuseTwins(members: readonly MemberConfig[]): void {
  for (const key of ['id', 'peerAddress', 'clientAddress'] as const) {
    const seen = new Set<string>()
    for (const member of members) {
      if (seen.has(member[key])) throw new Refusal(`has ${member[key]} twice`, 'give each member its own')
      seen.add(member[key])
    }
  }
}
