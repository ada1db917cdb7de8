import { expect, test } from 'vitest'
import { runUntil } from '../../test/sim/run-until.js'
import { SeededRandom } from '../../test/sim/seeded-random.js'
import { SimClock } from '../../test/sim/sim-clock.js'
import { SimDisk } from '../../test/sim/sim-disk.js'
import { bytesToHex, hexToBytes } from '../model/codec.js'
import { toDigest } from '../model/content-hash.js'
import { DiskSlots } from './disk-slots.js'
import { LeaseLog } from './lease-log.js'

const digest = toDigest('0123456789abcdef'.repeat(4))
const untilMs = 1_767_312_000_123

/** Version 1: `GGBL`, version; digest, end as big-endian milliseconds, CRC-32 of both. */
const GOLDEN = `4747424c00000001${digest}0000019b7c01047b`

/** Computed by another program. */
const CRC = 'e047ad4c'

function world() {
  const clock = new SimClock()
  const disk = new SimDisk({ clock: clock.forNode(), random: new SeededRandom(1) })
  const settle = <V>(promise: Promise<V>) => runUntil(clock, promise)
  const open = async () => {
    const files = disk.fileSystem()
    await settle(files.makeFolder('leases'))
    return settle(LeaseLog.open(files, 'leases', new DiskSlots(2)))
  }
  return { disk, settle, open }
}

test('version 1 on the disk is this, byte for byte, in a file named by the hour in which it ends', async () => {
  const { disk, settle, open } = world()
  const log = await open()
  await settle(log.add({ digest, untilMs }))
  expect(disk.files().map(({ path }) => path)).toEqual([`leases/${Math.floor(untilMs / 3_600_000)}-0`])
  const bytes = bytesToHex(disk.peek(`leases/${Math.floor(untilMs / 3_600_000)}-0`))
  expect(bytes.slice(0, -8)).toBe(GOLDEN)
  expect(bytes.slice(-8)).toBe(CRC)
})

test('a file of another version is reported as unreadable', async () => {
  const { disk, settle, open } = world()
  await open()
  const files = disk.fileSystem()
  const handle = await settle(files.open('leases/490920-0', 'create'))
  await settle(handle.write(0, [hexToBytes(GOLDEN.replace('00000001', '00000002') + CRC)]))
  await settle(handle.close())
  const log = await open()
  const all = log.all()
  expect((await settle(all.next())).value).toBe('unreadable')
  expect((await settle(all.next())).done).toBe(true)
})

test('every life of the store begins a file of its own', async () => {
  const { disk, settle, open } = world()
  for (let life = 0; life < 3; life++) {
    await settle((await open()).add({ digest, untilMs }))
    disk.kill()
  }
  expect(disk.files()).toHaveLength(3)
})
