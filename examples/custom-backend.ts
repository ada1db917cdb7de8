/**
 * A package store and a registry of your own behind the same client. The store keeps bytes where you like, here in a map. The registry
 * stands in front of another one: it refuses what the house does not allow, and keeps a journal of every write.
 *
 *     make examples        runs it; test/conformance/custom-backend.test.ts holds both to what every store and registry must do
 */
import { createHash } from 'node:crypto'
import {
  type Content,
  collect,
  contentOf,
  copyContent,
  type Digest,
  ForwardingRegistry,
  formatPackageId,
  type IntegrityReport,
  MarketplaceBuilder,
  MarketplaceError,
  type PackageStore,
  parsePackageId,
  parsePackageRef,
  type Registry,
  type SignedChange,
  type SignedVersion,
  type StoredContent,
  type StreamOptions,
  type StreamRequest,
} from 'ggen-marketplace'
import { openMemoryRegistry } from 'ggen-marketplace/embedded'

/** Bytes in a map. An object store would take the place of the map, and nothing else would change. */
export class MapStore implements PackageStore {
  readonly #blobs = new Map<Digest, Uint8Array>()

  store(bytes: Uint8Array): Promise<StoredContent> {
    return this.uploadStream(contentOf(bytes, sha256Of(bytes)))
  }

  async uploadStream({ sha256, sizeBytes, read }: Content): Promise<StoredContent> {
    const bytes = await collect(read())
    if (bytes.length !== sizeBytes)
      throw refusal(
        'SIZE_MISMATCH',
        `${bytes.length} bytes came instead of ${sizeBytes}`,
        'declare the size of what is sent',
      )
    const found = sha256Of(bytes)
    if (found !== sha256)
      throw refusal(
        'HASH_MISMATCH',
        `the content has sha256 ${found} instead of ${sha256}`,
        'send what the hash names',
      )
    this.#blobs.set(sha256, bytes)
    return { sha256, sizeBytes }
  }

  async get(sha256: Digest): Promise<Uint8Array> {
    return this.#held(sha256)
  }

  async *stream(
    { sha256, offset = 0 }: StreamRequest,
    { onProgress }: StreamOptions = {},
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const bytes = this.#held(sha256)
    yield bytes.subarray(offset)
    onProgress?.(bytes.length, bytes.length)
  }

  async exists(sha256: Digest): Promise<boolean> {
    return this.#blobs.has(sha256)
  }

  async metadata(sha256: Digest): Promise<StoredContent> {
    return { sha256, sizeBytes: this.#held(sha256).length }
  }

  async delete(sha256: Digest): Promise<void> {
    this.#blobs.delete(sha256)
  }

  async compact() {
    return { examined: this.#blobs.size, removed: 0, removedBytes: 0 }
  }

  copyTo(sha256: Digest, target: PackageStore): Promise<StoredContent> {
    return copyContent(this, sha256, target)
  }

  /** A page goes on after the hash that the page before ended with. */
  async list({
    pageSize = 50,
    pageToken = '',
  }: {
    pageSize?: number | undefined
    pageToken?: string | undefined
  } = {}) {
    if (pageSize > 1_000)
      throw refusal('LIMIT_EXCEEDED', `a page of ${pageSize}`, 'ask for up to 1,000 entries')
    if (pageToken !== '' && !/^[0-9a-f]{64}$/.test(pageToken))
      throw refusal('PAGE_TOKEN_INVALID', 'this is no token of this listing', 'begin anew, without a token')
    const after = [...this.#blobs.keys()].sort().filter((each) => each > pageToken)
    const entries = after
      .slice(0, pageSize)
      .map((sha256) => ({ sha256, sizeBytes: this.#held(sha256).length }))
    return after.length > pageSize ? { entries, nextPageToken: entries.at(-1)?.sha256 } : { entries }
  }

  async stats() {
    const sizes = [...this.#blobs.values()].map((each) => each.length)
    return { blobs: sizes.length, bytes: sizes.reduce((sum, each) => sum + each, 0) }
  }

  async *verifyIntegrity(sha256?: Digest): AsyncGenerator<IntegrityReport, void, undefined> {
    const all = sha256 === undefined ? [...this.#blobs.keys()] : [sha256]
    const damaged = all.filter((each) => sha256Of(this.#held(each)) !== each)
    yield { checked: all.length, damaged, done: true }
  }

  #held(sha256: Digest): Uint8Array {
    const bytes = this.#blobs.get(sha256)
    if (bytes === undefined)
      throw refusal('BLOB_NOT_FOUND', `there is no blob with sha256 ${sha256}`, 'check the hash')
    return bytes
  }
}

/** A registry in front of another. Content comes from the house's own store; the other one is given what it has to look into. */
export class HouseRegistry extends ForwardingRegistry {
  readonly journal: string[] = []

  constructor(
    inner: Registry,
    private readonly innerStore: PackageStore,
    private readonly store: PackageStore,
    /** Why a version may not come into the house; undefined: it may. */
    private readonly objection: (version: SignedVersion) => string | undefined = () => undefined,
  ) {
    super(inner)
  }

  override async register(version: SignedVersion) {
    const why = this.objection(version)
    if (why !== undefined)
      throw refusal(
        'INVALID_ARGUMENT',
        `${formatPackageId(version.metadata.id)} is not allowed here: ${why}`,
        'ask the house',
      )
    const digest = version.contentHash?.digest
    if (digest !== undefined && (await this.store.exists(digest)))
      await this.store.copyTo(digest, this.innerStore)
    const receipt = await super.register(version)
    if (receipt.created) this.journal.push(`${receipt.index} published ${formatPackageId(receipt.id)}`)
    return receipt
  }

  override async yank(change: SignedChange) {
    const receipt = await super.yank(change)
    if (receipt.changed) this.journal.push(`${receipt.index} yanked ${formatPackageId(receipt.id)}`)
    return receipt
  }
}

/** @param say is told what happens, line by line */
export async function customBackend(say: (line: string) => void): Promise<void> {
  await using memory = await openMemoryRegistry()
  const store = new MapStore()
  const registry = new HouseRegistry(memory.registry, memory.store, store, ({ metadata: { license } }) =>
    license === 'MIT' ? undefined : `its license is ${license ?? 'not given'}`,
  )
  await using client = new MarketplaceBuilder()
    .withRegistry(registry)
    .withPackageStore(store)
    .withSearchEngine(memory.search)
    .build()
  const signer = client.crypto.generateKeypair()
  const metadata = {
    id: parsePackageId('house/table@1.0.0'),
    kind: 'library',
    license: 'MIT',
    authors: [],
    keywords: [],
    categories: [],
    capabilities: [],
    dependencies: [],
  }
  await client.register({ metadata, signers: [signer] })
  const chair = { ...metadata, id: parsePackageId('house/chair@1.0.0'), license: 'GPL-3.0' }
  const refused = await client.register({ metadata: chair, signers: [signer] }).catch((error: Error) => error)
  say(`refused: ${refused instanceof MarketplaceError && refused.message}`)
  await client.yank(metadata.id, 'wobbles', signer)
  const { versions } = await client.listVersions(parsePackageRef('house/table'))
  say(`listed: ${versions.map(({ id, yanked }) => `${formatPackageId(id)}${yanked ? ', yanked' : ''}`)}`)
  say(`journal: ${registry.journal.map((line) => line.replace(/^\d+ /, '')).join('; ')}`)
}

function sha256Of(bytes: Uint8Array): Digest {
  return createHash('sha256').update(bytes).digest('hex') as Digest
}

function refusal(reason: MarketplaceError['reason'], message: string, help: string): MarketplaceError {
  return new MarketplaceError({ reason, message, help })
}
