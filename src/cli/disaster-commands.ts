import type { Command } from 'commander'
import type { CommandContext } from './command-context.js'

/** The commands of `ggen-market cluster` for when something went badly wrong, or could. They load only what they need. */
export function addDisasterCommands(
  cluster: Command,
  context: (command: Command) => CommandContext,
  example: (...lines: readonly string[]) => string,
): void {
  cluster
    .command('recover')
    .description(
      'of a node that is down: show what its data folder holds; when the majority is lost for ever, go on from it alone',
    )
    .requiredOption('--data <folder>', 'data folder of the survivor')
    .option(
      '--i-lost-the-others',
      'make it the only member, in a new history: what only the others held is lost',
    )
    .option('--yes', 'do not ask')
    .addHelpText(
      'after',
      example('cluster recover --data ./data', 'cluster recover --data ./data --i-lost-the-others'),
    )
    .action(async (options, command) => {
      const { clusterRecover } = await import('./commands/cluster-recover.js')
      await clusterRecover(context(command), options)
    })
}
