import { formatPackageId } from '../../model/package-id.js'
import type { CommandContext } from '../command-context.js'
import { parseWanted } from '../package-argument.js'
import { shownHash, shownId } from '../shown-version.js'

/** `ggen-market resolve NAME[@REQUIREMENT]`: the version that `add` would install. */
export async function resolve(context: CommandContext, name: string): Promise<void> {
  const { ref, requirement } = parseWanted(name)
  const { version, index } = await context.withClient((client) =>
    client.resolveVersion(ref, requirement ?? ''),
  )
  const root = { id: shownId(version.id), ...shownHash(version.contentHash) }
  context.output.result({ graph: { root }, index }, [
    formatPackageId(version.id),
    ...(version.deprecated === undefined ? [] : [`deprecated: ${version.deprecated}`]),
  ])
}
