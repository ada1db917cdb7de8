import { type Command, Option } from 'commander'
import { SERVE_FLAGS, SERVER_SETTINGS } from '../config/server-settings.js'
import type { CommandContext } from './command-context.js'

/** The commands of `ggen-market cluster` for when something went badly wrong, or could. They load only what they need. */
export function addDisasterCommands(
  cluster: Command,
  context: (command: Command) => CommandContext,
  example: (...lines: readonly string[]) => string,
): void {
  cluster
    .command('verify')
    .description('have every node read all that it holds, and compare them; nodes go on serving')
    .option('--rate <mib>', 'MiB that each node reads in a second at most; default 64')
    .addHelpText('after', example('cluster verify', 'cluster verify --rate 10 --json'))
    .action(async (options, command) => {
      const { clusterVerify } = await import('./commands/cluster-verify.js')
      await clusterVerify(context(command), options)
    })
  cluster
    .command('heal')
    .description(
      'have a node that stopped serving, because its state is damaged or differs, fetch that of the others; waits until it serves again',
    )
    .argument('<node>', 'its id')
    .addHelpText('after', example('cluster heal node-3'))
    .action(async (node, _, command) => {
      const { clusterHeal } = await import('./commands/cluster-heal.js')
      await clusterHeal(context(command), node)
    })
  cluster
    .command('snapshot')
    .description(
      'have nodes make their state durable and cut their logs now; they do so by themselves as the logs grow. All nodes where none is named',
    )
    .argument('[node...]', 'their ids')
    .addHelpText('after', example('cluster snapshot', 'cluster snapshot node-3 --json'))
    .action(async (nodes, _, command) => {
      const { clusterSnapshot } = await import('./commands/cluster-snapshot.js')
      await clusterSnapshot(context(command), nodes)
    })
  cluster
    .command('backup')
    .description(
      'copy the registry into a folder of this machine, as it is at one moment; done again, only what is new is fetched',
    )
    .argument('<folder>', 'where to, or what to check')
    .option('--check', 'read a backup, without any cluster, and say whether every byte is as it was')
    .option('--stale', 'take what the node asked has: works without a quorum, as with a last survivor')
    .addHelpText(
      'after',
      example('cluster backup /mnt/backup/registry', 'cluster backup --check /mnt/backup/registry'),
    )
    .action(async (folder, options, command) => {
      const { clusterBackup } = await import('./commands/cluster-backup.js')
      await clusterBackup(context(command), folder, options)
    })
  const restore = cluster
    .command('restore')
    .description(
      'make the data folder of one node of a new cluster out of a backup; takes the same settings as `serve`, and every member is ' +
        'restored from the same backup',
    )
    .argument('<folder>', 'the backup')
    .option('--history <id>', 'what the first member’s restore printed; for all members after it')
    .addHelpText(
      'after',
      example(
        'cluster restore /mnt/backup/registry --config node-1.toml',
        'cluster restore /mnt/backup/registry --config node-2.toml --history 5f0c…',
      ),
    )
    .action(async (folder, options, command) => {
      const { clusterRestore } = await import('./commands/cluster-restore.js')
      await clusterRestore(context(command), folder, { ...options, config: command.optsWithGlobals().config })
    })
  for (const flag of ['--node-id', '--data', '--cluster-token', '--member'] as const) {
    const { help } = SERVER_SETTINGS[SERVE_FLAGS[flag]]
    restore.addOption(new Option(flag === '--member' ? `${flag} <member...>` : `${flag} <value>`, help))
  }
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
