import { describe, expect, it } from 'vitest'
import { NOON_MS, register, requestId } from '../../test/state/history.js'
import { Replica } from '../../test/state/replica.js'
import type { DownloadsCommand } from '../model/command.js'
import type { NodeId } from '../model/node-id.js'
import { parsePackageId, parsePackageRef } from '../model/package-id.js'
import { dayOf } from './download-days.js'

function downloads(
  node: string,
  epoch: number,
  counts: Record<string, number>,
  type: DownloadsCommand['type'] = 'dailyDownloads',
): DownloadsCommand {
  return {
    type,
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

  it('are told apart by day of log time, for ninety days', async () => {
    const replica = await Replica.open()
    await replica.apply(register('acme/web@1.0.0'))
    await replica.apply(register('lonely@1.0.0'))
    const today = dayOf(NOON_MS)
    const count = (epoch: number, counts: Record<string, number>, daysLater: number) =>
      replica.apply(downloads('node-1', epoch, counts), NOON_MS + daysLater * 86_400_000)
    await count(1, { 'acme/web@1.0.0': 3 }, 0)
    await count(2, { 'acme/web@1.0.0': 4, 'lonely@1.0.0': 1 }, 0)
    await count(3, { 'acme/web@1.0.0': 5 }, 2)
    const web = parsePackageRef('acme/web')
    {
      await using view = replica.view()
      expect(view.downloadDays(web)).toEqual([
        { day: today + 2, downloads: 5 },
        { day: today + 1, downloads: 0 },
        { day: today, downloads: 7 },
      ])
      expect(view.downloadDays().map((each) => each.downloads)).toEqual([5, 0, 8])
      expect(view.downloadDays(parsePackageRef('lonely')).map((each) => each.downloads)).toEqual([0, 0, 1])
      const within = async (days: number) => {
        const found: [string, number][] = []
        for await (const { ref, downloads } of view.downloadsWithin(days)) found.push([ref.name, downloads])
        return found
      }
      expect(await within(1)).toEqual([['web', 5]])
      expect(await within(2)).toEqual([['web', 5]])
      expect(await within(3)).toEqual([
        ['lonely', 1],
        ['web', 12],
      ])
    }
    await count(4, { 'acme/web@1.0.0': 1 }, 91)
    await using view = replica.view()
    const days = view.downloadDays(web)
    expect(days).toHaveLength(90)
    expect([days[0], days.at(-1)]).toEqual([
      { day: today + 91, downloads: 1 },
      { day: today + 2, downloads: 5 },
    ])
    expect(view.packageDownloads(web)).toBe(13)
    expect(view.downloadDays(parsePackageRef('none'))).toEqual([])
  })

  it('that a log holds from before days were told apart count in all, and to no day', async () => {
    const replica = await Replica.open()
    await replica.apply(register('acme/web@1.0.0'))
    await replica.apply(downloads('node-1', 1, { 'acme/web@1.0.0': 3 }, 'downloads'))
    await using view = replica.view()
    expect(view.packageDownloads(parsePackageRef('acme/web'))).toBe(3)
    expect(view.downloadDays()).toEqual([])
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
