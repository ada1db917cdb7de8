import { unknownVariables } from '../../config/unknown-variable.js'
import { MarketplaceError } from '../../model/error.js'
import { runServer } from '../../server.js'
import type { CommandContext } from '../command-context.js'
import { type ServeOptions, serverConfigOf } from '../server-options.js'

/** `ggen-market serve`: runs one node until it is told to stop. */
export async function serve(context: CommandContext, options: ServeOptions): Promise<void> {
  const { env } = context.surroundings
  for (const { name, nearest } of unknownVariables(env)) {
    const hint = nearest === undefined ? '`ggen-market config` lists all' : `did you mean ${nearest}?`
    context.output.note(`warning: the variable ${name} sets nothing: ${hint}`)
  }
  const config = serverConfigOf(context, options)
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
    while (!asked.signal.aborted) {
      let reopen = () => {}
      const reopening = new Promise<void>((resolve) => {
        reopen = resolve
      })
      const server = await runServer(config, {
        signal: asked.signal,
        onWaiting: (what) => context.output.note(what),
        onReopen: reopen,
        ...(build !== undefined && { build }),
      })
      context.output.note(
        `${config.nodeId} serves clients on ${server.client}, peers on ${server.peer}, HTTP on ${server.http}`,
      )
      await Promise.race([stopped, reopening])
      await server.stop()
    }
  } catch (error) {
    // Told to stop before it was in service.
    if (!(error instanceof MarketplaceError && error.reason === 'SHUTTING_DOWN')) throw error
  } finally {
    process.off('SIGTERM', stop)
    process.off('SIGINT', stop)
    process.stderr.off('error', ignore)
  }
}
