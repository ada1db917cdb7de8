import { type ConfigSources, type ReadSetting, readSettings, redacted } from '../../config/server-config.js'
import { CLIENT_SETTINGS, SERVER_SETTINGS, type ServerKey, variableOf } from '../../config/server-settings.js'
import type { Setting } from '../../config/setting.js'
import { COMMAND_VARIABLES } from '../../config/unknown-variable.js'
import { LIMITS } from '../../model/limit.js'
import type { CommandContext } from '../command-context.js'
import { type EndpointSources, readEndpoints } from '../endpoints.js'
import { userConfigFile } from '../user-folder.js'

export interface ConfigOptions {
  readonly endpoint?: string
  readonly config?: string
}

/** Variables that have a name of their own. */
const VARIABLES: Readonly<Record<string, string>> = { 'client.endpoints': 'GGEN_MARKET_ENDPOINTS' }

/** One key as it is shown. */
interface ShownSetting {
  readonly key: string
  readonly variable: string
  readonly value?: unknown
  readonly source: ShownSource
  readonly default?: unknown
  readonly help: string
}

/** Where a value came from; without a name for defaults. */
interface ShownSource {
  readonly kind: 'flag' | 'environment' | 'project file' | 'user file' | 'default'
  readonly name?: string
}

/**
 * `ggen-market config`: every key of ggen-market.toml with the value that it has here and where that came from, its variable and
 * default, and the limits that nobody can set.
 */
export function config(context: CommandContext, options: ConfigOptions): void {
  const { env, workFolder } = context.surroundings
  const userFile = userConfigFile(env)
  const settings = settingsOf(
    { flag: options.endpoint, configFile: options.config, env, workFolder },
    { env, configFile: options.config, workFolder, userConfigFile: userFile },
  )
  const others = Object.entries(COMMAND_VARIABLES)
    .filter(([variable]) => settings.every((each) => each.variable !== variable))
    .map(([variable, help]) => {
      const value = env[variable]
      return { variable, ...(value !== undefined && value !== '' && { value }), help }
    })
  context.output.result({ settings, variables: others, limits: LIMITS, userFile }, [
    `Settings: flags over variables over ./ggen-market.toml (searched upward) over ${userFile} over defaults`,
    ...settings.flatMap((each) => [
      `  ${each.key} = ${each.value === undefined ? 'not set' : JSON.stringify(each.value)} (${describe(each)})`,
      `      ${each.variable}: ${each.help}`,
    ]),
    '',
    'Variables of the command line that no file holds',
    ...others.map(
      ({ variable, value, help }) => `  ${variable}${value === undefined ? '' : ` = ${value}`}: ${help}`,
    ),
    '',
    'Limits, which cannot be set',
    ...Object.entries(LIMITS).map(([name, value]) => `  ${name} ${value}`),
  ])
}

function settingsOf(endpointSources: EndpointSources, sources: ConfigSources): ShownSetting[] {
  const { userConfigFile: userFile } = sources
  const server = readSettings(sources)
  const endpoints = readEndpoints(endpointSources)
  return Object.entries<Setting<unknown>>({ ...CLIENT_SETTINGS, ...SERVER_SETTINGS }).map(
    ([key, setting]) => {
      const read: ReadSetting = (key in CLIENT_SETTINGS ? endpoints : server.get(key as ServerKey)) ?? {
        value: setting.default,
        source: { kind: 'default', name: '' },
      }
      const { value, source } = setting.secret === true ? redacted(read) : read
      return {
        key,
        variable: VARIABLES[key] ?? variableOf(key),
        ...(value !== undefined && { value }),
        source: shownSource(source, userFile),
        ...(setting.default !== undefined && { default: setting.default }),
        help: setting.help,
      }
    },
  )
}

function shownSource({ kind, name }: ReadSetting['source'], userFile: string | undefined): ShownSource {
  if (kind === 'default') return { kind }
  return { kind: kind !== 'file' ? kind : name === userFile ? 'user file' : 'project file', name }
}

function describe({ source: { kind, name }, value, default: byDefault }: ShownSetting): string {
  if (kind === 'default') return 'default'
  const from = kind === 'environment' ? `variable ${name}` : `${kind} ${name}`
  const other = byDefault === undefined || JSON.stringify(byDefault) === JSON.stringify(value)
  return other ? from : `${from}; default ${JSON.stringify(byDefault)}`
}
