import { MarketplaceError } from '../model/error.js'
import { toNodeId } from '../model/node-id.js'
import { membersSetting } from './member-setting.js'
import { address, addresses, oneOf, Refusal, type Setting, text, wholeNumber } from './setting.js'
import { storesSetting } from './stores-setting.js'

const MIB = 1024 * 1024

/**
 * Everything that a node can be told, in one table: the file, the variables, the flags, the printed documentation and the
 * defaults all come from it. A key `raft.tickMs` is `tickMs` in section `[raft]` of the file and `GGEN_MARKET_RAFT_TICK_MS`
 * in the environment.
 */
export const SERVER_SETTINGS = {
  'node.id': text({
    default: undefined,
    help: 'name of this node; one of the members',
    check: (given) => {
      try {
        return toNodeId(given)
      } catch (error) {
        if (error instanceof MarketplaceError) throw new Refusal(`is ${JSON.stringify(given)}`, error.help)
        throw error
      }
    },
  }),
  'data.folder': text({ default: undefined, help: 'folder that holds everything this node must not lose' }),
  'listen.client': address({ default: '127.0.0.1:7401', help: 'host:port for clients (gRPC)' }),
  'listen.peer': address({ default: '127.0.0.1:7501', help: 'host:port for the other members (gRPC)' }),
  'listen.http': address({
    default: '127.0.0.1:7601',
    help: 'host:port for /healthz, /readyz and /metrics (HTTP)',
  }),
  'advertise.client': address({
    default: undefined,
    help: 'host:port at which clients reach this node, where that is not listen.client; a founding member is listed with it',
  }),
  'cluster.token': text({
    default: undefined,
    secret: true,
    help: 'shared word from which, with the member list, the cluster id is made; the same on all members',
    check: (given) => {
      if (given.length >= 8 && given.length <= 256) return given
      throw new Refusal(`has ${given.length} characters`, 'use 8 to 256 characters')
    },
  }),
  'cluster.members': membersSetting,
  'cluster.join': addresses({
    help: 'client addresses (host:port) of a cluster that is there, for a node with an empty data folder that joins it',
  }),
  'log.level': oneOf({
    words: ['debug', 'info', 'warn', 'error'],
    default: 'info',
    help: 'least severe lines that are logged',
  }),
  'raft.tickMs': wholeNumber({
    default: 50,
    min: 5,
    max: 1_000,
    help: 'length of a tick of the consensus clock, in milliseconds',
  }),
  'raft.electionTicks': wholeNumber({
    default: 8,
    min: 3,
    max: 1_000,
    help: 'shortest wait without a leader before an election, in ticks; the longest is twice that',
  }),
  'raft.heartbeatTicks': wholeNumber({
    default: 2,
    min: 1,
    max: 100,
    help: 'pause between signs of life of a leader, in ticks',
  }),
  'raft.reads': oneOf({
    words: ['read-index', 'lease'],
    default: 'read-index',
    help: "how a leader makes sure that a read is up to date: read-index asks a majority each time; lease asks none for the better part of an election timeout and rests on clocks: no member's may run a tenth faster than the leader's; the same on all members",
  }),
  'raft.priority': wholeNumber({
    default: 10,
    min: 1,
    max: 10,
    help: 'willingness of this node to lead; each step below 10 adds half an election timeout to its waits for a leader',
  }),
  'wal.segmentBytes': wholeNumber({
    default: 64 * MIB,
    min: 1 * MIB,
    max: 1024 * MIB,
    help: 'size of a file of the write-ahead log, in bytes',
  }),
  'compaction.entries': wholeNumber({
    default: 50_000,
    min: 100,
    max: 100_000_000,
    help: 'entries the log may hold beyond the tail before it is compacted',
  }),
  'compaction.bytes': wholeNumber({
    default: 32 * MIB,
    min: 1 * MIB,
    max: 64 * 1024 * MIB,
    help: 'bytes the log may hold beyond the tail before it is compacted',
  }),
  'compaction.tailEntries': wholeNumber({
    default: 10_000,
    min: 0,
    max: 100_000_000,
    help: 'entries kept for followers that are behind, which would otherwise need a whole snapshot',
  }),
  'snapshots.bytesPerSecondMax': wholeNumber({
    default: 64 * MIB,
    min: 0,
    max: 64 * 1024 * MIB,
    help: 'bytes of snapshots that this node sends in a second, to all members together; 0: without a limit',
  }),
  'search.commitMs': wholeNumber({
    default: 1_000,
    min: 10,
    max: 600_000,
    help: 'how long a change may wait before searches see it, in milliseconds',
  }),
  'blobs.diskWritesMax': wholeNumber({
    default: 2,
    min: 1,
    max: 64,
    help: 'blobs written to disk at once, so that the log is not starved',
  }),
  stores: storesSetting,
  'stop.graceMs': wholeNumber({
    default: 5_000,
    min: 0,
    max: 600_000,
    help: 'how long calls under way may go on when the node is told to stop, in milliseconds',
  }),
} as const

export type ServerKey = keyof typeof SERVER_SETTINGS
export type ServerValues = {
  readonly [Key in ServerKey]: (typeof SERVER_SETTINGS)[Key] extends Setting<infer Value> ? Value : never
}

/** What a person sets for the command line; it shares the file with the node. */
export const CLIENT_SETTINGS = {
  'client.endpoints': text({
    default: undefined,
    help: 'client addresses of a cluster, host:port separated by commas',
  }),
} as const

/** Flags of `ggen-market serve` and the keys that they set. `--member` may be repeated. */
export const SERVE_FLAGS = {
  '--node-id': 'node.id',
  '--data': 'data.folder',
  '--listen': 'listen.client',
  '--peer-listen': 'listen.peer',
  '--http-listen': 'listen.http',
  '--advertise-client': 'advertise.client',
  '--member': 'cluster.members',
  '--cluster-token': 'cluster.token',
  '--join': 'cluster.join',
  '--store': 'stores',
  '--log-level': 'log.level',
} as const satisfies Record<string, ServerKey>

/** `raft.tickMs` → `GGEN_MARKET_RAFT_TICK_MS`. */
export function variableOf(key: string): string {
  return `GGEN_MARKET_${key
    .replace(/\./g, '_')
    .replace(/[A-Z]/g, (letter) => `_${letter}`)
    .toUpperCase()}`
}
