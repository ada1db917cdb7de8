import type { RegisterCommand } from '../model/command.js'
import type { NodeId } from '../model/node-id.js'
import type { Member } from '../raft/configuration.js'
import type { ApplyContext } from './apply-context.js'
import { type CommandResult, type RefusedResult, refused } from './command-result.js'

/**
 * A version may name blobs only while a majority of every half of the configuration in force holds them (so that any later
 * majority meets a holder) and their leases are not over (so that no holder can have collected them meanwhile).
 */
export function checkHolders(context: ApplyContext, command: RegisterCommand): RefusedResult | undefined {
  if (command.content === undefined && command.metadata.readmeSha256 === undefined) return undefined
  const { configuration, counters } = context
  const halves = configuration === undefined ? [] : [configuration.voters, configuration.outgoing]
  const held =
    configuration !== undefined &&
    halves.every((half, at) => (at === 1 && half.length === 0) || holdsMajority(half, command.holders))
  if (!held) {
    const voters = halves
      .map((half) => half.map((member) => member.id).join(', '))
      .filter((each) => each !== '')
    return refused({
      reason: 'BLOB_MISSING',
      field: 'holders',
      message: `the blob is held by ${command.holders.join(', ') || 'no member'}: no majority of ${voters.join(' and of ') || 'an unknown configuration'}`,
      help: 'upload the package again',
      details: { holders: command.holders.join(', ') },
    })
  }
  if (command.leaseEndMs > counters.logTimeMs) return undefined
  return refused({
    reason: 'LEASE_EXPIRED',
    field: 'lease_end',
    message: `the lease of the uploaded blob ended at ${command.leaseEndMs}, log time is ${counters.logTimeMs}`,
    help: 'upload the package again',
  })
}

/**
 * Whether a refusal speaks of the copies alone, whose holders were named before the members changed or whose leases ran out: not
 * of what was asked for. So it is no answer to be remembered; the same request may bring other copies.
 */
export function isAboutCopies(result: CommandResult): boolean {
  return result.type === 'refused' && (result.field === 'holders' || result.field === 'lease_end')
}

function holdsMajority(members: readonly Member[], holders: readonly NodeId[]): boolean {
  const holding = members.filter((member) => holders.includes(member.id)).length
  return holding * 2 > members.length
}
