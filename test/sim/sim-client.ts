import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { bytesToHex } from '../../src/model/codec.js'
import type { Command, RegisterCommand, RequestId } from '../../src/model/command.js'
import { type Digest, toDigest } from '../../src/model/content-hash.js'
import { MarketplaceError } from '../../src/model/error.js'
import type { KeyId } from '../../src/model/metadata.js'
import { type PackageId, parsePackageId } from '../../src/model/package-id.js'
import type { Applied } from '../../src/node/replicated-state.js'
import type { CommandResult } from '../../src/state/command-result.js'
import { isForGood } from '../../src/state/request-table.js'
import type { Operation } from '../history/operation.js'
import type { KeySpace } from './key-space.js'
import type { SeededRandom } from './seeded-random.js'
import type { SimClock } from './sim-clock.js'
import type { SimNode } from './sim-node.js'
import type { Tally } from './tally.js'

/** One try against one node takes at most so long; a crashed node never answers. */
const TRY_MS = 3_000
const TRIES_MAX = 6
const BLOB_BYTES_MAX = 3_000

export interface SimClientOptions {
  readonly number: number
  readonly nodes: readonly SimNode[]
  readonly clock: SimClock
  readonly random: SeededRandom
  readonly keys: KeySpace
  readonly history: Operation[]
  readonly tally: Tally
  /** Whether it now and then uploads what it does not publish. */
  readonly leavesGarbage: boolean
  readonly trace: (line: string) => void
  readonly violate: (text: string) => void
  /** Told of every publish at the moment of its acknowledgement. */
  readonly onPublished: (key: string, digest: Digest) => void
  /** Highest index that any node knows to be committed. */
  readonly committed: () => number
}

/** Thrown to a try that got no answer in time. */
class NoAnswer extends Error {}

/** A client with one operation under way at a time; it retries as the real one does, under one request id. */
export class SimClient {
  #stopped = false
  /** Log index of the newest write that this client saw acknowledged. */
  #lastIndex = 0

  constructor(private readonly options: SimClientOptions) {}

  stop(): void {
    this.#stopped = true
  }

  /** Works until it is told to stop. */
  async run(): Promise<void> {
    const { random, keys } = this.options
    while (!this.#stopped) {
      await this.#pause(random.below(100))
      if (this.options.leavesGarbage && random.chance(100)) await this.#leaveGarbage()
      const draw = random.below(100)
      if (draw < 35) await this.#publish(keys.fresh(random))
      else if (draw < 75) await this.#get()
      else await this.#change(draw < 88 ? 'yank' : 'unyank')
    }
  }

  /** Reads again and again, at any node, and waits for no answer before it asks for the next. */
  async watch(): Promise<void> {
    const { random, nodes, violate } = this.options
    while (!this.#stopped) {
      await this.#pause(10 + random.below(50))
      this.#look(random.pick(nodes)).catch((error: unknown) => {
        if (!(error instanceof MarketplaceError)) violate(`a read failed: ${String(error)}`)
      })
    }
  }

  async #look(node: SimNode): Promise<void> {
    const committed = this.options.committed()
    await node.reached()
    if (node.node === undefined) return
    await using view = await node.node.view({ deadlineMs: 1_000 })
    this.#checkFresh(node, view.appliedIndex, committed)
  }

  /** More than a client could notice: what was committed when it asked is there, whoever had been told of it. */
  #checkFresh({ id }: SimNode, index: number, committed: number): void {
    if (index < committed)
      this.options.violate(
        `a read at ${id} shows index ${index}, and ${committed} was committed when it was asked for`,
      )
  }

  /** Publishes what nobody else does, until it works. */
  async publishOwn(name: string): Promise<void> {
    for (let patch = 0; (await this.#publish(`${name}@1.0.${patch}`)) !== 'ok'; patch++);
  }

  async #publish(key: string): Promise<Operation['result']> {
    const { random, keys, tally } = this.options
    const content = random.bytes(1 + random.below(BLOB_BYTES_MAX))
    const digest = toDigest(createHash('sha256').update(content).digest('hex'))
    const requestId = bytesToHex(random.bytes(16)) as RequestId
    const attempt = async (node: SimNode) => {
      await node.reached()
      const { blobs } = node
      if (blobs === undefined || node.node === undefined) throw notUp(node)
      const held = await blobs.write(once(content), { digest, sizeBytes: content.length })
      return node.node.propose(registerCommand(key, requestId, digest, content.length, held))
    }
    const { outcome, result } = await this.#record('publish', key, digest, attempt, () => {
      keys.made()
      this.options.onPublished(key, digest)
    })
    if (outcome === 'unknown') tally.unknown('published', key)
    if (outcome !== 'ok') return outcome
    tally.acknowledged.set(key, digest)
    if (result?.type === 'registered' && result.created) tally.done('published', key)
    return outcome
  }

  /** As a client does that gives up between its upload and its publish. */
  async #leaveGarbage(): Promise<void> {
    const { random, nodes, trace, number } = this.options
    const content = random.bytes(1 + random.below(BLOB_BYTES_MAX))
    const node = random.pick(nodes)
    try {
      await this.#within(TRY_MS, async () => {
        await node.reached()
        if (node.blobs === undefined) throw notUp(node)
        return node.blobs.write(once(content))
      })
      trace(`client ${number}: left a blob unpublished at ${node.id}`)
    } catch (error) {
      if (!(error instanceof MarketplaceError) && !(error instanceof NoAnswer)) throw error
    }
  }

  async #change(op: 'yank' | 'unyank'): Promise<void> {
    const { random, keys, clock, tally } = this.options
    const key = keys.any(random)
    // Signed once: all tries of one request carry the same bytes.
    const command: Command = {
      type: op,
      requestId: bytesToHex(random.bytes(16)) as RequestId,
      id: idOf(key),
      signedAtMs: clock.forNode().wallMs(),
      verifiedKey: { keyId: KEY_ID, publicKey: PUBLIC_KEY },
      signature: new Uint8Array(64),
    }
    const { outcome, result } = await this.#record(op, key, undefined, async (node) => {
      await node.reached()
      if (node.node === undefined) throw notUp(node)
      return node.node.propose(command)
    })
    if (outcome === 'unknown') tally.unknown(`${op}ed`, key)
    if (result?.type === 'changed' && result.changed) tally.done(`${op}ed`, key)
  }

  async #get(): Promise<void> {
    const { random, keys, history, clock, number } = this.options
    const key = keys.any(random)
    const call = nanoseconds(clock)
    const node = random.pick(this.options.nodes)
    // Read your writes, from a node that may be behind: everything that this client saw done is there.
    const stale = random.chance(200)
    const minIndex = this.#lastIndex
    const committed = this.options.committed()
    try {
      const found = await this.#within(TRY_MS, async () => {
        await node.reached()
        if (node.node === undefined) throw notUp(node)
        const { fault } = node.node.status()
        await using view = await node.node.view(
          stale ? { consistency: 'stale', minIndex, deadlineMs: 2_000 } : { deadlineMs: 2_000 },
        )
        if (view.appliedIndex < minIndex && stale)
          this.options.violate(`a view of ${node.id} at ${view.appliedIndex}, asked for ${minIndex}`)
        if (!stale) this.#checkFresh(node, view.appliedIndex, committed)
        if (fault?.reason === 'STATE_CORRUPT')
          this.options.violate(`${node.id} serves a state that it knows to be wrong`)
        const version = view.version(idOf(key))
        return version === undefined ? undefined : { value: version.content?.sha256, yanked: version.yanked }
      })
      if (stale) return
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
    attempt: (node: SimNode) => Promise<Applied>,
    onDone: () => void = () => {},
  ): Promise<{ outcome: Operation['result']; result: CommandResult | undefined }> {
    const { history, clock, number, random, nodes, trace } = this.options
    const call = nanoseconds(clock)
    let outcome: Operation['result'] = 'fail'
    let result: CommandResult | undefined
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      const node = random.pick(nodes)
      try {
        const applied = await this.#within(TRY_MS, () => attempt(node))
        result = applied.result
        // A refusal that is not for good says nothing of an earlier try, which may come to something yet.
        if (outcome !== 'unknown' || isForGood(result)) outcome = judge(result)
        if (outcome === 'ok') onDone()
        this.#lastIndex = Math.max(this.#lastIndex, applied.index)
        break
      } catch (error) {
        if (error instanceof NoAnswer) outcome = 'unknown'
        else if (!(error instanceof MarketplaceError)) throw error
        // Surely not proposed this time; an earlier try may still have happened.
        else if (error.reason === 'OUTCOME_UNKNOWN') outcome = 'unknown'
        trace(`client ${number}: ${op} ${key} at ${node.id}: ${error.message}`)
      }
      await this.#pause(20 + random.below(200))
    }
    history.push({
      client: number,
      op,
      key,
      ...(value === undefined ? {} : { value }),
      result: outcome,
      call,
      return: nanoseconds(clock),
    })
    trace(`client ${number}: ${op} ${key}: ${outcome}`)
    if (result !== undefined && random.chance(250)) await this.#again(`${op} ${key}`, result, attempt)
    return { outcome, result }
  }

  /** As a client does whose answer was lost: the same request once more has the same answer, and does nothing. */
  async #again(
    what: string,
    first: CommandResult,
    attempt: (node: SimNode) => Promise<Applied>,
  ): Promise<void> {
    const { random, nodes, number, trace, violate } = this.options
    // Such a refusal is no answer to be remembered: the same request is judged anew.
    if (!isForGood(first)) return
    await this.#pause(random.below(400))
    const node = random.pick(nodes)
    try {
      const second = await this.#within(TRY_MS, () => attempt(node))
      if (!isDeepStrictEqual(second.result, first))
        violate(`${what} was answered ${JSON.stringify(first)}, and again ${JSON.stringify(second.result)}`)
    } catch (error) {
      if (!(error instanceof MarketplaceError) && !(error instanceof NoAnswer)) throw error
      trace(`client ${number}: ${what} again at ${node.id}: ${error.message}`)
    }
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

function judge(result: CommandResult): Operation['result'] {
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
      // A stale signature: for good under this request id. A lease or holders that no longer fit: this entry did nothing.
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
