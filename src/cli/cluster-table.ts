import type { ClusterStatus, NodeState } from '../client/cluster-status.js'
import { counted, formatCount } from './count.js'
import { committedIndex, lackOf, lossOf, toleranceOf } from './member-standing.js'

/** A cluster for people to read: who leads, what it withstands, then a line for each member, then what is wrong. */
export function clusterLines(status: ClusterStatus): readonly string[] {
  return [
    leaderLine(status),
    toleranceLine(status),
    ...changeLines(status),
    ...versionLines(status),
    ...tableLines(status),
    ...troubleLines(status),
  ]
}

function leaderLine(status: ClusterStatus): string {
  const { leader, nodes, clusterId } = status
  const term = Math.max(0, ...nodes.map((node) => node.term ?? 0))
  const who =
    leader === undefined ? 'no leader: writes wait for one' : `leader ${leader} in term ${formatCount(term)}`
  return `cluster ${clusterId.slice(0, 8)}, ${who}`
}

function toleranceLine(status: ClusterStatus): string {
  const { voters, up, majority, spare } = toleranceOf(status)
  const learners = status.nodes.filter((node) => !node.voter).length
  const who = `${counted(voters, 'voter')}${learners === 0 ? '' : ` and ${counted(learners, 'learner')}`}`
  if (spare < 0)
    return `${who}: ${up} of ${voters} voters answer, ${majority} are needed: nothing can be written`
  const left = lossOf(spare)
  return up === voters ? `${who}: ${left}` : `${who}: ${up} of ${voters} voters answer, ${left}`
}

function changeLines({ configuration }: ClusterStatus): readonly string[] {
  const { joint, committed, index } = configuration
  if (joint)
    return [
      `a change of the members is under way (entry ${formatCount(index)}): old and new voters both decide`,
    ]
  return committed
    ? []
    : [`a change of the members is under way (entry ${formatCount(index)}), not committed yet`]
}

/** Only while some members know a newer cluster version than is in force. */
function versionLines({ nodes, clusterVersion }: ClusterStatus): readonly string[] {
  const newest = Math.max(0, ...nodes.map((node) => node.clusterVersionMax ?? 0))
  if (clusterVersion === undefined || newest <= clusterVersion) return []
  const behind = nodes.filter((node) => (node.clusterVersionMax ?? 0) < newest)
  const why = ({ id, reachable, clusterVersionMax }: NodeState) =>
    `${id} (${reachable ? `knows ${clusterVersionMax ?? 'no such'}` : 'does not answer'})`
  const what = behind.length === 0 ? 'comes in a moment' : `waits for ${behind.map(why).join(', ')}`
  return [`cluster version ${clusterVersion} is in force; ${newest} ${what}`]
}

/** VERSION: the newest cluster version that the member's release knows. */
const HEAD = ['NODE', 'ROLE', 'TERM', 'COMMITTED', 'APPLIED', 'VERSION', 'LACKS', 'CLIENTS', 'PEERS'] as const
/** Columns of numbers, which end where they are read from. */
const NUMBERS: ReadonlySet<string> = new Set(['TERM', 'COMMITTED', 'APPLIED', 'VERSION'])

function tableLines(status: ClusterStatus): readonly string[] {
  const committed = committedIndex(status)
  const rows = [[...HEAD], ...status.nodes.map((node) => cells(node, committed))]
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0
        return NUMBERS.has(HEAD[column] ?? '') ? cell.padStart(width) : cell.padEnd(width)
      })
      .join('  ')
      .trimEnd(),
  )
}

function cells(node: NodeState, committed: number): readonly string[] {
  const { id, address = '-', peerAddress } = node
  if (!node.reachable) return [id, roleOf(node), '-', '-', '-', '-', 'does not answer', address, peerAddress]
  return [
    id,
    roleOf(node),
    formatCount(node.term),
    formatCount(node.commitIndex),
    formatCount(node.appliedIndex),
    node.clusterVersionMax === undefined ? '?' : String(node.clusterVersionMax),
    lackCell(node, committed),
    address,
    peerAddress,
  ]
}

function lackCell(node: NodeState & { reachable: true }, committed: number): string {
  if (node.fault !== undefined) return 'takes no part'
  const lack = lackOf(node, committed)
  if (lack === undefined) return '-'
  return [lack.text, lack.counting ? 'counting blobs' : ''].filter((part) => part !== '').join(', ')
}

function roleOf(node: NodeState): string {
  const role = node.reachable && node.fault === undefined ? node.role : node.voter ? 'voter' : 'learner'
  return node.leaving ? `${role}, leaving` : role
}

function troubleLines({ nodes }: ClusterStatus): readonly string[] {
  const faults = nodes.flatMap(({ id, fault, trouble, peerAddress }) => [
    ...(fault === undefined ? [] : [`${id} takes no part: ${fault}`]),
    ...(trouble === undefined ? [] : [`${id} is not found at ${peerAddress}: ${trouble}`]),
  ])
  const hashes = nodes.flatMap((node) =>
    node.stateHash === undefined ? [] : [{ id: node.id, ...node.stateHash }],
  )
  const [first] = hashes
  if (first === undefined) return faults
  if (hashes.every(({ hash }) => hash === first.hash)) {
    const who = hashes.length === nodes.length ? 'all' : hashes.map(({ id }) => id).join(', ')
    return [`state ${first.hash.slice(0, 12)} at ${formatCount(first.index)} on ${who}`, ...faults]
  }
  return [
    `THE STATES DIFFER at ${formatCount(first.index)}: stop writing and tell the operator`,
    ...hashes.map(({ id, hash }) => `  ${id} ${hash}`),
    ...faults,
  ]
}
