import { MarketplaceError } from '../model/error.js'
import type { Member } from '../raft/configuration.js'
import type { MembershipRequest } from './membership-request.js'
import type { Node } from './node.js'

/** Within this, whoever is at an address answers. */
const MEET_MS = 2_000

export interface AddressPorts {
  readonly node: Pick<Node, 'status'>
  meet(member: Member, deadlineMs: number): Promise<void>
}

/**
 * Looks who is at the address that a member is to have. A new one may come up later; one that answers where it is now would
 * be cut off where nobody does.
 * @throws MEMBERSHIP_REFUSED where another node answers; with `details.unseen` where one that answers would be cut off
 */
export async function checkAddress(
  { node, meet }: AddressPorts,
  { member, move, unseen }: Extract<MembershipRequest, { type: 'add' }>,
): Promise<void> {
  const isThere = async (asked: Member): Promise<boolean> => {
    try {
      await meet(asked, MEET_MS)
      return true
    } catch (error) {
      if (!(error instanceof MarketplaceError)) throw error
      if (error.reason === 'CLUSTER_MISMATCH') throw another(asked, error)
      // Whatever else a node says, it is that node.
      return error.reason !== 'UNREACHABLE' && error.reason !== 'DEADLINE'
    }
  }
  const { id, address } = member
  if ((await isThere(member)) || !move || unseen) return
  const { voters, learners } = node.status().raft.configuration
  const now = [...voters, ...learners].find((each) => each.id === id)
  if (now === undefined || !(await isThere(now).catch(() => false))) return
  throw new MarketplaceError({
    reason: 'MEMBERSHIP_REFUSED',
    message: `the members stay as they are: nobody answers at ${address}, and ${id} does at ${now.address}: moved, it would be cut off`,
    help: `start ${id} at ${address} first (listen.peer), then move it`,
    details: { node: id, address, unseen: 'true' },
  })
}

function another({ id, address }: Member, { message, help, details }: MarketplaceError): MarketplaceError {
  const { found } = details
  return new MarketplaceError({
    reason: 'MEMBERSHIP_REFUSED',
    message: `the members stay as they are: ${
      found === undefined
        ? `${id} of this cluster is not at ${address}: ${message}`
        : `${found} answers at ${address}, and not ${id}`
    }`,
    help:
      found === undefined
        ? help
        : `name the address at which ${id} itself listens for the other members (its listen.peer)`,
    details: { node: id, address, ...(found !== undefined && { found }) },
  })
}
