import { formatPackageId } from '../../model/package-id.js'
import type { CommandContext } from '../command-context.js'
import { parseExactId } from '../package-argument.js'
import { shownId } from '../shown-version.js'

export interface YankOptions {
  readonly key?: string
  readonly reason?: string
}

/** `ggen-market yank NAME@VERSION` */
export async function yank(context: CommandContext, name: string, options: YankOptions): Promise<void> {
  const id = parseExactId(name)
  const { signer } = await context.signingKey(options.key, { make: false })
  const receipt = await context.withClient((client) => client.yank(id, options.reason, signer))
  context.output.result(
    { id: shownId(receipt.id), yanked: true, changed: receipt.changed, index: receipt.index },
    [
      receipt.changed
        ? `yanked ${formatPackageId(receipt.id)}: it is no longer found or resolved; locks that name it go on working`
        : `${formatPackageId(receipt.id)} was yanked before`,
    ],
  )
}
