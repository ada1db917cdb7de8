import { homedir } from 'node:os'
import { join } from 'node:path'

type Environment = Readonly<Record<string, string | undefined>>

/** The user's own folder for keys and configuration: `GGEN_MARKET_HOME`, else `ggen-market` under the XDG configuration folder. */
export function userFolder(env: Environment): string {
  return (
    nonEmpty(env.GGEN_MARKET_HOME) ??
    join(nonEmpty(env.XDG_CONFIG_HOME) ?? join(homedir(), '.config'), 'ggen-market')
  )
}

/** The user's own configuration file; it need not exist. */
export function userConfigFile(env: Environment): string {
  return join(userFolder(env), 'ggen-market.toml')
}

/** Where `--global` installs. */
export function globalFolder(env: Environment): string {
  return nonEmpty(env.GGEN_MARKET_HOME) ?? join(homedir(), '.ggen')
}

/** Where the registry lies that serves where no cluster is configured. */
export function registryFolder(env: Environment): string {
  return join(globalFolder(env), 'registry')
}

/** An empty variable is how shells say "none". */
function nonEmpty(value: string | undefined): string | undefined {
  return value === '' ? undefined : value
}
