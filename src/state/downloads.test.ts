import { describe, expect, it } from 'vitest'
import { register, requestId } from '../../test/state/history.js'
import { Replica } from '../../test/state/replica.js'
import type { DownloadsCommand } from '../model/command.js'
import type { NodeId } from '../model/node-id.js'
import { parsePackageId, parsePackageRef } from '../model/package-id.js'

function downloads(node: string, epoch: number, counts: Record<string, number>): DownloadsCommand {
  return {
    type: 'downloads',
    requestId: requestId(epoch),
    nodeId: node as NodeId,
    epoch,
    counts: Object.entries(counts).map(([id, count]) => ({ id: parsePackageId(id), count })),
  }
}

describe('downloads', () => {
  it('of two nodes add up per version, per package and in all', async () => {
    const replica = await Replica.open()
    for (const id of ['acme/web@1.0.0', 'acme/web@1.1.0', 'lonely@1.0.0']) await replica.apply(register(id))
    await replica.apply(downloads('node-1', 1, { 'acme/web@1.0.0': 3, 'lonely@1.0.0': 1 }))
    await replica.apply(downloads('node-2', 1, { 'acme/web@1.1.0+build': 4, 'acme/web@1.0.0': 1 }))
    await using view = replica.view()
    expect(view.versionDownloads(parsePackageId('acme/web@1.0.0'))).toBe(4)
    expect(view.versionDownloads(parsePackageId('acme/web@1.1.0'))).toBe(4)
    expect(view.packageDownloads(parsePackageRef('acme/web'))).toBe(8)
    expect(view.stats.downloads).toBe(9)
  })

  it('of an epoch that was counted, or of an earlier one, are not counted again', async () => {
    const replica = await Replica.open()
    await replica.apply(register('acme/web@1.0.0'))
    expect(await replica.apply(downloads('node-1', 7, { 'acme/web@1.0.0': 3 }))).toEqual({
      type: 'counted',
      counted: true,
    })
    for (const epoch of [7, 6]) {
      expect(await replica.apply(downloads('node-1', epoch, { 'acme/web@1.0.0': 5 }))).toEqual({
        type: 'counted',
        counted: false,
      })
    }
    await replica.apply(downloads('node-1', 8, { 'acme/web@1.0.0': 1 }))
    await using view = replica.view()
    expect(view.stats.downloads).toBe(4)
  })

  it('of unknown versions are passed over', async () => {
    const replica = await Replica.open()
    await replica.apply(register('acme/web@1.0.0'))
    await replica.apply(
      downloads('node-1', 1, { 'acme/web@2.0.0': 3, 'nothing@1.0.0': 3, 'acme/web@1.0.0': 2 }),
    )
    await using view = replica.view()
    expect(view.packageDownloads(parsePackageRef('acme/web'))).toBe(2)
    expect(view.stats.downloads).toBe(2)
  })

  it('stop at the largest exact number', async () => {
    const replica = await Replica.open()
    await replica.apply(register('acme/web@1.0.0'))
    for (const epoch of [1, 2]) {
      await replica.apply(downloads('node-1', epoch, { 'acme/web@1.0.0': Number.MAX_SAFE_INTEGER }))
    }
    await using view = replica.view()
    expect(view.stats.downloads).toBe(Number.MAX_SAFE_INTEGER)
  })
})
