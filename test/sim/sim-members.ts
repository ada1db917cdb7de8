import type { BlobRepair } from '../../src/blob/blob-repair.js'
import type { MarketplaceError } from '../../src/model/error.js'
import type { NodeId } from '../../src/model/node-id.js'
import { ClusterStatusReader } from '../../src/node/cluster-status.js'
import { FolderTestimonies } from '../../src/node/folder-testimony.js'
import { checkIdentity } from '../../src/node/incarnation-registry.js'
import type { MemberList } from '../../src/node/member-list.js'
import { MembershipChanger } from '../../src/node/membership-changer.js'
import type { Node } from '../../src/node/node.js'
import type { BlobFeed } from '../../src/registry/blob-feed.js'
import type { Clock } from '../../src/runtime/clock.js'
import { silentLogger } from '../../src/runtime/logger.js'
import type { FolderIdentity } from '../../src/storage/folder-identity.js'
import type { Greeting, SimEndpoint } from './sim-network.js'

/** What a node shows and how it judges others, as the server wires it. */
export function greetingOf(
  id: NodeId,
  identity: FolderIdentity,
  members: MemberList,
  halt: (refusal: MarketplaceError) => void,
): Greeting {
  return {
    shown: {
      incarnation: identity.incarnation,
      get startMarks() {
        return identity.startMarks
      },
      get configurationIndex() {
        return members.configurationIndex
      },
      clusterVersionMax: members.version.own,
    },
    admit: (peer, shown) => {
      members.check(peer, shown.configurationIndex ?? 0)
      checkIdentity(id, identity, peer, shown)
      members.version.heard(peer, shown.clusterVersionMax ?? 0)
    },
    review: (peer, shown) => members.check(peer, shown.configurationIndex ?? 0),
    onRefused: (refusal) => {
      if (refusal.reason === 'MEMBER_REMOVED' && refusal.details.node === id) halt(refusal)
    },
  }
}

/** The calls by which members are changed, as the server wires them. */
export function serveMembership(
  node: Node,
  identity: FolderIdentity,
  members: MemberList,
  transport: SimEndpoint,
  clock: Clock,
  { repair, feed }: { readonly repair: BlobRepair; readonly feed: BlobFeed },
): MembershipChanger {
  const status = new ClusterStatusReader(node, transport, {
    blobsMissing: () => repair.missing(),
    blobsMissingAt: (index) => (feed.toldIndex < index ? undefined : repair.missingAt(index)),
    remembers: () =>
      members.others.filter(({ id }) => identity.knownPeer(id) !== undefined).map(({ id }) => id),
    clientAddressOf: () => undefined,
    build: { versionMax: members.version.own, name: undefined },
    versionInForce: () => members.version.inForce,
  })
  status.serve()
  const folders = new FolderTestimonies(node.nodeId, identity, transport)
  folders.serve()
  const membership = new MembershipChanger({
    folders,
    node,
    transport,
    clock,
    logger: silentLogger,
    report: (id, index) => status.report(id, index),
    meet: (member) => transport.meet(member),
    isRemembered: (id) => identity.knownPeer(id) !== undefined,
  })
  membership.serve()
  return membership
}
