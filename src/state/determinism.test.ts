import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  change,
  configuration,
  Log,
  NOON_MS,
  ownerChange,
  quota,
  raise,
  register,
  requestId,
  sha256,
} from '../../test/state/history.js'
import { MemoryKeyValueStore } from '../../test/state/memory-key-value-store.js'
import { bytesToHex, DecodeError } from '../model/codec.js'
import { CLUSTER_VERSION, type Command, decodeCommand, encodeCommand } from '../model/command.js'
import type { NodeId } from '../model/node-id.js'
import { parsePackageId } from '../model/package-id.js'
import { formatQuotaScope } from '../model/quota-scope.js'
import { encodeConfiguration } from '../raft/configuration.js'
import type { Entry } from '../raft/entry.js'
import { TABLE } from './key-layout.js'
import { StateMachine } from './state-machine.js'
import { StateView } from './state-view.js'

const OPTIONS = {
  changeFeedEntriesMax: 5,
  requestTableMax: 12,
  requestMemoryMs: 60_000,
  versionsPerPackageMax: 2,
}
/** Histories are long: a failure is reported as found, without minutes of shrinking. */
const RUNS = { seed: 20_260_902, numRuns: 100, endOnFailure: true }
const TIMEOUT_MS = 120_000

const names = fc.constantFrom(
  'acme/web',
  'acme/Web',
  'acme/we_b',
  'zeta/web',
  'lonely',
  'Lonely',
  'constructor',
)
const versions = fc.constantFrom('1.0.0', '1.0.0+b', '1.1.0', '2.0.0-rc.1', '2.0.0', '0.1.0')
const ids = fc.tuple(names, versions).map(([name, version]) => `${name}@${version}`)
const who = fc.constantFrom('anna', 'anna', 'bert')
const request = fc.nat(40)

const registers = fc
  .record({
    id: ids,
    by: who,
    request,
    content: fc.constantFrom('a', 'b', undefined),
    authors: fc.subarray(['Anna Doe <anna@example.org>', 'BERT', 'Zoë\u0000x']),
    dependsOn: fc.subarray(['acme/web', 'lonely', 'zeta/other']),
    readme: fc.boolean(),
    lease: fc.constantFrom(0, NOON_MS + 3_600_000, NOON_MS + 3_600_000),
    holders: fc.subarray(['node-1', 'node-2', 'node-3', 'node-9']),
  })
  .map(
    ({ id, by, request, content, authors, dependsOn, readme, lease, holders }): Command =>
      register(id, {
        by,
        request,
        content,
        leaseEndMs: lease,
        holders: holders as NodeId[],
        metadata: {
          authors,
          dependencies: dependsOn.map((ref) => ({
            ...parsePackageId(`${ref}@1.0.0`),
            version: undefined,
            requirement: '*',
            kind: 'normal',
          })),
          ...(readme ? { readmeSha256: sha256(`readme ${id}`) } : {}),
        },
      }),
  )
const changes = fc
  .record({
    type: fc.constantFrom('yank' as const, 'unyank' as const, 'deprecate' as const),
    id: ids,
    by: who,
    request,
    text: fc.constantFrom('why', ''),
    age: fc.constantFrom(0, 200_000, 900_000),
  })
  .map(
    ({ type, id, age, ...parts }): Command =>
      change(type, id, { ...parts, signedAtMs: NOON_MS + 60_000 - age }),
  )
const ownerChanges = fc
  .record({
    type: fc.constantFrom('addOwner' as const, 'removeOwner' as const, 'transferOwnership' as const),
    scope: fc.constantFrom('acme/', 'acme/web', 'lonely', 'Lonely'),
    owner: who,
    by: who,
    request,
  })
  .map(
    ({ type, scope, owner, ...parts }): Command =>
      ownerChange(type, scope, owner, { ...parts, signedAtMs: NOON_MS + 60_000 }),
  )
const downloads = fc
  .record({
    node: fc.constantFrom('node-1', 'node-2'),
    epoch: fc.nat(4),
    counts: fc.array(ids, { maxLength: 3 }),
  })
  .map(
    ({ node, epoch, counts }): Command => ({
      type: epoch % 2 === 0 ? 'downloads' : 'dailyDownloads',
      requestId: requestId(epoch),
      nodeId: node as NodeId,
      epoch,
      counts: counts.map((id, at) => ({ id: parsePackageId(id), count: at })),
    }),
  )
const quotas = fc
  .record({
    namespace: fc.constantFrom('/', 'acme', 'zeta'),
    bytesMax: fc.option(fc.nat(4), { nil: undefined }),
    versionsMax: fc.option(fc.nat(4), { nil: undefined }),
    request,
  })
  .map(
    ({ namespace, bytesMax, versionsMax, request }): Command =>
      quota(namespace, { bytesMax, versionsMax }, request),
  )
const raises = fc.constant(raise(CLUSTER_VERSION))
const tick = fc.constant<Command>({ type: 'tick', requestId: requestId(77) })
const commands = fc.oneof(
  { weight: 12, arbitrary: registers },
  { weight: 8, arbitrary: changes },
  { weight: 4, arbitrary: ownerChanges },
  { weight: 2, arbitrary: downloads },
  { weight: 2, arbitrary: tick },
  { weight: 1, arbitrary: quotas },
  { weight: 1, arbitrary: raises },
)
const payloads = fc.oneof(
  {
    weight: 20,
    arbitrary: commands.map((command) => ({ type: 'command' as const, payload: encodeCommand(command) })),
  },
  { weight: 1, arbitrary: fc.constant({ type: 'empty' as const, payload: new Uint8Array() }) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom(
        configuration(),
        configuration(['node-1', 'node-2', 'node-9'], ['node-1', 'node-2', 'node-3']),
      )
      .map((each) => ({ type: 'configuration' as const, payload: encodeConfiguration(each) })),
  },
)

/** A log: its stamps wander, also backwards; its terms rise. */
const histories = fc
  .array(
    fc.record({ what: payloads, stepMs: fc.integer({ min: -30_000, max: 40_000 }), newTerm: fc.nat(9) }),
    {
      minLength: 1,
      maxLength: 60,
      size: 'max',
    },
  )
  .map((steps) => {
    const entries: Entry[] = [...new Log().configuration().entries]
    let stampMs = NOON_MS
    let term = 1
    for (const { what, stepMs, newTerm } of steps) {
      stampMs += stepMs
      if (newTerm === 0) term++
      entries.push({ ...what, index: entries.length + 1, term, stampMs })
    }
    return entries
  })

function replicated(store: MemoryKeyValueStore): [string, string][] {
  return store.dump().filter(([key]) => key.charCodeAt(0) !== TABLE.local)
}

/** Applies in groups of the given sizes, over and over. */
async function run(entries: readonly Entry[], sizes: readonly number[], store: MemoryKeyValueStore) {
  const machine = await StateMachine.open(store, OPTIONS)
  const results = []
  let round = 0
  while (machine.appliedIndex < entries.length) {
    const from = machine.appliedIndex
    const group = machine.apply(entries.slice(from, from + (sizes[round++ % sizes.length] as number)))
    results.push(...group.results)
    await machine.land(group)
  }
  return { machine, results }
}

describe('the state as a function of the log', { timeout: TIMEOUT_MS }, () => {
  it('is the same, byte for byte, with the same results, however entries are grouped', async () => {
    const reasons = new Set<string>()
    const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 6 })
    const property = fc.asyncProperty(histories, sizes, async (entries, sizes) => {
      const one = new MemoryKeyValueStore()
      const other = new MemoryKeyValueStore()
      const singles = await run(entries, [1], one)
      const grouped = await run(entries, sizes, other)
      expect(grouped.results).toEqual(singles.results)
      expect(replicated(other)).toEqual(replicated(one))
      for (let index = 0; index <= entries.length; index++) {
        expect(grouped.machine.hashAt(index)).toEqual(singles.machine.hashAt(index))
      }
      for (const { result } of singles.results) {
        reasons.add(result?.type === 'refused' ? result.reason : String(result?.type))
      }
    })
    await fc.assert(property, RUNS)
    // The histories reach what they are meant to reach.
    expect([...reasons].sort()).toEqual(
      [
        ...['undefined', 'registered', 'changed', 'ownersChanged', 'LAST_OWNER', 'counted', 'ticked'],
        ...['quotaSet', 'QUOTA_EXCEEDED'],
        ...['NAME_TAKEN', 'NOT_OWNER', 'VERSION_EXISTS', 'BLOB_MISSING', 'LEASE_EXPIRED', 'LIMIT_EXCEEDED'],
        ...[
          'REQUEST_ID_REUSED',
          'REQUEST_TABLE_FULL',
          'SIGNATURE_STALE',
          'PACKAGE_NOT_FOUND',
          'VERSION_NOT_FOUND',
        ],
      ].sort(),
    )
  })

  it('counts what each namespace holds, from the moment that use is counted as all that was there before', async () => {
    let counted = 0
    const property = fc.asyncProperty(histories, async (entries) => {
      const store = new MemoryKeyValueStore()
      const { machine } = await run(entries, [7], store)
      if (machine.clusterVersion < CLUSTER_VERSION) return
      await using view = StateView.open(store)
      const held = new Map<string, { bytes: number; versions: number }>()
      for await (const { ref, versions } of view.records())
        for (const { version } of versions) {
          const scope = formatQuotaScope(ref.namespace)
          const { bytes, versions } = held.get(scope) ?? { bytes: 0, versions: 0 }
          const sizeBytes = view.version({ ...ref, version })?.content?.sizeBytes ?? 0
          held.set(scope, { bytes: bytes + sizeBytes, versions: versions + 1 })
        }
      for (const { scope, bytes, versions } of await view.listNamespaceUses(undefined, 10)) {
        expect({ bytes, versions }).toEqual(held.get(formatQuotaScope(scope)) ?? { bytes: 0, versions: 0 })
        held.delete(formatQuotaScope(scope))
        counted += versions
      }
      expect([...held]).toEqual([])
    })
    await fc.assert(property, RUNS)
    expect(counted).toBeGreaterThan(100)
  })

  it('is the same after any crash, with groups computed while earlier ones land', async () => {
    const steps = fc.array(
      fc.record({
        action: fc.constantFrom('apply' as const, 'apply' as const, 'land' as const, 'crash' as const),
        size: fc.integer({ min: 1, max: 7 }),
      }),
      { minLength: 10, maxLength: 40, size: 'max' },
    )
    const property = fc.asyncProperty(histories, steps, async (entries, steps) => {
      const straight = new MemoryKeyValueStore()
      const reference = await run(entries, [4], straight)
      const disk = await SlowDisk.open(new MemoryKeyValueStore())
      for (const { action, size } of steps) {
        if (action === 'apply') disk.apply(entries, size)
        else if (action === 'land') await disk.landOne()
        else await disk.crash()
      }
      while (disk.machine.landedIndex < entries.length) {
        disk.apply(entries, 5)
        await disk.landOne()
      }
      expect(replicated(disk.store)).toEqual(replicated(straight))
      expect(bytesToHex(disk.machine.chainHash)).toBe(bytesToHex(reference.machine.chainHash))
      expect((await StateMachine.open(disk.store)).landedIndex).toBe(entries.length)
    })
    await fc.assert(property, RUNS)
  })

  it('any command that decodes ends in a result, whatever is in it', async () => {
    let decoded = 0
    const flips = fc.array(fc.record({ at: fc.nat(2_000), byte: fc.nat(255) }), {
      minLength: 1,
      maxLength: 4,
    })
    const property = fc.asyncProperty(fc.array(fc.tuple(commands, flips), { maxLength: 12 }), async (all) => {
      const log = new Log().configuration()
      for (const [command, changes] of all) {
        const payload = encodeCommand(command)
        for (const { at, byte } of changes) payload[18 + (at % (payload.length - 18))] = byte
        try {
          log.command(decodeCommand(payload))
          decoded++
        } catch (error) {
          expect(error).toBeInstanceOf(DecodeError)
        }
      }
      const { results } = await run(log.entries, [3], new MemoryKeyValueStore())
      for (const each of results.slice(1)) expect(each.result?.type).toBeDefined()
    })
    await fc.assert(property, { ...RUNS, numRuns: 250 })
    expect(decoded).toBeGreaterThan(300)
  })

  it('two logs that differ in one entry differ in the hash from there on, also where the entry changes nothing', async () => {
    const property = fc.asyncProperty(histories, fc.nat(), async (entries, pick) => {
      const at = 1 + (pick % (entries.length - 1))
      const changed = entries.map((entry, position): Entry => {
        if (position !== at) return entry
        return entry.type === 'empty'
          ? { ...entry, type: 'command', payload: encodeCommand({ type: 'tick', requestId: requestId(1) }) }
          : { ...entry, type: 'empty', payload: new Uint8Array() }
      })
      const { machine: one } = await run(entries, [5], new MemoryKeyValueStore())
      const { machine: other } = await run(changed, [5], new MemoryKeyValueStore())
      for (let index = 0; index <= entries.length; index++) {
        const same =
          bytesToHex(one.hashAt(index) as Uint8Array) === bytesToHex(other.hashAt(index) as Uint8Array)
        expect(same).toBe(index <= at)
      }
    })
    await fc.assert(property, { ...RUNS, numRuns: 60 })
  })
})

/** A machine whose disk takes groups one by one, when told to. */
class SlowDisk {
  readonly #landing: Promise<void>[] = []

  private constructor(
    public store: MemoryKeyValueStore,
    public machine: StateMachine,
  ) {}

  static async open(store: MemoryKeyValueStore): Promise<SlowDisk> {
    const machine = await StateMachine.open(store, OPTIONS)
    store.hold = true
    return new SlowDisk(store, machine)
  }

  apply(entries: readonly Entry[], size: number): void {
    const from = this.machine.appliedIndex
    if (from >= entries.length) return
    this.#landing.push(this.machine.land(this.machine.apply(entries.slice(from, from + size))))
  }

  async landOne(): Promise<void> {
    const oldest = this.#landing.shift()
    if (oldest === undefined) return
    await settle(() => this.store.held.length > 0)
    expect(this.store.held).toHaveLength(1)
    this.store.held.shift()?.()
    await oldest
  }

  /** Power goes: what the disk has taken is all there is. */
  async crash(): Promise<void> {
    const after = await SlowDisk.open(this.store.clone())
    this.#landing.length = 0
    this.store = after.store
    this.machine = after.machine
  }
}

/** Lets promises run until something holds; it is a matter of microtasks. */
async function settle(done: () => boolean): Promise<void> {
  for (let turn = 0; turn < 1_000; turn++) {
    if (done()) return
    await Promise.resolve()
  }
  throw new Error('nothing was written')
}
