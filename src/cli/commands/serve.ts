import { loadServerConfig } from '../../config/server-config.js'
import { SERVE_FLAGS } from '../../config/server-settings.js'
import { unknownVariables } from '../../config/unknown-variable.js'
import { MarketplaceError } from '../../model/error.js'
import { runServer } from '../../server.js'
import type { CommandContext } from '../command-context.js'
import { userConfigFile } from '../user-folder.js'

/** Options as the command line gives them: by flag name in camel case. */
export type ServeOptions = Readonly<Record<string, string | readonly string[] | undefined>>

/** `ggen-market serve`: runs one node until it is told to stop. */
export async function serve(context: CommandContext, options: ServeOptions): Promise<void> {
  const { env, workFolder } = context.surroundings
  for (const { name, nearest } of unknownVariables(env)) {
    const hint = nearest === undefined ? '`ggen-market config` lists all' : `did you mean ${nearest}?`
    context.output.note(`warning: the variable ${name} sets nothing: ${hint}`)
  }
  const flags = Object.fromEntries(
    Object.keys(SERVE_FLAGS).map((flag) => [flag, options[camelCase(flag.slice(2))]]),
  )
  const configFile = typeof options.config === 'string' ? options.config : undefined
  const { config } = loadServerConfig({
    flags,
    env,
    configFile,
    workFolder,
    userConfigFile: userConfigFile(env),
  })
  const asked = new AbortController()
  const stopped = new Promise<void>((resolve) => {
    asked.signal.addEventListener('abort', () => resolve())
  })
  const stop = () => asked.abort()
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
  // A log that cannot be written is no reason to stop serving.
  const ignore = () => {}
  process.stderr.on('error', ignore)
  try {
    const build = env.GGEN_MARKET_BUILD
    const server = await runServer(config, {
      signal: asked.signal,
      onWaiting: (what) => context.output.note(what),
      ...(build !== undefined && { build }),
    })
    context.output.note(
      `${config.nodeId} serves clients on ${server.client}, peers on ${server.peer}, HTTP on ${server.http}`,
    )
    await stopped
    await server.stop()
  } catch (error) {
    // Told to stop before it was in service.
    if (!(error instanceof MarketplaceError && error.reason === 'SHUTTING_DOWN')) throw error
  } finally {
    process.off('SIGTERM', stop)
    process.off('SIGINT', stop)
    process.stderr.off('error', ignore)
  }
}

/** `node-id` → `nodeId`, as the parser names options. */
function camelCase(flag: string): string {
  return flag.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())
}
