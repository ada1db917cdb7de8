import type { ClusterMember, MembersAnswer } from '../../client/cluster-members.js'
import type { ClusterStatus } from '../../client/cluster-status.js'
import type { MarketplaceClient } from '../../client/marketplace-client.js'
import { isWildcard, portOf } from '../../config/advertised-address.js'
import { isAddress } from '../../config/setting.js'
import { MarketplaceError } from '../../model/error.js'
import { type NodeId, toNodeId } from '../../model/node-id.js'
import type { CommandContext } from '../command-context.js'
import { counted } from '../count.js'
import { lossOf, toleranceOf } from '../member-standing.js'
import { waitOfAgreement, waitOfPromotion, waitOfRemoval } from '../member-wait.js'
import { toldOfVoters } from '../missing-majority.js'
import { judgeRemoval } from '../removal.js'
import { whileWaiting } from '../while-waiting.js'

/** How long a change of the members is waited for, by default: packages may have to be fetched first. */
export const CHANGE_SECONDS_DEFAULT = 60

export interface AddOptions {
  readonly move?: boolean
  readonly yes?: boolean
}

export interface PromoteOptions {
  readonly replacing?: string
}

export interface RemoveOptions {
  readonly yes?: boolean
}

/** `ggen-market cluster add ID=HOST:PORT [--move]` */
export async function clusterAdd(context: CommandContext, text: string, options: AddOptions): Promise<void> {
  const { id, peerAddress } = parseMember(text)
  const { move = false, yes = false } = options
  const add = (unseen: boolean) =>
    changed(context, (client) => client.addPeer(id, peerAddress, { move, unseen }), waitOfAgreement)
  const { before, answer } = await add(yes).catch(async (error: unknown) => {
    if (!(error instanceof MarketplaceError) || error.details.unseen === undefined) throw error
    const agreed = await context.confirm(`${error.message}. Move ${id} all the same?`)
    if (agreed === true) return add(true)
    const { reason, message, help, details } = error
    const more = agreed === undefined ? '; --yes moves it all the same' : ''
    throw new MarketplaceError({ reason, message, help: `${help}${more}`, details })
  })
  const known = before.nodes.find((node) => node.id === id)
  const lines = () => {
    if (known?.peerAddress === peerAddress)
      return [`${id} was a member at ${peerAddress} already; nothing changed`]
    if (known !== undefined) return [`${id} moved from ${known.peerAddress} to ${peerAddress}`]
    return [
      `added ${id} at ${peerAddress}: it receives everything and decides nothing yet`,
      `let it vote once it has caught up (this waits for it): ggen-market cluster promote ${id}`,
    ]
  }
  tell(context, answer, known?.peerAddress !== peerAddress, { id }, lines())
}

/** `ggen-market cluster promote ID [--replacing OLD]` */
export async function clusterPromote(
  context: CommandContext,
  text: string,
  options: PromoteOptions,
): Promise<void> {
  const id = toNodeId(text, 'ID')
  const replacing = options.replacing === undefined ? undefined : toNodeId(options.replacing, '--replacing')
  const { before, answer } = await changed(
    context,
    (client) => client.promotePeer(id, replacing === undefined ? {} : { replacing }),
    (status) => waitOfPromotion(status, id),
  )
  const voted = before.nodes.some((node) => node.id === id && node.voter && !node.leaving)
  const left = before.nodes.find((node) => node.id === replacing)
  const lines = [
    voted ? `${id} votes already` : `${id} votes from now on`,
    ...(replacing === undefined ? [] : [left === undefined ? noMember(replacing) : gone(replacing)]),
    votersLine(answer.members),
  ]
  tell(
    context,
    answer,
    !voted || left !== undefined,
    { id, ...(replacing !== undefined && { replacing }) },
    lines,
  )
}

/** `ggen-market cluster remove ID [--yes]` */
export async function clusterRemove(
  context: CommandContext,
  text: string,
  options: RemoveOptions,
): Promise<void> {
  const id = toNodeId(text, 'ID')
  const { before, answer } = await changed(
    context,
    (client) => client.removePeer(id),
    (status) => waitOfRemoval(status, id),
    (status) => agreeToRemoval(context, status, id, options),
  )
  const was = before.nodes.some((node) => node.id === id)
  tell(context, answer, was, { id }, [was ? gone(id) : noMember(id), votersLine(answer.members)])
}

/** `ggen-market cluster transfer [ID]` */
export async function clusterTransfer(context: CommandContext, text: string | undefined): Promise<void> {
  const to = text === undefined ? undefined : toNodeId(text, 'ID')
  const { before, answer } = await changed(
    context,
    (client) => client.transferLeadership(to),
    () => `for ${to ?? 'another voter'} to take over`,
    (status) => {
      const { voters } = toleranceOf(status)
      if (to === undefined && voters === 1)
        throw refused('there is only one voter, and nobody to hand over to')
    },
  )
  const { leader, term } = answer
  const wasSo = before.leader === leader
  context.output.result({ leader, term, changed: !wasSo }, [
    wasSo ? `${leader} led already, in term ${term}` : `${leader} leads from now on, in term ${term}`,
  ])
}

/** Looks how the cluster is, lets a change begin, and says what it waits for. All of that in the time given, but for a person's answer. */
async function changed<Answer>(
  context: CommandContext,
  change: (client: MarketplaceClient) => Promise<Answer>,
  waitsFor: (status: ClusterStatus) => string,
  check: (status: ClusterStatus) => void | Promise<void> = () => {},
): Promise<{ before: ClusterStatus; answer: Answer }> {
  const allMs = context.timeoutMs(CHANGE_SECONDS_DEFAULT)
  const beganMs = performance.now()
  const before = await context.withClusterFor(allMs, (client) => client.clusterStatus())
  const leftMs = Math.max(1, allMs - (performance.now() - beganMs))
  await check(before)
  let seen = before
  const look = (status: ClusterStatus) => {
    seen = status
    return waitsFor(status)
  }
  const answer = await context.withClusterFor(leftMs, async (client) => {
    const work = change(client).catch(toldOfChange)
    return whileWaiting(context.output.waitingLine(), client, work, look).catch((error: unknown) => {
      throw toldOfVoters(error, seen)
    })
  })
  return { before, answer }
}

/** A change has no request id to be sent again with, and needs none. */
function toldOfChange(error: unknown): never {
  if (!(error instanceof MarketplaceError) || error.reason !== 'OUTCOME_UNKNOWN') throw error
  // The last answer was that nothing is done yet: whatever became of those before it.
  if (error.cause instanceof MarketplaceError && error.cause.reason === 'NOT_CAUGHT_UP') throw error.cause
  const { reason, message, field, details } = error
  const help =
    'look at `ggen-market cluster status`, or run the command again: what is done already is not done twice'
  throw new MarketplaceError({ reason, message, help, field, details, cause: error })
}

/** @param changed as it was before the command: a call that was tried twice says that it was done before */
function tell(
  context: CommandContext,
  answer: MembersAnswer,
  changed: boolean,
  what: Readonly<Record<string, string>>,
  lines: readonly string[],
): void {
  const { index, historyId, members } = answer
  context.output.result({ ...what, changed: changed || answer.changed, index, historyId, members }, lines)
}

/** @throws MEMBERSHIP_REFUSED */
async function agreeToRemoval(
  context: CommandContext,
  status: ClusterStatus,
  id: NodeId,
  { yes }: RemoveOptions,
): Promise<void> {
  const verdict = judgeRemoval(status, id)
  if (verdict.type === 'fine' || (verdict.type === 'ask' && yes === true)) return
  const { why, help } = verdict
  if (verdict.type === 'refuse') throw refused(why, help)
  const agreed = await context.confirm(`${why}. Remove ${id}?`)
  if (agreed !== true)
    throw refused(why, agreed === undefined ? `${help}; --yes removes it all the same` : help)
}

function votersLine(members: readonly ClusterMember[]): string {
  const voters = members.filter((member) => member.voter)
  const loss = lossOf(Math.floor((voters.length - 1) / 2))
  return `${counted(voters.length, 'voter')} (${voters.map(({ id }) => id).join(', ')}): ${loss}`
}

function gone(id: string): string {
  return `${id} is no member any more, for good: switch it off; its data folder is needed no more`
}

function noMember(id: string): string {
  return `${id} was no member; nothing changed`
}

function refused(why: string, help = ''): MarketplaceError {
  return new MarketplaceError({
    reason: 'MEMBERSHIP_REFUSED',
    message: `the members stay as they are: ${why}`,
    help,
  })
}

/** @throws INVALID_ARGUMENT, CONFIG_INVALID */
function parseMember(text: string): { id: NodeId; peerAddress: string } {
  const at = text.indexOf('=')
  const peerAddress = text.slice(at + 1)
  if (at < 1 || !isAddress(peerAddress) || Number(portOf(peerAddress)) === 0) {
    throw new MarketplaceError({
      reason: 'INVALID_ARGUMENT',
      field: 'ID=HOST:PORT',
      message: `${JSON.stringify(text)} is not ID=HOST:PORT`,
      help: 'name the node and the address at which the other nodes reach it, such as node-4=10.0.0.4:7501',
    })
  }
  if (isWildcard(peerAddress)) {
    throw new MarketplaceError({
      reason: 'INVALID_ARGUMENT',
      field: 'ID=HOST:PORT',
      message: `${peerAddress} is where a node may listen, and nowhere that others can reach it`,
      help: 'name the machine or its address in the network of the other nodes, such as node-4=10.0.0.4:7501',
    })
  }
  return { id: toNodeId(text.slice(0, at), 'ID=HOST:PORT'), peerAddress }
}
