import { CLIENT_SETTINGS, SERVER_SETTINGS, variableOf } from '../../config/server-settings.js'
import { COMMAND_VARIABLES } from '../../config/unknown-variable.js'
import { LIMITS } from '../../model/limit.js'
import type { CommandContext } from '../command-context.js'
import { userConfigFile } from '../user-folder.js'

/** Variables that have a name of their own. */
const VARIABLES: Readonly<Record<string, string>> = { 'client.endpoints': 'GGEN_MARKET_ENDPOINTS' }

/** `ggen-market config`: every key of ggen-market.toml with its variable and default, and the limits that nobody can set. */
export function config(context: CommandContext): void {
  const settings = Object.entries({ ...CLIENT_SETTINGS, ...SERVER_SETTINGS }).map(([key, setting]) => ({
    key,
    variable: VARIABLES[key] ?? variableOf(key),
    ...(setting.default !== undefined && { default: setting.default }),
    help: setting.help,
  }))
  const others = Object.entries(COMMAND_VARIABLES)
    .filter(([variable]) => settings.every((each) => each.variable !== variable))
    .map(([variable, help]) => ({ variable, help }))
  const file = userConfigFile(context.surroundings.env)
  context.output.result({ settings, variables: others, limits: LIMITS, userFile: file }, [
    `Settings: flags over variables over ./ggen-market.toml (searched upward) over ${file} over defaults`,
    ...settings.map((each) => {
      const value = each.default === undefined ? '' : ` (${JSON.stringify(each.default)})`
      return `  ${each.key}${value}: ${each.help}\n      ${each.variable}`
    }),
    '',
    'Variables of the command line that no file holds',
    ...others.map(({ variable, help }) => `  ${variable}: ${help}`),
    '',
    'Limits, which cannot be set',
    ...Object.entries(LIMITS).map(([name, value]) => `  ${name} ${value}`),
  ])
}
