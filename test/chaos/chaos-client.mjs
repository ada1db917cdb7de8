// Clients that publish, yank, unyank, read and search, one operation at a time each, and write down what they were told.
import { createHash } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { isCurable } from '../../dist/client/retry.js'
import { MarketplaceBuilder } from '../../dist/marketplace-builder.js'
import { packageArchive } from './package-archive.mjs'

/** Versions that all clients work on at a time, and after how many operations one is replaced by a fresh one. */
const KEYS = 10
const OPERATIONS_A_KEY_MAX = 40
const BYTES_MAX = 20_000
const LARGE_BYTES_MAX = 2_000_000
/** Shorter than the defaults: a client that waits for minutes tries little. */
const PATIENT = {
  connectMs: 1_000,
  attemptMs: 3_000,
  readTotalMs: 6_000,
  writeTotalMs: 15_000,
  stallMs: 4_000,
}
/** Gives up while its write may still be under way. */
const IMPATIENT = { connectMs: 300, attemptMs: 800, readTotalMs: 1_500, writeTotalMs: 1_200, stallMs: 1_000 }

/** The versions that clients quarrel about. */
export class KeySpace {
  #made = 0
  #used = []

  constructor() {
    this.all = []
    for (let i = 0; i < KEYS; i++) this.#replace(i)
  }

  pick(random) {
    const at = random.below(KEYS)
    const slot = this.#used[at]
    slot.operations++
    if (slot.operations > OPERATIONS_A_KEY_MAX) this.#replace(at)
    return slot.id
  }

  #replace(at) {
    const number = this.#made++
    const id = { namespace: 'chaos', name: `shared-${number % 40}`, version: `1.${number}.0` }
    this.all.push(id)
    this.#used[at] = { id, operations: 0 }
  }
}

export function keyOf(id) {
  return `${id.namespace}/${id.name}@${id.version}`
}

export class ChaosClient {
  #stopped = false
  #own = 0

  constructor({ number, endpoints, signer, random, keys, recorder, patient = true }) {
    this.number = number
    this.signer = signer
    this.random = random
    this.keys = keys
    this.recorder = recorder
    this.client = new MarketplaceBuilder()
      .withCluster(endpoints)
      .withTimes(patient ? PATIENT : IMPATIENT)
      .build()
  }

  stop() {
    this.#stopped = true
  }

  /** Works until it is told to stop. */
  async run() {
    while (!this.#stopped) {
      const draw = this.random.below(100)
      if (draw < 30) await this.publish(this.keys.pick(this.random))
      else if (draw < 62) await this.get(this.keys.pick(this.random))
      else if (draw < 76) await this.#change('yank', this.keys.pick(this.random))
      else if (draw < 90) await this.#change('unyank', this.keys.pick(this.random))
      else await this.#publishAndSearch()
      await pause(this.random.below(25))
    }
    await this.client.close()
  }

  /** @returns what happened, as the history has it */
  async publish(id) {
    const { random, recorder } = this
    const sizeBytes = random.chance(30) ? random.below(LARGE_BYTES_MAX) : random.below(BYTES_MAX)
    const { metadata, content, bytes } = await packageArchive(id, random.bytes(sizeBytes))
    const sha256 = content.sha256
    const result = await this.#write('publish', id, sha256, () =>
      this.client.publish({ metadata, signers: [this.signer] }, content),
    )
    if (result === 'ok') recorder.acknowledged.set(keyOf(id), { id, sha256, sizeBytes: bytes.length })
    return result
  }

  #change(op, id) {
    return this.#write(op, id, undefined, () =>
      op === 'yank'
        ? this.client.yank(id, 'tried by a test', this.signer)
        : this.client.unyank(id, this.signer),
    )
  }

  async #write(op, id, value, call) {
    const { recorder, number } = this
    const begun = recorder.now()
    let result = 'ok'
    try {
      await call()
    } catch (error) {
      result = this.#resultOf(op, error)
    }
    recorder.add({
      client: number,
      op,
      key: keyOf(id),
      ...(value !== undefined && { value }),
      result,
      call: begun,
      return: recorder.now(),
    })
    return result
  }

  async get(id) {
    const { recorder, number } = this
    const base = { client: number, op: 'get', key: keyOf(id), call: recorder.now() }
    try {
      const { version } = await this.client.get(id)
      const found = { value: version.content?.sha256 ?? '', yanked: version.yanked }
      recorder.add({ ...base, ...found, result: 'ok', return: recorder.now() })
      if (this.random.chance(150)) await this.download(keyOf(id), version.content)
      return 'ok'
    } catch (error) {
      const result = this.#resultOf('get', error)
      recorder.add({ ...base, result: result === 'unknown' ? 'fail' : result, return: recorder.now() })
      return result
    }
  }

  /** @returns whether all bytes came, and were right */
  async download(key, content) {
    const hash = createHash('sha256')
    try {
      for await (const chunk of this.client.download(content)) hash.update(chunk)
    } catch (error) {
      this.#resultOf('download', error)
      return false
    }
    const digest = hash.digest('hex')
    if (digest === content.sha256) return true
    this.recorder.violate(`${key} was downloaded as ${digest} instead of ${content.sha256}`)
    return false
  }

  /** A package that nobody else touches: once its publish is acknowledged, this client's searches find it. */
  async #publishAndSearch() {
    const name = `own-${this.number}-${this.#own++}`
    const id = { namespace: 'chaos', name, version: '1.0.0' }
    if ((await this.publish(id)) !== 'ok') return
    try {
      const { hits } = await this.client.search({ query: name })
      if (!hits.some((hit) => hit.id.name === name))
        this.recorder.violate(`${keyOf(id)} was acknowledged, and its publisher's search does not find it`)
    } catch (error) {
      this.#resultOf('search', error)
    }
  }

  /** What an error says of the operation. A client that throws anything but a MarketplaceError is broken. */
  #resultOf(op, error) {
    if (error.name !== 'MarketplaceError') throw error
    this.recorder.trouble(op, error.reason)
    switch (error.reason) {
      case 'VERSION_EXISTS':
        return 'exists'
      case 'PACKAGE_NOT_FOUND':
      case 'VERSION_NOT_FOUND':
        return 'notfound'
      case 'OUTCOME_UNKNOWN':
        return 'unknown'
      // No fault of the world's makes these out of a correct request.
      case 'INTERNAL':
      case 'INVALID_ARGUMENT':
      case 'SIGNATURE_INVALID':
      case 'HASH_MISMATCH':
      case 'VERIFICATION_FAILED':
      case 'REQUEST_ID_REUSED':
      case 'HISTORY_MISMATCH':
        this.recorder.violate(`${op} ended with ${error.reason}: ${error.message}`)
        return 'unknown'
      default:
        // The client promises: given up, and surely not carried out. A refusal may have met a later try only.
        return isCurable(error) ? 'fail' : 'unknown'
    }
  }
}
