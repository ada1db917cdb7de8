import { loadServerConfig, type ServerConfig } from '../config/server-config.js'
import { SERVE_FLAGS } from '../config/server-settings.js'
import type { CommandContext } from './command-context.js'
import { userConfigFile } from './user-folder.js'

/** Options as the command line gives them: by flag name in camel case. */
export type ServeOptions = Readonly<Record<string, string | readonly string[] | boolean | undefined>>

/** What a node is told, from flags, environment and files. @throws CONFIG_INVALID */
export function serverConfigOf({ surroundings }: CommandContext, options: ServeOptions): ServerConfig {
  const { env, workFolder } = surroundings
  const flags = Object.fromEntries(
    Object.keys(SERVE_FLAGS).map((flag) => {
      const value = options[camelCase(flag.slice(2))]
      return [flag, typeof value === 'boolean' ? undefined : value]
    }),
  )
  const configFile = typeof options.config === 'string' ? options.config : undefined
  return loadServerConfig({ flags, env, configFile, workFolder, userConfigFile: userConfigFile(env) }).config
}

/** `node-id` → `nodeId`, as the parser names options. */
function camelCase(flag: string): string {
  return flag.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())
}
