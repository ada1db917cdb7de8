import { readFileSync } from 'node:fs'
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
import { bytesToHex, hexToBytes } from '../model/codec.js'
import { type Command, decodeCommand, encodeCommand } from '../model/command.js'
import type { NodeId } from '../model/node-id.js'
import { parsePackageId, parsePackageRef } from '../model/package-id.js'
import { TABLE } from './key-layout.js'
import { decodeSnapshotHeader, readSnapshot, writeSnapshot } from './snapshot.js'
import { StateMachine } from './state-machine.js'
import { StateView } from './state-view.js'
import { nameOf } from './working-set.js'

/** Files of format 1, made once and never again: what an old node wrote must read the same for ever. */
function golden(name: string): [key: string, value: string][] {
  const text = readFileSync(new URL(`../../test/state/golden/${name}`, import.meta.url), 'utf8')
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split(' ') as [string, string])
}

const dependency = { ...parsePackageRef('acme/core'), requirement: '^1.2.0', kind: 'peer' as const }
const COMMANDS: Readonly<Record<string, Command>> = {
  register: register('acme/Web_Kit@1.0.0-rc.1+linux', {
    request: 1,
    metadata: {
      kind: 'validator',
      description: 'Größe 🎈',
      authors: ['Anna Doe <anna@example.org>'],
      license: 'MIT',
      repository: 'https://example.org/web',
      homepage: 'https://example.org',
      keywords: ['web', 'kit'],
      categories: ['tools'],
      language: 'typescript',
      capabilities: ['check'],
      dependencies: [dependency, { ...dependency, kind: 'dev', originalRequirement: '~1.2' }],
      readmeSha256: sha256('readme'),
    },
  }),
  'register-bare': register('lonely@0.0.1', { request: 2, content: undefined, holders: [], leaseEndMs: 0 }),
  yank: change('yank', 'acme/web-kit@1.0.0-rc.1', { request: 3, text: 'leaks' }),
  unyank: change('unyank', 'acme/web-kit@1.0.0-rc.1', { request: 4 }),
  deprecate: change('deprecate', 'acme/web-kit@1.0.0-rc.1', { request: 5, text: 'use core' }),
  downloads: {
    type: 'downloads',
    requestId: requestId(6),
    nodeId: 'node-2' as NodeId,
    epoch: 300,
    counts: [{ id: parsePackageId('lonely@0.0.1'), count: 70_000 }],
  },
  tick: { type: 'tick', requestId: requestId(7) },
}

/** Commands that came later; those of {@link COMMANDS} stay as they are. */
const OWNER_COMMANDS: Readonly<Record<string, Command>> = {
  'add-owner': ownerChange('addOwner', 'acme/web_kit', 'bert', { request: 20 }),
  'remove-owner': ownerChange('removeOwner', 'acme/web_kit', 'anna', { request: 21, by: 'bert' }),
  'transfer-ownership': ownerChange('transferOwnership', 'lonely', 'bert', { request: 22 }),
  'add-namespace-owner': ownerChange('addOwner', 'acme/', 'bert', { request: 23 }),
}

/** One log with all of them, a refusal and a second configuration. */
async function goldenState(): Promise<{ store: MemoryKeyValueStore; machine: StateMachine }> {
  const log = new Log()
    .configuration()
    .empty()
    .command(...Object.values(COMMANDS))
  log.term = 2
  log.stampMs = NOON_MS + 1
  log
    .command(register('acme/web_kit@2.0.0', { request: 8 }))
    .configuration(configuration(['node-1'], ['node-2']))
  const store = new MemoryKeyValueStore()
  const machine = await StateMachine.open(store)
  await machine.land(machine.apply(log.entries))
  return { store, machine }
}

const DAY_COMMANDS: Readonly<Record<string, Command>> = {
  'daily-downloads': {
    type: 'dailyDownloads',
    requestId: requestId(30),
    nodeId: 'node-2' as NodeId,
    epoch: 301,
    counts: [{ id: parsePackageId('lonely@0.0.1'), count: 300 }],
  },
}

const QUOTA_COMMANDS: Readonly<Record<string, Command>> = {
  'raise-version': raise(2),
  'set-quota': quota('acme', { bytesMax: 10_000, versionsMax: 2 }, 40),
  'set-quota-of-no-namespace': quota('/', { versionsMax: 7 }, 41),
  'register-counted': register('acme/kit@1.0.0', { request: 42 }),
}

/** The state after the golden one and more commands. */
async function goldenStateAnd(commands: Readonly<Record<string, Command>>): Promise<MemoryKeyValueStore> {
  const { store, machine } = await goldenState()
  const log = new Log(NOON_MS + 2, 3).command(...Object.values(commands))
  const entries = log.entries.map((entry) => ({ ...entry, index: entry.index + machine.appliedIndex }))
  const group = machine.apply(entries)
  for (const { result } of group.results) expect(result?.type).not.toBe('refused')
  await machine.land(group)
  return store
}

function pairsOf(store: MemoryKeyValueStore): [string, string][] {
  return store
    .dump()
    .filter(([key]) => key.charCodeAt(0) !== TABLE.local)
    .map(([key, value]) => [hexOf(key), hexOf(value)])
}

describe('golden files of format 1', () => {
  it.each([
    ['owners', 'owner', OWNER_COMMANDS],
    ['downloads by day', 'day', DAY_COMMANDS],
    ['quotas', 'quota', QUOTA_COMMANDS],
  ])(
    'commands about %s, and what they write beside the rest, are the bytes on file',
    async (_, file, all) => {
      const commands = golden(`${file}-command-v1.txt`)
      expect(Object.entries(all).map(([name, it]) => [name, bytesToHex(encodeCommand(it))])).toEqual(commands)
      for (const [name, hex] of commands) expect(decodeCommand(hexToBytes(hex))).toEqual(all[name])
      const before = new Map(golden('state-v1.txt'))
      const written = pairsOf(await goldenStateAnd(all)).filter(([key, value]) => before.get(key) !== value)
      expect(written).toEqual(golden(`${file}-state-v1.txt`))
    },
  )

  it('commands encode to the bytes on file and decode from them', () => {
    const files = golden('command-v1.txt')
    expect(files.map(([name]) => name)).toEqual(Object.keys(COMMANDS))
    for (const [name, hex] of files) {
      expect(bytesToHex(encodeCommand(COMMANDS[name] as Command))).toBe(hex)
      expect(decodeCommand(hexToBytes(hex))).toEqual(COMMANDS[name])
    }
  })

  it('the state of a fixed log is the pairs on file', async () => {
    const { store } = await goldenState()
    expect(pairsOf(store)).toEqual(golden('state-v1.txt'))
  })

  it('a state on file opens and answers', async () => {
    const store = new MemoryKeyValueStore()
    for (const [key, value] of golden('state-v1.txt')) store.overwrite(hexToBytes(key), hexToBytes(value))
    for (const [key, value] of golden('local-v1.txt')) store.overwrite(hexToBytes(key), hexToBytes(value))
    const machine = await StateMachine.open(store)
    expect(machine).toMatchObject({ landedIndex: 11, appliedTerm: 2, logTimeMs: NOON_MS + 1 })
    expect(machine.configuration).toEqual(configuration(['node-1'], ['node-2']))
    await using view = StateView.open(store)
    expect(view.stats).toEqual({ packages: 2, versions: 2, downloads: 70_000 })
    expect(view.version(parsePackageId('acme/web-kit@1.0.0-rc.1'))).toMatchObject({
      metadata: (COMMANDS.register as { metadata: object }).metadata,
      deprecated: 'use core',
      yanked: false,
    })
  })

  it('a snapshot is the bytes on file and reads from them', async () => {
    const { store, machine } = await goldenState()
    await using snapshot = store.snapshot()
    const chunks: Uint8Array[] = []
    for await (const chunk of writeSnapshot(snapshot)) chunks.push(chunk)
    const file = golden('snapshot-v1.txt')
    expect(chunks.map((chunk, at) => [String(at), bytesToHex(chunk)])).toEqual(file)
    const stored = file.map(([, hex]) => hexToBytes(hex))
    expect(decodeSnapshotHeader(stored[0] as Uint8Array).chainHash).toEqual(machine.chainHash)
    const copy = new MemoryKeyValueStore()
    await readSnapshot(
      (async function* () {
        yield* stored
      })(),
      copy,
    )
    expect((await StateMachine.open(copy)).chainHash).toEqual(machine.chainHash)
  })
})

function hexOf(name: string): string {
  const bytes = Uint8Array.from(name, (letter) => letter.charCodeAt(0))
  expect(nameOf(bytes)).toBe(name)
  return bytesToHex(bytes)
}
