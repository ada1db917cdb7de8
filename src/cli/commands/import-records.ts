import { createReadStream } from 'node:fs'
import { resolve } from 'node:path'
import { Readable } from 'node:stream'
import { debianMetadata, readDebianIndex } from '../../archive/debian-index.js'
import { readMetadataRecord } from '../../archive/metadata-record.js'
import type { MarketplaceClient } from '../../client/marketplace-client.js'
import { MarketplaceError } from '../../model/error.js'
import type { PackageMetadata } from '../../model/metadata.js'
import { formatPackageId, toNamespace } from '../../model/package-id.js'
import type { Signer } from '../../trust/signer.js'
import type { CommandContext } from '../command-context.js'
import { asMarketplaceError } from '../output.js'
import { startCount } from '../progress.js'
import { isOutage } from './import.js'

export interface ImportRecordsOptions {
  readonly key?: string
  /** Of Debian's packages. */
  readonly namespace?: string
}

/** One record: what it says, or why it cannot be read. */
type MetadataRecord =
  | { readonly metadata: PackageMetadata }
  | { readonly name: string; readonly error: MarketplaceError }

interface Refused {
  /** The version's id, or the place of a record that cannot be read. */
  readonly record: string
  readonly reason: string
  readonly message: string
}

const NAMESPACE_DEFAULT = 'debian'
/** Refusals that people are shown one by one; `--json` has them all. */
const SHOWN_MAX = 20
/** Far more than the metadata of one version may have. */
const LINE_LENGTH_MAX = 4 * 1024 * 1024

/**
 * `ggen-market import records|debian FILE`: registers metadata alone, many at a time, signed with the caller's key. Done again, it goes on
 * where it stopped, since a version that is there already is a success. What is refused is reported, and the import goes on.
 */
export async function importRecords(
  context: CommandContext,
  source: 'records' | 'debian',
  file: string | undefined,
  options: ImportRecordsOptions,
): Promise<void> {
  const { output } = context
  const namespace = toNamespace(options.namespace ?? NAMESPACE_DEFAULT, '--namespace')
  const input = opened(context, file)
  const records = source === 'records' ? linesOf(input) : debianOf(await textOf(input), namespace)
  const { signer } = await context.signingKey(options.key, { make: true })
  const tally = { published: 0, unchanged: 0, refused: [] as Refused[] }
  const tell = startCount(output)
  const told = () =>
    `${tally.published} registered, ${tally.unchanged} there already, ${tally.refused.length} refused`
  const index = await context.withClient(async (client) => {
    for await (const [record, outcome] of registered(client, signer, records)) {
      if (outcome instanceof MarketplaceError) {
        if (isOutage(outcome)) throw outcome
        tally.refused.push({ record, reason: outcome.reason, message: outcome.message })
      } else if (outcome.created) tally.published++
      else tally.unchanged++
      tell(told)
    }
    return client.written.index
  })
  const hidden = tally.refused.length - SHOWN_MAX
  output.result({ ...tally, index }, [
    ...tally.refused.slice(0, SHOWN_MAX).map(({ record, message }) => `refused ${record}: ${message}`),
    ...(hidden > 0 ? [`… and ${hidden} more; --json names them all`] : []),
    told(),
  ])
}

/** What came of each record: refused by the registry, or before it. */
async function* registered(
  client: MarketplaceClient,
  signer: Signer,
  records: AsyncIterable<MetadataRecord> | Iterable<MetadataRecord>,
): AsyncGenerator<readonly [record: string, MarketplaceError | { readonly created: boolean }]> {
  const unread: (readonly [string, MarketplaceError])[] = []
  const underWay = new Map<number, string>()
  let position = 0
  const versions = async function* () {
    for await (const record of records) {
      if ('error' in record) unread.push([record.name, record.error])
      else {
        underWay.set(position++, formatPackageId(record.metadata.id))
        yield { version: { metadata: record.metadata, signers: [signer] } }
      }
    }
  }
  for await (const outcome of client.registerMany(versions())) {
    yield* unread.splice(0)
    const record = underWay.get(outcome.position) ?? ''
    underWay.delete(outcome.position)
    yield [record, 'error' in outcome ? outcome.error : outcome.receipt]
  }
  yield* unread
}

/** @throws INVALID_ARGUMENT */
function opened({ surroundings }: CommandContext, file: string | undefined): Readable {
  const { stdin, workFolder } = surroundings
  if (file === '-' && stdin !== undefined) return Readable.from(stdin)
  if (file !== undefined && file !== '-') return createReadStream(resolve(workFolder, file))
  throw new MarketplaceError({
    reason: 'INVALID_ARGUMENT',
    field: 'FILE',
    message: 'there is nothing to import',
    help: 'name the file of records, or - and pipe them in',
  })
}

async function textOf(input: Readable): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of input) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

async function* linesOf(input: Readable): AsyncGenerator<MetadataRecord> {
  let line = 0
  let begun = ''
  const decoder = new TextDecoder()
  for await (const chunk of input) {
    const lines = (begun + decoder.decode(chunk, { stream: true })).split('\n')
    begun = lines.pop() ?? ''
    if (begun.length > LINE_LENGTH_MAX) throw tooLong(line + lines.length + 1)
    for (const text of lines) yield* recordOfLine(text, ++line)
  }
  yield* recordOfLine(begun + decoder.decode(), line + 1)
}

function* recordOfLine(text: string, line: number): Generator<MetadataRecord> {
  if (text.trim() !== '') yield recordOf(`line ${line}`, () => readMetadataRecord(text, `line ${line}`))
}

function tooLong(line: number): MarketplaceError {
  return new MarketplaceError({
    reason: 'LIMIT_EXCEEDED',
    field: 'FILE',
    message: `line ${line} has more than ${LINE_LENGTH_MAX} characters`,
    help: 'give one JSON object a line, each the metadata of one version',
  })
}

function* debianOf(text: string, namespace: ReturnType<typeof toNamespace>): Generator<MetadataRecord> {
  for (const each of readDebianIndex(text)) yield recordOf(each.name, () => debianMetadata(each, namespace))
}

function recordOf(name: string, read: () => PackageMetadata): MetadataRecord {
  try {
    return { metadata: read() }
  } catch (error) {
    return { name, error: asMarketplaceError(error) }
  }
}
