import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Replication } from '../../src/interface/replication.js'
import { defined } from '../../src/model/assert.js'
import { eventually } from '../integration/test-cluster.js'
import { metadataOf, signedVersion } from '../registry/signed-package.js'
import { expectRefusal, type MarketHarness } from './market.js'

/**
 * What every Replication must do.
 * @param members how many there are; null: one, which takes no others
 */
export function replicationConformance(
  name: string,
  members: number | null,
  make: () => Promise<MarketHarness>,
): void {
  describe(`replication: ${name}`, () => {
    let harness: MarketHarness
    let replication: Replication

    beforeAll(async () => {
      harness = await make()
      replication = defined(harness.replication, 'replication')
      await replication.initialize()
    }, 120_000)
    afterAll(() => harness?.close())

    const replicate = (id: string) => replication.replicate(signedVersion(metadataOf(id)))

    test('once it is ready there is one leader, and whoever answers knows its own role', async () => {
      const { nodes, leader, answeredBy, clusterId, historyId } = await replication.clusterStatus()
      expect(nodes).toHaveLength(members ?? 1)
      expect(nodes.filter(({ role }) => role === 'leader').map(({ id }) => id)).toEqual([leader])
      expect(nodes.every(({ voter, reachable }) => voter && reachable)).toBe(true)
      expect(await harness.registry.identity()).toEqual({ clusterId, historyId })
      expect(await replication.role()).toBe(answeredBy === leader ? 'leader' : 'follower')
    })

    test('what was replicated is reflected by whoever is in step, and every member comes to it', async () => {
      const { index, historyId } = await replicate('replicated/web@1.0.0')
      const synced = await replication.syncFromLeader()
      expect(synced.index).toBeGreaterThanOrEqual(index)
      expect(synced.historyId).toBe(historyId)
      expect(
        (await harness.registry.get(metadataOf('replicated/web@1.0.0').id)).index,
      ).toBeGreaterThanOrEqual(index)
      const lag = await eventually('all members in step', async () => {
        const { commitIndex, members: all } = await replication.replicationLag()
        return all.every(({ entriesBehind }) => entriesBehind === 0) ? { commitIndex, all } : undefined
      })
      expect(lag.commitIndex).toBeGreaterThanOrEqual(index)
      expect(lag.all).toHaveLength(members ?? 1)
      expect(lag.all.every(({ reachable, blobsMissing }) => reachable && blobsMissing === 0)).toBe(true)
    })

    test('the same write again is in the same place of the log', async () => {
      const version = signedVersion(metadataOf('again/web@1.0.0'))
      expect(await replication.replicate(version)).toEqual(await replication.replicate(version))
    })

    if (members === null)
      test('others are neither added nor removed', async () => {
        await expectRefusal(replication.addPeer('node-9', '127.0.0.1:7509'), 'UNSUPPORTED')
        await expectRefusal(replication.removePeer('node-9'), 'UNSUPPORTED')
      })
    else {
      test('a member is added though nobody answers there yet, and removed', async () => {
        const [id, address] = ['node-9', '127.0.0.1:1']
        const nine = async () => (await replication.clusterStatus()).nodes.find((node) => node.id === id)
        expect(await replication.addPeer(id, address)).toMatchObject({ changed: true })
        expect(await nine()).toMatchObject({ peerAddress: address, voter: false, reachable: false })
        const lag = (await replication.replicationLag()).members.find((member) => member.id === id)
        expect(lag).toMatchObject({ voter: false, reachable: false })
        await expectRefusal(replication.addPeer(id, '127.0.0.1:2'), 'MEMBER_EXISTS')
        expect(await replication.removePeer(id)).toMatchObject({ changed: true })
        expect(await nine()).toBeUndefined()
        expect(await replication.removePeer(id)).toMatchObject({ changed: false })
      })

      test('a member that is one already changes nothing; the last one stays', async () => {
        const { nodes } = await replication.clusterStatus()
        for (const { id, peerAddress } of nodes)
          expect(await replication.addPeer(id, peerAddress)).toMatchObject({ changed: false })
        if (nodes.length > 1) return
        await expectRefusal(replication.removePeer(nodes[0]?.id ?? ''), 'MEMBERSHIP_REFUSED')
      })
    }
  })
}
