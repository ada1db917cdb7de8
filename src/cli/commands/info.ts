import type { PackageVersion } from '../../model/metadata.js'
import { packageKey } from '../../model/package-id.js'
import { type CommandContext, readDemand, type StaleOption } from '../command-context.js'
import { parseNameAndVersion } from '../package-argument.js'
import { noteResemblance, shownResemblance } from '../resemblance.js'
import { describeVersion, shownHash, shownVersion } from '../shown-version.js'

export interface InfoOptions extends StaleOption {
  readonly versions?: boolean
}

/** `ggen-market info NAME[@VERSION]`, `ggen-market info NAME --versions` */
export async function info(context: CommandContext, name: string, options: InfoOptions): Promise<void> {
  const query = parseNameAndVersion(name)
  if (options.versions === true) {
    const { versions, index } = await context.withClient((client) =>
      client.listVersions(query, readDemand(options)),
    )
    context.output.result(
      {
        versions: versions.map(({ id, contentHash, yanked }) => ({
          version: id.version,
          ...shownHash(contentHash),
          yanked,
        })),
        index,
      },
      versions.map(({ id, contentHash, yanked, yankReason }) =>
        [
          id.version.padEnd(16),
          contentHash === undefined ? 'metadata only' : `sha256 ${contentHash.digest}`,
          yanked ? `yanked${yankReason === undefined ? '' : `: ${yankReason}`}` : '',
        ]
          .join('  ')
          .trimEnd(),
      ),
    )
    return
  }
  const answer = await context.withClient((client) => client.get(query, readDemand(options)))
  noteResemblance(context.output, answer.version.metadata.id, answer.resembles)
  const resembles = shownResemblance(answer.resembles)
  context.output.result({ ...shownVersion(answer.version), ...resembles, index: answer.index }, [
    ...describeVersion(answer.version),
    ...howToInstall(answer.version, query.version !== undefined),
  ])
}

/** Nothing for what `add` would refuse; the exact version where one was named, since the name alone means the latest. */
function howToInstall(version: PackageVersion, named: boolean): string[] {
  if (version.yanked || version.content === undefined) return []
  const { id } = version.metadata
  return [`(\`ggen-market add ${packageKey(id)}${named ? `@=${id.version}` : ''}\` installs it)`]
}
