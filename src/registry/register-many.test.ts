import { afterEach, beforeEach, expect, test } from 'vitest'
import { metadataOf, signedVersion } from '../../test/registry/signed-package.js'
import { MemoryBlobStore } from '../blob/memory-blob-store.js'
import { memoryContext } from '../embedded.js'
import { MarketplaceError } from '../model/error.js'
import type { ClusterId, HistoryId, NodeId } from '../model/node-id.js'
import { SoleState } from '../node/sole-state.js'
import { nodeClock } from '../runtime/node-clock.js'
import { MemoryKeyValueStore } from '../storage/memory/memory-key-value-store.js'
import { OpensslVerifier } from '../trust/openssl-verifier.js'
import type { RegistryContext } from './ports.js'
import { RegisterLine } from './register-many.js'

/** Does the arithmetic, and says what it came to when it is told to. */
class HeldVerifier extends OpensslVerifier {
  readonly held: (() => void)[] = []

  override verifyAside(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): Promise<boolean> {
    return new Promise((resolve) => {
      this.held.push(() => resolve(this.verify(publicKey, message, signature)))
    })
  }
}

let verifier: HeldVerifier
let line: RegisterLine
let close: () => Promise<void>

beforeEach(async () => {
  const state = await SoleState.open({
    nodeId: 'local' as NodeId,
    clusterId: '1'.repeat(32) as ClusterId,
    historyId: '2'.repeat(32) as HistoryId,
    store: new MemoryKeyValueStore(),
    clock: nodeClock,
  })
  const made = memoryContext(state, new MemoryBlobStore())
  verifier = new HeldVerifier()
  const context: RegistryContext = { ...made.context, verifier }
  line = new RegisterLine(context)
  close = made.close
})
afterEach(() => close())

test('versions are proposed in the order in which they came, in whatever order their signatures are verified', async () => {
  const registered = Array.from({ length: 20 }, (_, n) =>
    line.register(signedVersion(metadataOf(`line/p${n}@1.0.0`))),
  )
  for (const tell of verifier.held.toReversed()) {
    tell()
    await new Promise((resolve) => setImmediate(resolve))
  }
  const indexes = (await Promise.all(registered)).map(({ index }) => index)
  expect(indexes).toEqual([...indexes].sort((a, b) => a - b))
  expect(new Set(indexes).size).toBe(20)
})

test('a version whose signature does not hold is refused, also while those before it are looked at, and holds up nobody', async () => {
  const altered = { ...signedVersion(metadataOf('line/a@1.0.0')), metadata: metadataOf('line/b@1.0.0') }
  const unsigned = { ...signedVersion(metadataOf('line/c@1.0.0')), signatures: [] }
  const ends = [
    signedVersion(metadataOf('line/first@1.0.0')),
    altered,
    unsigned,
    signedVersion(metadataOf('line/d@1.0.0')),
  ].map((version) => line.register(version).then(({ id }) => id.name as string, reasonOf))
  const [first, ...others] = verifier.held
  for (const tell of others) tell()
  await new Promise((resolve) => setImmediate(resolve))
  first?.()
  expect(await Promise.all(ends)).toEqual(['first', 'SIGNATURE_INVALID', 'SIGNATURE_MISSING', 'd'])
})

function reasonOf(error: unknown): string {
  if (error instanceof MarketplaceError) return error.reason
  throw error
}
