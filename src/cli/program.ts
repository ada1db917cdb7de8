import { readFileSync } from 'node:fs'
import { Command, CommanderError, Option } from 'commander'
import { nearest } from '../config/nearest.js'
import { SERVE_FLAGS, SERVER_SETTINGS } from '../config/server-settings.js'
import { MarketplaceError } from '../model/error.js'
import {
  CommandContext,
  type GlobalOptions,
  type Surroundings,
  TIMEOUT_SECONDS_DEFAULT,
} from './command-context.js'
import { add } from './commands/add.js'
import {
  CHANGE_SECONDS_DEFAULT,
  clusterAdd,
  clusterPromote,
  clusterRemove,
  clusterTransfer,
} from './commands/cluster-members.js'
import { clusterStatus } from './commands/cluster-status.js'
import { config } from './commands/config.js'
import { importNodeModules } from './commands/import.js'
import { importRecords } from './commands/import-records.js'
import { info } from './commands/info.js'
import { keysExport, keysGenerate, keysList } from './commands/keys.js'
import { list } from './commands/list.js'
import { outdated } from './commands/outdated.js'
import { publish } from './commands/publish.js'
import { remove } from './commands/remove.js'
import { resolve } from './commands/resolve.js'
import { search } from './commands/search.js'
import { unyank } from './commands/unyank.js'
import { update } from './commands/update.js'
import { yank } from './commands/yank.js'
import { addDisasterCommands } from './disaster-commands.js'
import { EXIT, type ExitCode, exitCodeOf, ToldInResult } from './exit-code.js'
import { asMarketplaceError, Output } from './output.js'
import { addOwnershipCommands } from './ownership-commands.js'

/**
 * Runs one command line.
 * @param args without the program's own name
 * @returns the exit code
 */
export async function run(args: readonly string[], surroundings: Surroundings): Promise<number> {
  const options = args.includes('--') ? args.slice(0, args.indexOf('--')) : args
  const json = options.includes('--json')
  const output = new Output(surroundings.stdout, surroundings.stderr, json)
  const program = buildProgram(surroundings, json)
  try {
    await program.parseAsync([...args], { from: 'user' })
    return EXIT.ok
  } catch (error) {
    if (error instanceof ToldInResult) return error.exitCode
    if (error instanceof CommanderError) return endOfParsing(error, output, program, args)
    const trouble = asMarketplaceError(error)
    output.error(trouble)
    if (surroundings.env.GGEN_MARKET_DEBUG === '1') surroundings.stderr.write(`${describe(error)}\n`)
    return exitCodeOf(trouble)
  }
}

/** commander has printed what was asked for; its complaints are printed here, as all others are. */
function endOfParsing(
  error: CommanderError,
  output: Output,
  program: Command,
  args: readonly string[],
): ExitCode {
  if (error.exitCode === 0) return EXIT.ok
  const { command, path } = namedCommand(program, args)
  const incomplete = error.code === 'commander.help'
  if (incomplete && !output.json) return EXIT.usage
  output.error(
    new MarketplaceError({
      reason: 'INVALID_ARGUMENT',
      message: incomplete
        ? `${path} needs a command: ${command.commands.map((each) => each.name()).join(', ')}`
        : error.message.replace(/^error: /, '').replace(/\n/g, ' '),
      help: `\`${path} --help\` ${command.commands.length > 0 ? 'lists the commands' : 'explains it'}`,
    }),
  )
  return EXIT.usage
}

/** The command that a command line names, as far as there is one. */
function namedCommand(program: Command, args: readonly string[]): { command: Command; path: string } {
  let command = program
  let path = program.name()
  for (const arg of args) {
    const next = command.commands.find((each) => each.name() === arg)
    if (next === undefined) continue
    command = next
    path = `${path} ${arg}`
  }
  return { command, path }
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const cause = error.cause === undefined ? '' : `\ncaused by ${describe(error.cause)}`
  return `${error.stack ?? error.message}${cause}`
}

function buildProgram(surroundings: Surroundings, json: boolean): Command {
  const program = new Command('ggen-market')
    .description('A package registry for a team: signed packages on three machines and nothing else.')
    .version(packageVersion())
    .option('--json', 'print one JSON object on standard output')
    .option('--endpoint <list>', 'client addresses of the cluster, host:port separated by commas')
    .option('--local', 'the registry of this machine, whatever cluster is configured')
    .option('--config <file>', 'configuration file instead of the nearest ggen-market.toml')
    .option(
      '--timeout <seconds>',
      `how long to go on trying; default ${TIMEOUT_SECONDS_DEFAULT}, for changes of the members ${CHANGE_SECONDS_DEFAULT}`,
    )
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => surroundings.stdout.write(text),
      // Only the help that a missing command is answered with: complaints are printed by endOfParsing.
      writeErr: (text) => json || surroundings.stderr.write(text),
      outputError: () => {},
    })
    .exitOverride()
    .showSuggestionAfterError()
    .addHelpText('after', EXIT_CODES)
  const context = (command: Command) =>
    new CommandContext(surroundings, command.optsWithGlobals<GlobalOptions>())
  addPackageCommands(program, context)
  addInstallCommands(program, context)
  addOwnerCommands(program, context)
  addOperatorCommands(program, context)
  addHelpCommand(program)
  return program
}

/** Of the package that this file belongs to, compiled or not. */
function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string
  }
  return version
}

const EXIT_CODES = `
Exit codes: 0 ok, 1 internal, 2 usage, 3 not found, 4 exists or conflict, 5 unreachable, 6 verification failed, 7 denied.
Settings: flags over GGEN_MARKET_ENDPOINTS over ./ggen-market.toml (searched upward) over the user's own file.
Where no cluster is named, the registry of this machine serves: ~/.ggen/registry, or registry/ under GGEN_MARKET_HOME.`

const CLUSTER_EXIT_CODES = `
Exit codes: those of every command (\`ggen-market --help\`). Here 4 is a change that is refused, and changes nothing; 5 no answer, no majority,
or members that could not all be compared (\`verify\`); 6 damage that \`verify\` or \`backup --check\` found.`

function addHelpCommand(program: Command): void {
  program
    .helpCommand(false)
    .command('help')
    .description('explain a command')
    .argument('[command...]', 'its name')
    .addHelpText('after', example('help add', 'help keys generate'))
    .action((names: readonly string[]) => {
      let command = program
      for (const name of names) {
        const next = command.commands.find((each) => each.name() === name)
        if (next === undefined) {
          const all = command.commands.map((each) => each.name())
          const near = nearest(name, all)
          program.error(
            `error: there is no command '${name}'${near === undefined ? `; there are ${all.join(', ')}` : ` (Did you mean ${near}?)`}`,
          )
        }
        command = next
      }
      command.outputHelp()
    })
}

type ContextOf = (command: Command) => CommandContext
const STALE_OPTION = () =>
  new Option(
    '--stale',
    'answer at once from what the node asked has: may lack the newest, works without a quorum',
  )
const KEY_OPTION = () =>
  new Option('--key <key>', 'key id or PEM file to sign with; default: your default key')

function example(...lines: readonly string[]): string {
  return `\nExample:\n${lines.map((line) => `  $ ggen-market ${line}`).join('\n')}`
}

function addPackageCommands(program: Command, context: ContextOf): void {
  program
    .command('publish')
    .description('pack, sign and publish a folder (or a packed .tar.gz); without a key, one is made')
    .argument('[path]', 'folder with package.toml, package.json or Cargo.toml', '.')
    .addOption(KEY_OPTION())
    .option('--manifest <file>', 'manifest to read, where there are several')
    .option('--dry-run', 'pack and check, say what would be published, and publish nothing')
    .addHelpText(
      'after',
      example('publish', 'publish ./web-framework --key 21fe31dfa154a261', 'publish --dry-run'),
    )
    .action((path, options, command) => publish(context(command), path, options))
  program
    .command('search')
    .description('find packages by words; the last word also matches as a beginning')
    .argument('[words...]', 'what to look for; none: every package')
    .option('--kind <kind...>', 'only these kinds: template, validator, plugin, library, tool')
    .option('--namespace <namespace...>', 'only these namespaces')
    .option('--keyword <keyword...>', 'only packages with one of these keywords')
    .option('--capability <capability...>', 'only packages with one of these capabilities')
    .option('--limit <n>', 'how many to show', '20')
    .option('--page-token <token>', 'nextPageToken of the page before')
    .addOption(STALE_OPTION())
    .addHelpText(
      'after',
      example('search web framework', 'search --kind validator --capability json-schema --json'),
    )
    .action((words, options, command) => search(context(command), words, options))
  program
    .command('info')
    .description('show a package: its latest version, the one named, or all')
    .argument('<name>', 'NAME, NAMESPACE/NAME, or either with @VERSION')
    .option('--versions', 'list all versions')
    .addOption(STALE_OPTION())
    .addHelpText(
      'after',
      example(
        'info acme/web-framework',
        'info acme/web-framework@1.2.0',
        'info zlib --versions',
        'info zlib --stale',
      ),
    )
    .action((name, options, command) => info(context(command), name, options))
}

function addInstallCommands(program: Command, context: ContextOf): void {
  program
    .command('add')
    .description(
      'install packages and all that they need into .ggen/packages of the project and note them in ggen-market.lock, all of them or none; ' +
        'what is there already is kept as far as it fits; without names, install exactly the lock. ' +
        'Hashes and signatures are checked.',
    )
    .argument('[names...]', 'NAME or NAME@REQUIREMENT; a bare version means caret')
    .option(
      '--global',
      'install for the user instead of the project: in packages/ under GGEN_MARKET_HOME, default ~/.ggen',
    )
    .option('--optional', 'with what they need only optionally, all the way down; noted in the lock')
    .addHelpText('after', example('add acme/web-framework', 'add acme/web-framework@1.2 zlib@=1.3.0', 'add'))
    .action((names, options, command) => add(context(command), names, options))
  program
    .command('resolve')
    .description(
      'show which versions of packages and of all that they need fit together, in the order of installing',
    )
    .argument('<names...>', 'NAME or NAME@REQUIREMENT; a bare version means caret')
    .option('--optional', 'follow optional dependencies too')
    .addOption(STALE_OPTION())
    .addHelpText('after', example('resolve acme/web-framework@1.2', 'resolve "zlib@>=1.2 <2" acme/log'))
    .action((names, options, command) => resolve(context(command), names, options))
  program
    .command('list')
    .description('show what is installed')
    .option('--global', 'what is installed for the user')
    .addHelpText('after', example('list'))
    .action((options, command) => list(context(command), options))
  program
    .command('outdated')
    .description('show what is installed and not the newest, or yanked, or deprecated')
    .option('--global', 'what is installed for the user')
    .addOption(STALE_OPTION())
    .addHelpText('after', example('outdated', 'outdated --json'))
    .action((options, command) => outdated(context(command), options))
  program
    .command('update')
    .description(
      'take the newest versions that the requirements of the project admit; without names, of everything',
    )
    .argument('[names...]', 'installed packages; what they need is kept as far as it fits')
    .option('--global', 'what is installed for the user')
    .option('--optional', 'from now on with what they need only optionally, all the way down')
    .addHelpText('after', example('update', 'update acme/web-framework'))
    .action((names, options, command) => update(context(command), names, options))
  program
    .command('remove')
    .description(
      'take packages, and what only they needed, out of the installation; the registry is not asked',
    )
    .argument('<names...>', 'installed packages')
    .option('--global', 'what is installed for the user')
    .addHelpText('after', example('remove acme/web-framework'))
    .action((names, options, command) => remove(context(command), names, options))
}

function addOwnerCommands(program: Command, context: ContextOf): void {
  program
    .command('yank')
    .description('hide a version from search and resolution; locks that name it go on working')
    .argument('<id>', 'NAME@VERSION')
    .option('--reason <text>', 'shown to whoever meets the version')
    .addOption(KEY_OPTION())
    .addHelpText('after', example('yank acme/web-framework@1.2.0 --reason "loses data"'))
    .action((id, options, command) => yank(context(command), id, options))
  program
    .command('unyank')
    .description('undo yank')
    .argument('<id>', 'NAME@VERSION')
    .addOption(KEY_OPTION())
    .addHelpText('after', example('unyank acme/web-framework@1.2.0'))
    .action((id, options, command) => unyank(context(command), id, options))
  addOwnershipCommands(program, context, { example, keyOption: KEY_OPTION, staleOption: STALE_OPTION })
  const keys = program.command('keys').description('your signing keys')
  keys
    .command('generate')
    .description('make an Ed25519 key; the first one is the default')
    .option('--default', 'use it by default from now on')
    .addHelpText('after', example('keys generate', 'keys generate --default'))
    .action((options, command) => keysGenerate(context(command), options))
  keys
    .command('list')
    .description('show your keys')
    .addHelpText('after', example('keys list'))
    .action((_, command) => keysList(context(command)))
  keys
    .command('export')
    .description('print the public half of a key as PEM')
    .argument('[key]', 'key id or PEM file; default: your default key')
    .addHelpText('after', example('keys export > team.pub.pem'))
    .action((key, _, command) => keysExport(context(command), key))
}

function addMemberCommands(cluster: Command, context: ContextOf): void {
  cluster
    .command('status')
    .description('show every member: role, progress, what it lacks, and how many may be lost')
    .addHelpText('after', example('cluster status', 'cluster status --json'))
    .action((_, command) => clusterStatus(context(command)))
  cluster
    .command('add')
    .description('add a member that receives everything and decides nothing until it is promoted')
    .argument('<member>', 'ID=HOST:PORT, the address at which the other nodes reach it (its peer address)')
    .option('--move', 'it is a member already, and its address has changed: no other id is taken')
    .option('--yes', 'with --move: also where it answers at its old address and nobody at the new one')
    .addHelpText(
      'after',
      example('cluster add node-4=10.0.0.4:7501', 'cluster add node-4=10.0.1.4:7501 --move'),
    )
    .action((member, options, command) => clusterAdd(context(command), member, options))
  cluster
    .command('promote')
    .description('let a member vote, once it holds the whole log and every package')
    .argument('<id>', 'a member that was added')
    .option('--replacing <id>', 'a member that leaves in the same step; it may be dead')
    .addHelpText('after', example('cluster promote node-4', 'cluster promote node-4 --replacing node-2'))
    .action((id, options, command) => clusterPromote(context(command), id, options))
  cluster
    .command('remove')
    .description('remove a member for good, the leader too, once those that stay hold everything without it')
    .argument('<id>', 'a member; its id is never used again')
    .option('--yes', 'also where one voter may be lost now and none then, as from three to two')
    .addHelpText('after', example('cluster remove node-2', 'cluster remove node-2 --yes --timeout 300'))
    .action((id, options, command) => clusterRemove(context(command), id, options))
  cluster
    .command('transfer')
    .description('hand leadership over, to the voter named or to the one that has most')
    .argument('[id]', 'a voter')
    .addHelpText('after', example('cluster transfer', 'cluster transfer node-2'))
    .action((id, _, command) => clusterTransfer(context(command), id))
}

function addQuotaCommand(cluster: Command, context: ContextOf): void {
  cluster
    .command('quota')
    .description('show what namespaces hold and may hold, or set it for one; what it holds already stays')
    .argument('[namespace]', 'a namespace, or / for all packages without one together; default: all of them')
    .option('--bytes <size>', 'bytes of contents at most, each version counted whole: 10GiB, 500MiB, 1000000')
    .option('--versions <n>', 'versions at most')
    .option('--none', 'no bounds')
    .addHelpText(
      'after',
      example(
        'cluster quota',
        'cluster quota acme --bytes 10GiB --versions 5000',
        'cluster quota / --versions 1000',
        'cluster quota acme --none',
      ),
    )
    .action(async (namespace, options, command) => {
      const { clusterQuota } = await import('./commands/cluster-quota.js')
      await clusterQuota(context(command), namespace, options)
    })
}

function addOperatorCommands(program: Command, context: ContextOf): void {
  const serve = program
    .command('serve')
    .description('run one node until it is told to stop (SIGTERM)')
    .addHelpText(
      'after',
      example(
        'serve --node-id node-1 --data ./data --cluster-token "our cluster" \\\n' +
          '      --member node-1=127.0.0.1:7501,127.0.0.1:7401 --member node-2=…',
        'serve --node-id node-4 --data ./data --join 10.0.0.1:7401,10.0.0.2:7401 \\\n' +
          '      --listen 10.0.0.4:7401 --peer-listen 10.0.0.4:7501',
      ),
    )
    .action(async (options, command) => {
      // A node brings the whole server along; the other commands start without it.
      const { serve: runNode } = await import('./commands/serve.js')
      await runNode(context(command), { ...options, config: command.optsWithGlobals().config })
    })
  for (const [flag, key] of Object.entries(SERVE_FLAGS)) {
    const setting = SERVER_SETTINGS[key]
    serve.addOption(
      key === 'cluster.members' || key === 'stores'
        ? new Option(`${flag} <each...>`, setting.help)
        : new Option(`${flag} <value>`, setting.help),
    )
  }
  const cluster = program
    .command('cluster')
    .description('the nodes themselves')
    .addHelpText(
      'after',
      `${example('cluster status', 'cluster verify --json', 'help cluster promote')}\n${CLUSTER_EXIT_CODES}`,
    )
  addMemberCommands(cluster, context)
  addQuotaCommand(cluster, context)
  addDisasterCommands(cluster, context, example)
  program
    .command('config')
    .description('show what can be set, and the limits that cannot')
    .addHelpText('after', example('config', 'config --json'))
    .action((_, command) => config(context(command), command.optsWithGlobals()))
  program
    .command('import')
    .description(
      'node_modules: publish every npm package installed in a folder; records, debian: register metadata alone, of JSON lines ' +
        '(as info --json prints it) or of a Debian index; done again, it goes on where it stopped',
    )
    .addArgument(
      program
        .createArgument('<source>', 'what to import')
        .choices(['node_modules', 'records', 'debian'] as const),
    )
    .argument(
      '[path]',
      'folder with a node_modules in it, or the node_modules itself (default: here); file of records, - for standard input',
    )
    .addOption(KEY_OPTION())
    .option('--concurrency <n>', 'of node_modules: packages under way at once', '8')
    .option('--namespace <name>', 'of debian: namespace of the packages (default: debian)')
    .addHelpText(
      'after',
      example(
        'import node_modules ./web',
        'import records metadata.jsonl',
        'import debian Packages --namespace bookworm',
      ),
    )
    .action((source, path, options, command) =>
      source === 'node_modules'
        ? importNodeModules(context(command), path ?? '.', options)
        : importRecords(context(command), source, path, options),
    )
}
