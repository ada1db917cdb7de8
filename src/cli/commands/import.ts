import { readdir, stat } from 'node:fs/promises'
import { basename, join, relative, resolve } from 'node:path'
import { toMetadata } from '../../archive/manifest.js'
import { packArchive, readPackageFolder } from '../../archive/package-folder.js'
import type { MarketplaceClient } from '../../client/marketplace-client.js'
import { MarketplaceError } from '../../model/error.js'
import type { Signer } from '../../trust/signer.js'
import type { CommandContext } from '../command-context.js'
import { asMarketplaceError } from '../output.js'
import { startProgress } from '../progress.js'
import { sha256Of } from '../sha256.js'

export interface ImportOptions {
  readonly key?: string
  readonly concurrency?: string
}

/** Packages under way at once. */
const CONCURRENCY_DEFAULT = 8
const CONCURRENCY_MAX = 64

interface Refused {
  /** Folder, relative to where the search began. */
  readonly folder: string
  readonly reason: string
  readonly message: string
}

/**
 * `ggen-market import node_modules [DIR]`: publishes every installed npm package below a folder. Done again, it goes on where it
 * stopped, since a package that is there already is a success. What the registry cannot hold is reported, and the import goes on.
 */
export async function importNodeModules(
  context: CommandContext,
  folder: string,
  options: ImportOptions,
): Promise<void> {
  const { output, surroundings } = context
  const concurrency = concurrencyOf(options.concurrency)
  const root = await nodeModulesFolder(resolve(surroundings.workFolder, folder))
  const folders = await installedPackages(root)
  output.note(`${folders.length} installed packages in ${root}`)
  const tally = new Tally()
  const index = await context.withClient(async (client) => {
    const { signer } = await context.signingKey(options.key, { make: true })
    const progress = startProgress(output, 'importing', folders.length, 'packages')
    const waiting = folders.values()
    const worker = async () => {
      for (const each of waiting) {
        progress.update(tally.done, relative(root, each))
        await importOne(client, signer, root, each, tally)
        if (!output.interactive && tally.done % 100 === 0) output.note(`${tally.done} of ${folders.length}`)
      }
    }
    try {
      await Promise.all(Array.from({ length: concurrency }, worker))
    } finally {
      progress.stop()
    }
    return client.written.index
  })
  const { published, unchanged, refused, leftOut } = tally
  output.result({ published, unchanged, refused, dependenciesLeftOut: leftOut, index }, [
    ...refused.map((each) => `refused ${each.folder}: ${each.message}`),
    ...(leftOut > 0 ? [`${leftOut} dependencies (impossible names, or on themselves) were left out`] : []),
    `${published} published, ${unchanged} there already, ${refused.length} refused`,
  ])
}

class Tally {
  published = 0
  unchanged = 0
  leftOut = 0
  readonly refused: Refused[] = []

  get done(): number {
    return this.published + this.unchanged + this.refused.length
  }
}

async function importOne(
  client: MarketplaceClient,
  signer: Signer,
  root: string,
  folder: string,
  tally: Tally,
): Promise<void> {
  try {
    const { manifest, readme, files } = await readPackageFolder(folder, {
      foreign: 'keep',
      ignoreFiles: false,
      manifest: 'package.json',
    })
    await using archive = await packArchive(files)
    const metadata = toMetadata(manifest, readme && sha256Of(readme.bytes))
    const receipt = await client.publish({ metadata, readme: readme?.bytes, signers: [signer] }, archive)
    tally.leftOut += manifest.dropped.length
    if (receipt.created) tally.published++
    else tally.unchanged++
  } catch (error) {
    const trouble = asMarketplaceError(error)
    // A registry that cannot be reached refuses nothing: the import stops and is done again later.
    if (isOutage(trouble)) throw trouble
    tally.refused.push({ folder: relative(root, folder), reason: trouble.reason, message: trouble.message })
  }
}

/** What says nothing of the package. */
export function isOutage(error: MarketplaceError): boolean {
  return ['UNAVAILABLE', 'DEADLINE_EXCEEDED', 'ABORTED', 'RESOURCE_EXHAUSTED', 'INTERNAL'].includes(
    error.code,
  )
}

/** The folder itself, or the node_modules in it. */
async function nodeModulesFolder(folder: string): Promise<string> {
  for (const path of basename(folder) === 'node_modules' ? [folder] : [join(folder, 'node_modules')])
    if ((await stat(path).catch(() => undefined))?.isDirectory()) return path
  throw new MarketplaceError({
    reason: 'FILE_INVALID',
    field: 'DIR',
    message: `there is no node_modules folder in ${folder}`,
    help: 'name the folder of a project whose packages were installed with npm',
  })
}

/** Folders of installed packages, nested ones included, in order. Links (workspaces) are no installed packages. */
async function installedPackages(nodeModules: string): Promise<readonly string[]> {
  const found: string[] = []
  for (const entry of await readdir(nodeModules, { withFileTypes: true })) {
    if (!entry.isDirectory() || entry.name.startsWith('.')) continue
    const path = join(nodeModules, entry.name)
    if (entry.name.startsWith('@')) {
      for (const scoped of await readdir(path, { withFileTypes: true }))
        if (scoped.isDirectory()) found.push(...(await packageAndNested(join(path, scoped.name))))
    } else found.push(...(await packageAndNested(path)))
  }
  return found.sort()
}

async function packageAndNested(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder)
  const nested = names.includes('node_modules') ? await installedPackages(join(folder, 'node_modules')) : []
  return names.includes('package.json') ? [folder, ...nested] : nested
}

function concurrencyOf(text: string | undefined): number {
  if (text === undefined) return CONCURRENCY_DEFAULT
  if (/^[0-9]{1,2}$/.test(text) && Number(text) >= 1 && Number(text) <= CONCURRENCY_MAX) return Number(text)
  throw new MarketplaceError({
    reason: 'INVALID_ARGUMENT',
    field: '--concurrency',
    message: `--concurrency is ${JSON.stringify(text)}`,
    help: `give a number from 1 to ${CONCURRENCY_MAX}`,
  })
}
