import { dirname, join, resolve, sep } from 'node:path'
import { MarketplaceError } from '../model/error.js'
import type { NodeId } from '../model/node-id.js'
import { isWildcard, portOf } from './advertised-address.js'
import { type ConfigFile, findConfigFile, readConfigFile } from './config-file.js'
import type { MemberConfig } from './member-setting.js'
import {
  CLIENT_SETTINGS,
  SERVE_FLAGS,
  SERVER_SETTINGS,
  type ServerKey,
  type ServerValues,
  variableOf,
} from './server-settings.js'
import { Refusal, refuse, type Setting, type Source } from './setting.js'
import type { StoreConfig } from './stores-setting.js'

/** Everything a node needs to know to start, checked and complete. */
export interface ServerConfig {
  readonly nodeId: NodeId
  /** Absolute. */
  readonly dataFolder: string
  readonly listen: { readonly client: string; readonly peer: string; readonly http: string }
  readonly advertise: {
    /** Where clients reach this node, as it tells others; undefined: as the founding members list it, or where it listens. */
    readonly client: string | undefined
  }
  /** Empty where there are no founding members. */
  readonly clusterToken: string
  /** The founding members, sorted by id, this node one of them; empty for a node that joined later. */
  readonly members: readonly MemberConfig[]
  /** Client addresses of the cluster that an empty data folder joins; asked only then. */
  readonly join: readonly string[]
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error'
  readonly raft: {
    readonly tickMs: number
    readonly electionTicks: number
    readonly heartbeatTicks: number
    readonly readLease: boolean
    readonly priority: number
  }
  readonly wal: { readonly segmentBytes: number }
  readonly compaction: { readonly entries: number; readonly bytes: number; readonly tailEntries: number }
  readonly snapshots: { readonly bytesPerSecondMax: number }
  readonly search: { readonly commitMs: number }
  readonly blobs: { readonly diskWritesMax: number }
  /** Folders into which CopyTo may copy, absolute, by name. */
  readonly stores: readonly StoreConfig[]
  readonly stop: { readonly graceMs: number }
}

/** A key with its value, undefined where it has none, and where that came from. */
export interface ReadSetting {
  readonly value: unknown
  readonly source: Source
}

export interface LoadedServerConfig {
  readonly config: ServerConfig
  /** Every key with its value and where it came from; secrets redacted. */
  readonly settings: readonly (ReadSetting & { readonly key: ServerKey; readonly help: string })[]
}

export interface ConfigSources {
  /** By flag: `{ '--node-id': 'node-1', '--member': ['node-1=…'] }`; absent flags are undefined. */
  readonly flags?: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly env?: Readonly<Record<string, string | undefined>>
  /** From `--config`. Must exist. Without it the nearest `ggen-market.toml` is taken, then the user's own file. */
  readonly configFile?: string | undefined
  /** Where relative paths of flags and variables begin (those of a file begin at its folder), and the search for a file. */
  readonly workFolder: string
  /** The user's own configuration file; may be missing. */
  readonly userConfigFile?: string | undefined
}

const KNOWN_KEYS = [...Object.keys(SERVER_SETTINGS), ...Object.keys(CLIENT_SETTINGS)]

/**
 * Flags over environment over the project's file over the user's file over defaults.
 * @throws CONFIG_INVALID naming the key, the value and its source
 */
export function loadServerConfig(sources: ConfigSources): LoadedServerConfig {
  const found = readSettings(sources)
  const values = Object.fromEntries([...found].map(([key, { value }]) => [key, value])) as ServerValues
  const sourceOf = (key: ServerKey): Source => found.get(key)?.source ?? { kind: 'default', name: '' }
  const config = assemble(values, sourceOf, sources.workFolder)
  return {
    config,
    settings: [...found].map(([key, read]) => {
      const { help, secret }: Setting<unknown> = SERVER_SETTINGS[key]
      return { key, ...(secret === true ? redacted(read) : read), help }
    }),
  }
}

/** Each setting by itself, whether or not a node could start with all of them. @throws CONFIG_INVALID */
export function readSettings(sources: ConfigSources): ReadonlyMap<ServerKey, ReadSetting> {
  const files = filesOf(sources)
  const found = new Map<ServerKey, ReadSetting>()
  for (const key of Object.keys(SERVER_SETTINGS) as ServerKey[]) {
    const setting: Setting<unknown> = SERVER_SETTINGS[key]
    const given = lookUp(key, sources, files)
    found.set(key, given === undefined ? byDefault(setting) : parsed(key, setting, given))
  }
  return found
}

/** A secret as it may be shown: whether there is one. */
export function redacted({ value, source }: ReadSetting): ReadSetting {
  return { value: value === undefined ? undefined : '[redacted]', source }
}

function filesOf(sources: ConfigSources): ConfigFile[] {
  const { configFile, workFolder, userConfigFile } = sources
  const named = configFile === undefined ? undefined : resolve(workFolder, configFile)
  const path = named ?? findConfigFile(workFolder)
  const file = path === undefined ? undefined : readConfigFile(path, KNOWN_KEYS)
  if (named !== undefined && file === undefined) {
    throw new MarketplaceError({
      reason: 'CONFIG_INVALID',
      field: '--config',
      message: `there is no file ${named}`,
      help: 'name an existing configuration file',
    })
  }
  const user = userConfigFile === undefined ? undefined : readConfigFile(userConfigFile, KNOWN_KEYS)
  return [file, user].filter((one) => one !== undefined)
}

function lookUp(
  key: ServerKey,
  sources: ConfigSources,
  files: readonly ConfigFile[],
): ReadSetting | undefined {
  for (const [flag, flagKey] of Object.entries(SERVE_FLAGS)) {
    const value = sources.flags?.[flag]
    if (flagKey === key && value !== undefined) return { value, source: { kind: 'flag', name: flag } }
  }
  const variable = variableOf(key)
  const value = sources.env?.[variable]
  // An empty variable is how shells and orchestrators say "none".
  if (value !== undefined && value !== '') return { value, source: { kind: 'environment', name: variable } }
  for (const file of files) {
    if (file.values.has(key)) {
      return { value: file.values.get(key), source: { kind: 'file', name: file.path } }
    }
  }
  return undefined
}

function byDefault(setting: Setting<unknown>): ReadSetting {
  return { value: setting.default, source: { kind: 'default', name: '' } }
}

function parsed(key: ServerKey, setting: Setting<unknown>, { value, source }: ReadSetting): ReadSetting {
  try {
    return { value: setting.parse(value), source }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    // A secret that is refused is not shown either: its check words the refusal without it.
    refuse(key, source, error)
  }
}

function assemble(
  values: ServerValues,
  sourceOf: (key: ServerKey) => Source,
  workFolder: string,
): ServerConfig {
  const nodeId = required(values, 'node.id') as NodeId
  const members = values['cluster.members']
  const join = values['cluster.join']
  if (members.length > 0 && join.length > 0) {
    const what = `is ${join.join(',')}, beside founding members (cluster.members)`
    const help =
      'a node either founds a cluster together with the members listed (--member), or joins one that is there (--join): give the one or the other'
    refuse('cluster.join', sourceOf('cluster.join'), new Refusal(what, help))
  }
  // A folder that was in use before knows its cluster and its members.
  const token = members.length > 0 ? required(values, 'cluster.token') : (values['cluster.token'] ?? '')
  if (members.length > 0 && !members.some((member) => member.id === nodeId)) {
    const ids = members.map((member) => member.id).join(', ')
    const what = `lists ${ids}, and not this node, ${nodeId}`
    refuse(
      'cluster.members',
      sourceOf('cluster.members'),
      new Refusal(what, `list all members, ${nodeId} too`),
    )
  }
  const advertised = values['advertise.client']
  if (advertised !== undefined && (isWildcard(advertised) || portOf(advertised) === '0')) {
    const what = `is ${advertised}, where nobody can reach it`
    const help = 'name a host and port that clients reach, such as registry-4.example:7401'
    refuse('advertise.client', sourceOf('advertise.client'), new Refusal(what, help))
  }
  const { 'raft.electionTicks': electionTicks, 'raft.heartbeatTicks': heartbeatTicks } = values
  if (electionTicks < heartbeatTicks * 2) {
    const what = `is ${electionTicks}, with a heartbeat every ${heartbeatTicks}`
    const help = 'use at least twice raft.heartbeatTicks: one lost heartbeat must not cost an election'
    refuse('raft.electionTicks', sourceOf('raft.electionTicks'), new Refusal(what, help))
  }
  const data = sourceOf('data.folder')
  const dataBase = data.kind === 'file' ? dirname(data.name) : workFolder
  const dataFolder = resolve(dataBase, required(values, 'data.folder'))
  return {
    nodeId,
    dataFolder,
    listen: {
      client: values['listen.client'],
      peer: values['listen.peer'],
      http: values['listen.http'],
    },
    advertise: { client: values['advertise.client'] },
    clusterToken: token,
    members,
    join,
    logLevel: values['log.level'],
    raft: {
      tickMs: values['raft.tickMs'],
      electionTicks,
      heartbeatTicks,
      readLease: values['raft.reads'] === 'lease',
      priority: values['raft.priority'],
    },
    wal: { segmentBytes: values['wal.segmentBytes'] },
    compaction: {
      entries: values['compaction.entries'],
      bytes: values['compaction.bytes'],
      tailEntries: values['compaction.tailEntries'],
    },
    snapshots: { bytesPerSecondMax: values['snapshots.bytesPerSecondMax'] },
    search: { commitMs: values['search.commitMs'] },
    blobs: { diskWritesMax: values['blobs.diskWritesMax'] },
    stores: values.stores.map((store) => outside(store, dataFolder, sourceOf('stores'), workFolder)),
    stop: { graceMs: values['stop.graceMs'] },
  }
}

/** A store, absolute. @throws CONFIG_INVALID where it lies in the data folder, which is the node's alone */
function outside(
  { name, folder }: StoreConfig,
  dataFolder: string,
  source: Source,
  workFolder: string,
): StoreConfig {
  const absolute = resolve(source.kind === 'file' ? dirname(source.name) : workFolder, folder)
  const lies = (inner: string, outer: string) => inner === outer || inner.startsWith(join(outer, sep))
  if (lies(absolute, dataFolder)) {
    const what = `names ${absolute} for ${name}, in the data folder ${dataFolder}`
    refuse(
      'stores',
      source,
      new Refusal(what, 'name a folder elsewhere: the data folder is the node’s alone'),
    )
  }
  return { name, folder: absolute }
}

function required(values: ServerValues, key: 'node.id' | 'data.folder' | 'cluster.token'): string {
  const value = values[key]
  if (value !== undefined) return value
  const flag = Object.entries(SERVE_FLAGS).find(([, flagKey]) => flagKey === key)?.[0]
  const [section, name] = key.split('.')
  throw new MarketplaceError({
    reason: 'CONFIG_INVALID',
    field: key,
    message: `${key} is not set: ${SERVER_SETTINGS[key].help}`,
    help: `give ${flag}, the variable ${variableOf(key)}, or ${name} in [${section}] of the configuration file`,
  })
}
