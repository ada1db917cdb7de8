import type { Command, Option } from 'commander'
import type { CommandContext } from './command-context.js'
import { ownerAdd, ownerList, ownerRemove, ownerTransfer } from './commands/owner.js'

/** What the commands of this program share. */
export interface CommandParts {
  example(...lines: readonly string[]): string
  keyOption(): Option
  staleOption(): Option
}

const SCOPE = 'NAME, NAMESPACE/NAME, or NAMESPACE/ for a whole namespace'
const PUBLIC_KEY = '64 hex digits, a public PEM file as `keys export` writes it, or the id of a key of yours'

/** `ggen-market owner …` */
export function addOwnershipCommands(
  program: Command,
  context: (command: Command) => CommandContext,
  { example, keyOption, staleOption }: CommandParts,
): void {
  const owner = program.command('owner').description('who may publish and change a package')
  owner
    .command('add')
    .description(
      'let one more key publish and change it; a package inside a namespace goes by the owners of the namespace until it has its own',
    )
    .argument('<scope>', SCOPE)
    .argument('<key>', PUBLIC_KEY)
    .addOption(keyOption())
    .addHelpText(
      'after',
      example('owner add acme/web-framework ./berta.pub.pem', 'owner add acme/ ./berta.pub.pem'),
    )
    .action((scope, key, options, command) => ownerAdd(context(command), scope, key, options))
  owner
    .command('remove')
    .description('take an owner away; the last one stays')
    .argument('<scope>', SCOPE)
    .argument('<key>', `key id, or ${PUBLIC_KEY}`)
    .addOption(keyOption())
    .addHelpText('after', example('owner remove acme/web-framework 21fe31dfa154a261'))
    .action((scope, key, options, command) => ownerRemove(context(command), scope, key, options))
  owner
    .command('list')
    .description('show the owners')
    .argument('<scope>', SCOPE)
    .addOption(staleOption())
    .addHelpText('after', example('owner list acme/web-framework', 'owner list acme/'))
    .action((scope, options, command) => ownerList(context(command), scope, options))
  owner
    .command('transfer')
    .description('make another key the only owner, instead of all there are')
    .argument('<scope>', SCOPE)
    .argument('<key>', PUBLIC_KEY)
    .addOption(keyOption())
    .addHelpText('after', example('owner transfer acme/web-framework ./berta.pub.pem'))
    .action((scope, key, options, command) => ownerTransfer(context(command), scope, key, options))
}
