import type { NodeVerification, Verification } from '../../client/verify-call.js'
import { MarketplaceError } from '../../model/error.js'
import type { CommandContext } from '../command-context.js'
import { EXIT, ToldInResult } from '../exit-code.js'
import { formatBytes, startCount } from '../progress.js'

export interface VerifyOptions {
  /** MiB per second. */
  readonly rate?: string
}

const MIB = 1024 * 1024
const RATE_MAX = 100_000

/** `ggen-market cluster verify`: every node reads all that it has; what is wrong is told, and what to do. */
export async function clusterVerify(context: CommandContext, options: VerifyOptions): Promise<void> {
  const { output } = context
  const bytesPerSecond = options.rate === undefined ? 0 : toRate(options.rate) * MIB
  const tell = startCount(output)
  const result = await context.withClient(async (client) => {
    let last: Verification | undefined
    for await (const picture of client.verifyCluster({ bytesPerSecond })) {
      last = picture
      tell(() => picture.nodes.map((node) => `${node.id} ${progressOf(node)}`).join(', '))
    }
    if (last?.done === true) return last
    throw cutOff()
  })
  const { ok, index, historyId, nodes } = result
  output.result({ ok, index, historyId, nodes: nodes.map(shown) }, [
    ...nodes.flatMap(describe),
    ...comparison(index, nodes),
    ...(ok ? ['everything is whole'] : []),
  ])
  if (ok) return
  const damaged = nodes.some(({ findingsInAll }) => findingsInAll > 0)
  throw new ToldInResult(damaged ? EXIT.verification : EXIT.unreachable)
}

function progressOf({ reachable, done, bytesRead }: NodeVerification): string {
  if (!reachable) return 'not reached yet'
  return done ? 'done' : formatBytes(bytesRead)
}

function describe(node: NodeVerification): string[] {
  const name = node.id.padEnd(10)
  if (!node.reachable) return [`${name} NOT VERIFIED: ${node.trouble ?? 'unreachable'}`]
  const { logSegments, logEntries, stateValues, blobs, blobBytes, searchIndex, findings, findingsInAll } =
    node
  const more = findingsInAll - findings.length
  return [
    `${name} ${findingsInAll === 0 ? 'ok' : 'DAMAGED'}: log ${logEntries} entries in ${logSegments} segments, state ${stateValues} values, ` +
      `${blobs} files of packages (${formatBytes(blobBytes)}), search at ${searchIndex}`,
    ...findings.flatMap(({ area, file, offset, what, remedy }) => [
      `  ${area}: ${file === undefined ? '' : `${file}${offset === undefined ? '' : ` at ${offset}`}: `}${what}`,
      `    try: ${remedy}`,
    ]),
    ...(more > 0 ? [`  and ${more} more`] : []),
  ]
}

/** Which states are equal, and which were not compared. */
function comparison(index: number, nodes: readonly NodeVerification[]): string[] {
  if (index === 0)
    return [
      'the states were not compared: no majority agrees on a log index; bring enough members back, then verify again',
    ]
  const hashes = new Set(nodes.flatMap(({ stateSha256 }) => stateSha256 ?? []))
  if (hashes.size > 1) return ['THE STATES DIFFER']
  const [hash] = hashes
  const compared = nodes.filter(({ stateSha256 }) => stateSha256 !== undefined).map(({ id }) => id)
  const others = nodes.filter(({ stateSha256 }) => stateSha256 === undefined).map(({ id }) => id)
  const equal = `at log index ${index}: sha256 ${hash}`
  return [
    ...(compared.length > 1 ? [`the states of ${listed(compared)} are equal ${equal}`] : []),
    ...(compared.length === 1 ? [`the state of ${listed(compared)} ${equal}`] : []),
    ...(others.length > 0
      ? [
          `the ${others.length === 1 ? 'state' : 'states'} of ${listed(others)} ${others.length === 1 ? 'was' : 'were'} not compared`,
        ]
      : []),
  ]
}

function listed(ids: readonly string[]): string {
  return ids.length < 2 ? ids.join() : `${ids.slice(0, -1).join(', ')} and ${ids.at(-1)}`
}

function shown(node: NodeVerification): Record<string, unknown> {
  const { id, reachable, trouble, done: _, ...rest } = node
  if (!reachable) return { id, ok: false, reachable, trouble }
  return { id, ok: rest.findingsInAll === 0, reachable, ...rest }
}

function toRate(text: string): number {
  const rate = Number(text)
  if (Number.isSafeInteger(rate) && rate > 0 && rate <= RATE_MAX) return rate
  throw new MarketplaceError({
    reason: 'INVALID_ARGUMENT',
    field: '--rate',
    message: `--rate is ${JSON.stringify(text)}`,
    help: `give whole MiB per second, 1 to ${RATE_MAX}`,
  })
}

function cutOff(): MarketplaceError {
  return new MarketplaceError({
    reason: 'UNREACHABLE',
    message: 'the node that was asked ended the verification before its result',
    help: 'ask another node, with --endpoint',
  })
}
