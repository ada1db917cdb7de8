import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { findConfigFile, readConfigFile } from '../config/config-file.js'
import { CLIENT_SETTINGS, SERVER_SETTINGS } from '../config/server-settings.js'
import type { Source } from '../config/setting.js'
import { unknownVariables } from '../config/unknown-variable.js'
import { MarketplaceError } from '../model/error.js'
import { userConfigFile } from './user-folder.js'

const KEY = 'client.endpoints'
const VARIABLE = 'GGEN_MARKET_ENDPOINTS'
const KNOWN_KEYS = [...Object.keys(SERVER_SETTINGS), ...Object.keys(CLIENT_SETTINGS)]

export interface EndpointSources {
  readonly flag: string | undefined
  readonly configFile: string | undefined
  readonly env: Readonly<Record<string, string | undefined>>
  readonly workFolder: string
}

/**
 * The cluster to talk to: flag over environment over the project's file over the user's file. Undefined where none is named anywhere.
 * @throws CONFIG_INVALID where what was meant to name one is misspelt
 */
export function findEndpoints(sources: EndpointSources): readonly string[] | undefined {
  const endpoints = (readEndpoints(sources)?.value ?? '')
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '')
  if (endpoints.length > 0) return endpoints
  const misspelt = unknownVariables(sources.env).find((each) => each.nearest === VARIABLE)
  if (misspelt !== undefined)
    throw noCluster(` (the variable ${misspelt.name} sets nothing; ${VARIABLE} does)`)
  return undefined
}

/** What names a cluster, as it was written, and where it stands. @throws CONFIG_INVALID */
export function readEndpoints(
  sources: EndpointSources,
): { readonly value: string; readonly source: Source } | undefined {
  const { flag, env } = sources
  if (flag !== undefined) return { value: flag, source: { kind: 'flag', name: '--endpoint' } }
  const variable = env[VARIABLE]
  if (variable !== undefined && variable !== '')
    return { value: variable, source: { kind: 'environment', name: VARIABLE } }
  return fromFiles(sources)
}

/** For what only a cluster can do. */
export function noCluster(why = ''): MarketplaceError {
  return new MarketplaceError({
    reason: 'CONFIG_INVALID',
    field: '--endpoint',
    message: `no cluster is configured${why}`,
    help: `name one with --endpoint 127.0.0.1:7401,127.0.0.1:7402,127.0.0.1:7403, with ${VARIABLE}, or with endpoints under [client] in ggen-market.toml; \`make cluster\` starts one on this machine`,
  })
}

function fromFiles({
  configFile,
  env,
  workFolder,
}: EndpointSources): { readonly value: string; readonly source: Source } | undefined {
  const named = configFile === undefined ? undefined : resolve(workFolder, configFile)
  if (named !== undefined && !existsSync(named)) {
    throw new MarketplaceError({
      reason: 'CONFIG_INVALID',
      field: '--config',
      message: `there is no file ${named}`,
      help: 'name an existing configuration file',
    })
  }
  const paths = [named ?? findConfigFile(workFolder), userConfigFile(env)]
  for (const path of paths) {
    const file = path === undefined ? undefined : readConfigFile(path, KNOWN_KEYS)
    const value = file?.values.get(KEY)
    if (value === undefined || path === undefined) continue
    const texts = Array.isArray(value) ? value : [value]
    if (texts.every((each) => typeof each === 'string'))
      return { value: texts.join(','), source: { kind: 'file', name: path } }
    throw new MarketplaceError({
      reason: 'CONFIG_INVALID',
      field: KEY,
      message: `${KEY} (file ${path}) is ${JSON.stringify(value)}`,
      help: 'write endpoints = "127.0.0.1:7401,127.0.0.1:7402"',
    })
  }
  return undefined
}
