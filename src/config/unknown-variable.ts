import { nearest } from './nearest.js'
import { SERVER_SETTINGS, variableOf } from './server-settings.js'

const PREFIX = 'GGEN_MARKET_'

/** The command line's own, with what they mean: they set nothing in the table. */
export const COMMAND_VARIABLES = {
  GGEN_MARKET_ENDPOINTS: 'client addresses of a cluster, host:port separated by commas',
  GGEN_MARKET_HOME:
    'folder for your keys, your own ggen-market.toml, the registry of this machine and what is installed with --global',
  GGEN_MARKET_KEY: 'key id or PEM file to sign with, unless --key names one',
  GGEN_MARKET_DEBUG: '1: a failure also prints where it happened',
  GGEN_MARKET_BUILD: 'name of what a node runs, shown in its log and by /readyz',
} as const

export interface UnknownVariable {
  readonly name: string
  /** The known one that it resembles. */
  readonly nearest: string | undefined
}

/**
 * Variables that look like ours and set nothing. They are told rather than refused: an orchestrator may have put them there (Kubernetes
 * names variables after the services it finds).
 */
export function unknownVariables(
  env: Readonly<Record<string, string | undefined>>,
): readonly UnknownVariable[] {
  const known = [...Object.keys(SERVER_SETTINGS).map(variableOf), ...Object.keys(COMMAND_VARIABLES)]
  const asKeys = new Map(known.map((name) => [asKey(name), name]))
  return Object.keys(env)
    .filter((name) => name.startsWith(PREFIX) && !known.includes(name))
    .sort()
    .map((name) => {
      const near = nearest(name.slice(PREFIX.length), [...asKeys.keys()])
      return { name, nearest: near === undefined ? undefined : asKeys.get(near) }
    })
}

/** `GGEN_MARKET_RAFT_TICK_MS` → `RAFT.TICK_MS`: a section counts for less than what is in it. */
function asKey(name: string): string {
  return name.slice(PREFIX.length).replace('_', '.')
}
