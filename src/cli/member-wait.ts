import type { ClusterStatus } from '../client/cluster-status.js'
import { counted } from './count.js'
import { committedIndex, lackOf } from './member-standing.js'

/** What stands in the way of a promotion, as the end of "waiting …". */
export function waitOfPromotion(status: ClusterStatus, id: string): string {
  const node = status.nodes.find((each) => each.id === id)
  if (node === undefined || node.voter) return waitOfAgreement(status)
  if (node.trouble !== undefined) return `for ${id}: it is not found at ${node.peerAddress}: ${node.trouble}`
  if (!node.reachable) return `for ${id}: it does not answer at ${node.peerAddress}, its peer address`
  if (node.fault !== undefined) return `for ${id}: it takes no part: ${node.fault}`
  const lack = lackOf(node, committedIndex(status))
  if (lack === undefined) return waitOfAgreement(status)
  if (lack.text === '') return `for ${id} to count the blobs that it lacks`
  return `for ${id}: ${lack.text} to go${lack.counting ? ', and it still counts blobs' : ''}`
}

/** What stands in the way of a removal: blobs must be on a majority of those that stay. */
export function waitOfRemoval(status: ClusterStatus, id: string): string {
  const lacks = status.nodes.flatMap((node) => {
    if (node.id === id || !node.voter || node.leaving) return []
    if (!node.reachable) return [`${node.id} does not answer`]
    if (node.fault !== undefined) return [`${node.id} takes no part`]
    if (node.blobsMissing > 0) return [`${node.id} has ${counted(node.blobsMissing, 'blob')} to go`]
    return node.blobsCounted ? [] : [`${node.id} still counts its blobs`]
  })
  if (lacks.length === 0 || status.leader === undefined) return waitOfAgreement(status)
  return `until most of those that stay hold every blob: ${lacks.join(', ')}`
}

/** Nobody lacks anything. */
export function waitOfAgreement({ leader, nodes }: ClusterStatus): string {
  if (leader === undefined) return 'for a leader'
  const silent = nodes.filter((node) => node.voter && !node.reachable).map((node) => node.id)
  return `for a majority to agree${silent.length === 0 ? '' : `; ${silent.join(', ')} cannot be reached`}`
}
