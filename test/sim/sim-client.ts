import { createHash } from 'node:crypto'
import { bytesToHex } from '../../src/model/codec.js'
import type { Command, RegisterCommand, RequestId } from '../../src/model/command.js'
import { type Digest, toDigest } from '../../src/model/content-hash.js'
import { MarketplaceError } from '../../src/model/error.js'
import type { KeyId } from '../../src/model/metadata.js'
import { type PackageId, parsePackageId } from '../../src/model/package-id.js'
import type { CommandResult } from '../../src/state/command-result.js'
import type { Operation } from '../history/operation.js'
import type { SeededRandom } from './seeded-random.js'
import type { SimClock } from './sim-clock.js'
import type { SimNode } from './sim-node.js'

/** One try against one node takes at most so long; a crashed node never answers. */
const TRY_MS = 6_000
const TRIES_MAX = 6
const BLOB_BYTES_MAX = 3_000

export interface SimClientOptions {
  readonly number: number
  readonly nodes: readonly SimNode[]
  readonly clock: SimClock
  readonly random: SeededRandom
  readonly keys: readonly string[]
  readonly history: Operation[]
  /** Contents that were acknowledged, by key. */
  readonly acknowledged: Map<string, Digest>
  readonly trace: (line: string) => void
}

/** Thrown to a try that got no answer in time. */
class NoAnswer extends Error {}

/** A client with one operation under way at a time; it retries as the real one does, under one request id. */
export class SimClient {
  #stopped = false
  /** Versions in the order in which this client saw them acknowledged: reads must not miss them. */
  #lastIndex = 0

  constructor(private readonly options: SimClientOptions) {}

  stop(): void {
    this.#stopped = true
  }

  /** Works until it is told to stop. */
  async run(): Promise<void> {
    const { random } = this.options
    while (!this.#stopped) {
      await this.#pause(random.below(150))
      const draw = random.below(100)
      if (draw < 45) await this.#publish()
      else if (draw < 80) await this.#get()
      else await this.#change(draw < 92 ? 'yank' : 'unyank')
    }
  }

  async #publish(): Promise<void> {
    const { random, keys, acknowledged } = this.options
    const key = random.pick(keys)
    const content = random.bytes(1 + random.below(BLOB_BYTES_MAX))
    const digest = toDigest(createHash('sha256').update(content).digest('hex'))
    const requestId = bytesToHex(random.bytes(16)) as RequestId
    let mayHaveHappened = false
    const outcome = await this.#record('publish', key, digest, async (node) => {
      const blobs = node.blobs
      if (blobs === undefined || node.node === undefined) throw notUp(node)
      const held = await blobs.write(once(content), { digest, sizeBytes: content.length })
      mayHaveHappened = true
      const command = registerCommand(key, requestId, digest, content.length, held)
      const { result, index } = await node.node.propose(command)
      this.#lastIndex = Math.max(this.#lastIndex, index)
      return judge(result)
    })
    if (outcome === 'ok') acknowledged.set(key, digest)
    if (outcome === 'unknown' && !mayHaveHappened)
      this.options.trace(`client ${this.options.number}: ${key} was never proposed`)
  }

  async #change(op: 'yank' | 'unyank'): Promise<void> {
    const { random, keys, clock } = this.options
    const key = random.pick(keys)
    // Signed once: all tries of one request carry the same bytes.
    const command: Command = {
      type: op,
      requestId: bytesToHex(random.bytes(16)) as RequestId,
      id: idOf(key),
      signedAtMs: clock.forNode().wallMs(),
      verifiedKey: { keyId: KEY_ID, publicKey: PUBLIC_KEY },
      signature: new Uint8Array(64),
    }
    await this.#record(op, key, undefined, async (node) => {
      if (node.node === undefined) throw notUp(node)
      const { result } = await node.node.propose(command)
      return judge(result)
    })
  }

  async #get(): Promise<void> {
    const { random, keys, history, clock, number } = this.options
    const key = random.pick(keys)
    const call = nanoseconds(clock)
    const node = random.pick(this.options.nodes)
    try {
      const found = await this.#within(TRY_MS, async () => {
        if (node.node === undefined) throw notUp(node)
        await using view = await node.node.view({ deadlineMs: 4_000 })
        const version = view.version(idOf(key))
        return version === undefined ? undefined : { value: version.content?.sha256, yanked: version.yanked }
      })
      const base = { client: number, op: 'get', key, call, return: nanoseconds(clock) } as const
      if (found === undefined) history.push({ ...base, result: 'notfound' })
      else history.push({ ...base, result: 'ok', value: found.value ?? '', yanked: found.yanked })
    } catch (error) {
      if (!(error instanceof MarketplaceError) && !(error instanceof NoAnswer)) throw error
      this.options.trace(`client ${number}: get ${key} at ${node.id}: ${error.message}`)
    }
  }

  /** Tries until there is an outcome, then writes it to the history. */
  async #record(
    op: 'publish' | 'yank' | 'unyank',
    key: string,
    value: string | undefined,
    attempt: (node: SimNode) => Promise<Operation['result'] | 'again'>,
  ): Promise<Operation['result']> {
    const { history, clock, number, random, nodes, trace } = this.options
    const call = nanoseconds(clock)
    let result: Operation['result'] = 'fail'
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      const node = random.pick(nodes)
      try {
        const outcome = await this.#within(TRY_MS, () => attempt(node))
        if (outcome !== 'again') {
          result = outcome
          break
        }
      } catch (error) {
        if (error instanceof NoAnswer) result = 'unknown'
        else if (!(error instanceof MarketplaceError)) throw error
        // Surely not proposed this time; an earlier try may still have happened.
        else if (error.reason === 'OUTCOME_UNKNOWN') result = 'unknown'
        trace(`client ${number}: ${op} ${key} at ${node.id}: ${error.message}`)
      }
      await this.#pause(20 + random.below(200))
    }
    history.push({
      client: number,
      op,
      key,
      ...(value === undefined ? {} : { value }),
      result,
      call,
      return: nanoseconds(clock),
    })
    return result
  }

  #within<T>(ms: number, work: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = this.options.clock.schedule(ms, () => reject(new NoAnswer(`no answer within ${ms} ms`)))
      work().then(
        (value) => {
          timer.cancel()
          resolve(value)
        },
        (error: unknown) => {
          timer.cancel()
          reject(error)
        },
      )
    })
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.options.clock.schedule(ms, resolve)
    })
  }
}

const PUBLIC_KEY = new Uint8Array(32).fill(7)
const KEY_ID = createHash('sha256').update(PUBLIC_KEY).digest('hex').slice(0, 16) as KeyId

function idOf(key: string): PackageId {
  return parsePackageId(key)
}

/** A command as admission would have made it; signature arithmetic is tried elsewhere. */
function registerCommand(
  key: string,
  requestId: RequestId,
  digest: Digest,
  sizeBytes: number,
  held: { readonly holders: RegisterCommand['holders']; readonly leaseEndMs: number },
): RegisterCommand {
  return {
    type: 'register',
    requestId,
    metadata: {
      id: idOf(key),
      kind: 'library',
      authors: ['sim'],
      keywords: [],
      categories: [],
      capabilities: [],
      dependencies: [],
    },
    signatures: [{ keyId: KEY_ID, algorithm: 'ed25519', value: new Uint8Array(64) }],
    verifiedKeys: [{ keyId: KEY_ID, publicKey: PUBLIC_KEY }],
    signedFormSha256: digest,
    content: { sha256: digest, sizeBytes, sha1: '00'.repeat(20), sha512: '00'.repeat(64), tarSha256: digest },
    holders: held.holders,
    leaseEndMs: held.leaseEndMs,
  }
}

function judge(result: CommandResult): Operation['result'] | 'again' {
  if (result.type !== 'refused') return 'ok'
  switch (result.reason) {
    case 'VERSION_EXISTS':
      return 'exists'
    case 'PACKAGE_NOT_FOUND':
    case 'VERSION_NOT_FOUND':
      return 'notfound'
    case 'REQUEST_ID_REUSED':
      throw new Error(`two tries of one request differ: ${result.message}`)
    default:
      // A stale signature, a lease or holders that no longer fit: refused for good under this request id.
      return 'fail'
  }
}

function notUp(node: SimNode): MarketplaceError {
  return new MarketplaceError({ reason: 'UNREACHABLE', message: `${node.id} is down`, help: 'try another' })
}

function nanoseconds(clock: SimClock): number {
  return Math.round(clock.now * 1e6)
}

async function* once(content: Uint8Array): AsyncIterable<Uint8Array> {
  yield content
}
