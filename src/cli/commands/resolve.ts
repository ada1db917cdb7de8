import { formatPackageId } from '../../model/package-id.js'
import { type CommandContext, readDemand, type StaleOption } from '../command-context.js'
import { parseWanted } from '../package-argument.js'
import { shownHash, shownId } from '../shown-version.js'
import { resolveWanted } from '../yanked.js'

/** `ggen-market resolve NAME[@REQUIREMENT]`: the version that `add` would install. */
export async function resolve(context: CommandContext, name: string, options: StaleOption): Promise<void> {
  const wanted = parseWanted(name)
  const { version, index } = await context.withClient((client) =>
    resolveWanted(client, wanted, readDemand(options)),
  )
  const root = { id: shownId(version.id), ...shownHash(version.contentHash) }
  context.output.result({ graph: { root }, index }, [
    formatPackageId(version.id),
    ...(version.deprecated === undefined ? [] : [`deprecated: ${version.deprecated}`]),
  ])
}
