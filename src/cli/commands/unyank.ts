import { formatPackageId } from '../../model/package-id.js'
import type { CommandContext } from '../command-context.js'
import { parseExactId } from '../package-argument.js'
import { shownId } from '../shown-version.js'

export interface UnyankOptions {
  readonly key?: string
}

/** `ggen-market unyank NAME@VERSION` */
export async function unyank(context: CommandContext, name: string, options: UnyankOptions): Promise<void> {
  const id = parseExactId(name)
  const { signer } = await context.signingKey(options.key, { make: false })
  const receipt = await context.withClient((client) => client.unyank(id, signer))
  context.output.result(
    { id: shownId(receipt.id), yanked: false, changed: receipt.changed, index: receipt.index },
    [
      receipt.changed
        ? `${formatPackageId(receipt.id)} is found and resolved again`
        : `${formatPackageId(receipt.id)} was not yanked`,
    ],
  )
}
