import { expect, test } from 'vitest'
import { runUntil } from '../../test/sim/run-until.js'
import { SeededRandom } from '../../test/sim/seeded-random.js'
import { SimClock } from '../../test/sim/sim-clock.js'
import { SimStateDisk } from '../../test/sim/sim-key-value-store.js'
import { SimNetwork } from '../../test/sim/sim-network.js'
import { Encoder } from '../model/codec.js'
import { toNodeId } from '../model/node-id.js'
import type { PeerCall } from '../rpc/peer-transport.js'
import { silentLogger } from '../runtime/logger.js'
import { SNAPSHOT_TRANSFER_DEFAULTS, SnapshotTransfer } from './snapshot-transfer.js'

const [sender, receiver] = [toNodeId('node-1'), toNodeId('node-2')]
const random = new SeededRandom(5)

async function* oneChunk(chunk: Uint8Array): AsyncGenerator<Uint8Array> {
  yield chunk
}

/** What a receiver answers to a push. */
function push(call: PeerCall): Promise<unknown> {
  const clock = new SimClock()
  const network = new SimNetwork({ clock, random })
  const transport = network.endpoint(receiver)
  const states = new SimStateDisk({ clock: clock.forNode(), random })
  new SnapshotTransfer(
    {
      transport,
      folders: states.folders(),
      logger: silentLogger,
      snapshot: () => expect.fail('nobody asks for one'),
      onReceived: () => expect.fail('nothing whole was sent'),
    },
    SNAPSHOT_TRANSFER_DEFAULTS,
  ).serve()
  const peer = network.endpoint(sender)
  peer.setPeers([{ id: receiver, address: 'node-2:1' }])
  return runUntil(clock, peer.call(receiver, 'snapshot.push', call, { deadlineMs: 5_000 }))
}

const header = new Encoder().uint(3).finish()

test.each<[string, PeerCall, string]>([
  ['no header', { header: new Uint8Array(), body: oneChunk(random.bytes(10)) }, 'INVALID_ARGUMENT'],
  [
    'random bytes for a header',
    { header: random.bytes(40), body: oneChunk(random.bytes(10)) },
    'INVALID_ARGUMENT',
  ],
  ['no body', { header }, 'STATE_CORRUPT'],
  ['random bytes for a body', { header, body: oneChunk(random.bytes(1_000)) }, 'STATE_CORRUPT'],
])('a push with %s is refused by name', async (_what, call, reason) => {
  await expect(push(call)).rejects.toMatchObject({ reason, message: expect.stringContaining('snapshot') })
})
