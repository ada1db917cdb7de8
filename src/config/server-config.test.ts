import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { MarketplaceError } from '../model/error.js'
import { type ConfigSources, loadServerConfig } from './server-config.js'
import { SERVER_SETTINGS, variableOf } from './server-settings.js'

const MEMBERS = ['node-2=127.0.0.1:7502,127.0.0.1:7402', 'node-1=127.0.0.1:7501,127.0.0.1:7401']
const FLAGS = {
  '--node-id': 'node-1',
  '--data': 'data',
  '--cluster-token': 'open sesame',
  '--member': MEMBERS,
}

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ggen-config-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function file(text: string, name = 'ggen-market.toml'): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

function load(sources: Partial<ConfigSources> = {}) {
  return loadServerConfig({ flags: FLAGS, workFolder: folder, ...sources })
}

function refusal(sources: Partial<ConfigSources>): MarketplaceError {
  try {
    load(sources)
  } catch (error) {
    expect(error).toBeInstanceOf(MarketplaceError)
    expect(error).toMatchObject({ reason: 'CONFIG_INVALID' })
    return error as MarketplaceError
  }
  throw new Error('it was accepted')
}

test('flags alone make a complete configuration', () => {
  const { config } = load()
  expect(config).toMatchObject({
    nodeId: 'node-1',
    dataFolder: join(folder, 'data'),
    listen: { client: '127.0.0.1:7401', peer: '127.0.0.1:7501', http: '127.0.0.1:7601' },
    clusterToken: 'open sesame',
    raft: { tickMs: 50, electionTicks: 8, heartbeatTicks: 2 },
  })
})

test('members are sorted by id, whatever the order they were given in', () => {
  expect(load().config.members).toEqual([
    { id: 'node-1', peerAddress: '127.0.0.1:7501', clientAddress: '127.0.0.1:7401' },
    { id: 'node-2', peerAddress: '127.0.0.1:7502', clientAddress: '127.0.0.1:7402' },
  ])
})

test('a file gives everything, with its data folder relative to the file', () => {
  const path = file(`
    [node]
    id = "node-2"
    [data]
    folder = "state"
    [listen]
    client = "[::1]:0"
    [cluster]
    token = "open sesame"
    members = [{ id = "node-2", peer = "db.example:7502", client = "db.example:7402" }]
    [raft]
    tickMs = 20
  `)
  const { config } = load({ flags: {}, configFile: path, workFolder: tmpdir() })
  expect(config).toMatchObject({
    nodeId: 'node-2',
    dataFolder: join(folder, 'state'),
    listen: { client: '[::1]:0' },
    members: [{ id: 'node-2', peerAddress: 'db.example:7502', clientAddress: 'db.example:7402' }],
    raft: { tickMs: 20 },
  })
})

test('flags win over variables, variables over the file, the file over the user’s, and each value knows its source', () => {
  const project = file('[raft]\ntickMs = 30\n[log]\nlevel = "warn"\n[wal]\nsegmentBytes = 2097152\n')
  const user = file(
    '[raft]\ntickMs = 40\n[search]\ncommitMs = 500\n[wal]\nsegmentBytes = 4194304\n',
    'user.toml',
  )
  const { config, settings } = load({
    flags: { ...FLAGS, '--log-level': 'error' },
    env: {
      GGEN_MARKET_LOG_LEVEL: 'debug',
      GGEN_MARKET_RAFT_TICK_MS: '60',
      GGEN_MARKET_RAFT_ELECTION_TICKS: '',
    },
    userConfigFile: user,
  })
  expect(config).toMatchObject({ logLevel: 'error', raft: { tickMs: 60, electionTicks: 8 } })
  expect(config).toMatchObject({ search: { commitMs: 500 }, wal: { segmentBytes: 2097152 } })
  const source = (key: string) => settings.find((one) => one.key === key)?.source
  expect(source('log.level')).toEqual({ kind: 'flag', name: '--log-level' })
  expect(source('raft.tickMs')).toEqual({ kind: 'environment', name: 'GGEN_MARKET_RAFT_TICK_MS' })
  expect(source('wal.segmentBytes')).toEqual({ kind: 'file', name: project })
  expect(source('search.commitMs')).toEqual({ kind: 'file', name: user })
  expect(source('raft.electionTicks')).toEqual({ kind: 'default', name: '' })
})

test('the nearest file upward from the working folder is taken', () => {
  file('[log]\nlevel = "warn"\n')
  const deep = join(folder, 'a', 'b')
  mkdirSync(deep, { recursive: true })
  expect(load({ workFolder: deep }).config.logLevel).toBe('warn')
})

test('members and token come from variables too', () => {
  const { config } = load({
    flags: { '--node-id': 'node-1', '--data': 'd' },
    env: { GGEN_MARKET_CLUSTER_MEMBERS: MEMBERS.join(';'), GGEN_MARKET_CLUSTER_TOKEN: 'open sesame' },
  })
  expect(config.members).toHaveLength(2)
  expect(config.clusterToken).toBe('open sesame')
})

test('the token is not shown in the list of settings', () => {
  const { settings } = load()
  expect(JSON.stringify(settings)).not.toContain('sesame')
})

describe('is refused, with the key, the place and a way out:', () => {
  test.each([
    ['[raft]\ntickMillis = 5\n', 'raft.tickMillis', 'raft.tickMs'],
    ['[raft]\ntickms = 5\n', 'raft.tickms', 'raft.tickMs'],
    ['tickMs = 5\n', 'tickMs', 'raft.tickMs'],
    ['[listn]\nclient = "x"\n', 'listn.client', 'listen.client'],
  ])('an unknown key in the file (%j), naming the nearest', (text, key, suggestion) => {
    const path = file(text)
    const error = refusal({})
    expect(error).toMatchObject({ field: key, details: { nearest: suggestion } })
    expect(error.message).toContain(path)
    expect(error.message).toContain(key)
    expect(error.help).toContain(suggestion)
  })

  test('an unknown key that resembles nothing, without a suggestion', () => {
    file('[kubernetes]\nreplicaCount = 5\n')
    const error = refusal({})
    expect(error.field).toBe('kubernetes.replicaCount')
    expect(error.details.nearest).toBeUndefined()
  })

  test('what is not TOML, with line and column', () => {
    const path = file('[raft]\ntickMs = = 5\n')
    expect(refusal({}).message).toContain(`${path}:2:`)
  })

  test('a named file that is not there', () => {
    expect(refusal({ configFile: 'nowhere.toml' }).message).toContain(join(folder, 'nowhere.toml'))
  })

  test.each([
    ['raft.tickMs', '4'],
    ['raft.tickMs', '1001'],
    ['raft.tickMs', '50.5'],
    ['raft.tickMs', '50ms'],
    ['raft.tickMs', '-50'],
    ['listen.client', '7401'],
    ['listen.client', 'localhost:70000'],
    ['listen.client', 'local host:7401'],
    ['node.id', 'Node_1'],
    ['log.level', 'verbose'],
    ['cluster.token', 'short'],
    ['cluster.members', 'node-1=127.0.0.1:7501'],
    ['cluster.members', 'NODE=127.0.0.1:7501,127.0.0.1:7401'],
    ['cluster.members', 'node-1=a:1,a:2;node-1=b:1,b:2'],
    ['cluster.members', 'node-1=a:1,a:2;node-2=a:1,a:3'],
    ['raft.electionTicks', '3'],
  ] as const)('%s = %j in a variable', (key, value) => {
    const name = variableOf(key)
    const flags = Object.fromEntries(
      Object.entries(FLAGS).filter(
        ([flag]) =>
          flag !==
          { 'node.id': '--node-id', 'cluster.token': '--cluster-token', 'cluster.members': '--member' }[
            key as never
          ],
      ),
    )
    const error = refusal({ flags, env: { [name]: value } })
    expect(error.field).toBe(key)
    expect(error.message).toContain(name)
    if (key === 'cluster.token') expect(error.message).not.toContain(value)
  })

  test('a value of the wrong type in the file', () => {
    const path = file('[raft]\ntickMs = "fast"\n')
    expect(refusal({})).toMatchObject({ field: 'raft.tickMs', details: { source: `file ${path}` } })
  })

  test.each([
    ['--node-id', 'node.id'],
    ['--data', 'data.folder'],
    ['--cluster-token', 'cluster.token'],
  ])('the lack of %s', (flag, key) => {
    const error = refusal({ flags: { ...FLAGS, [flag]: undefined } })
    expect(error.field).toBe(key)
    for (const way of [flag, variableOf(key)]) expect(error.help).toContain(way)
  })

  test('a member list without this node', () => {
    const error = refusal({ flags: { ...FLAGS, '--node-id': 'node-7' } })
    expect(error.field).toBe('cluster.members')
    expect(error.message).toContain('node-7')
  })
})

test('every setting has a help text, a default that its own parser accepts, and a variable of its own', () => {
  const keys = Object.keys(SERVER_SETTINGS) as (keyof typeof SERVER_SETTINGS)[]
  expect(new Set(keys.map(variableOf)).size).toBe(keys.length)
  for (const key of keys) {
    const setting = SERVER_SETTINGS[key]
    expect(setting.help.length, key).toBeGreaterThan(10)
    if (setting.default !== undefined) expect(setting.parse(setting.default), key).toEqual(setting.default)
  }
})

test('a node that joins needs no members and no token', () => {
  const flags = { '--node-id': 'node-4', '--data': 'data', '--join': '10.0.0.1:7401, 10.0.0.2:7401' }
  const joining = { members: [], clusterToken: '', advertise: { client: undefined } }
  const join = ['10.0.0.1:7401', '10.0.0.2:7401']
  expect(load({ flags }).config).toMatchObject({ ...joining, join })
  const path = file('[cluster]\njoin = ["10.0.0.1:7401", "10.0.0.2:7401"]')
  const byFile = { '--node-id': 'node-4', '--data': 'data' }
  expect(load({ flags: byFile, configFile: path }).config.join).toEqual(join)
  const env = { GGEN_MARKET_CLUSTER_JOIN: '10.0.0.1:7401', GGEN_MARKET_ADVERTISE_CLIENT: 'four.example:7401' }
  const { config } = load({ flags: byFile, env })
  expect([config.join, config.advertise.client]).toEqual([['10.0.0.1:7401'], 'four.example:7401'])
})

test('a node that founds and joins at once is refused, with what either means', () => {
  const { field, message, help } = refusal({ flags: { ...FLAGS, '--join': '10.0.0.1:7401' } })
  expect([field, message]).toEqual([
    'cluster.join',
    'cluster.join (flag --join) is 10.0.0.1:7401, beside founding members (cluster.members)',
  ])
  expect(help).toMatch(/--member.*--join/)
})

test.each(['0.0.0.0:7401', '[::]:7401', 'four.example:0'])('clients cannot be told of %s', (address) => {
  expect(refusal({ flags: { ...FLAGS, '--advertise-client': address } })).toMatchObject({
    field: 'advertise.client',
    message: expect.stringContaining(address),
  })
})

describe('stores', () => {
  test('come from a table of the file, relative to it; from flags and variables, relative to the working folder', () => {
    const path = file('[stores]\narchive = "/mnt/archive"\nnear = "copies"\n')
    expect(load({ configFile: path, workFolder: '/' }).config.stores).toEqual([
      { name: 'archive', folder: '/mnt/archive' },
      { name: 'near', folder: join(folder, 'copies') },
    ])
    expect(load({ flags: { ...FLAGS, '--store': ['near=copies', 'a=/b=c'] } }).config.stores).toEqual([
      { name: 'near', folder: join(folder, 'copies') },
      { name: 'a', folder: '/b=c' },
    ])
    expect(load({ env: { GGEN_MARKET_STORES: 'a=/x;b=/y' } }).config.stores).toEqual([
      { name: 'a', folder: '/x' },
      { name: 'b', folder: '/y' },
    ])
  })

  test.each([
    ['a name with capitals', 'Archive=/x', /has the store "Archive"/],
    ['no folder', 'archive', /has the store "archive"/],
    ['a name twice', 'a=/x;a=/y', /has a twice/],
    ['the data folder', 'a=data', /in the data folder/],
    ['a folder in the data folder', 'a=data/blobs', /in the data folder/],
  ])('with %s are refused', (_, given, message) => {
    expect(refusal({ env: { GGEN_MARKET_STORES: given } }).message).toMatch(message)
  })
})
