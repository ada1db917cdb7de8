import type { NodeVerification, Verification } from '../../client/verify-call.js'
import { MarketplaceError } from '../../model/error.js'
import type { CommandContext } from '../command-context.js'
import { EXIT, ToldInResult } from '../exit-code.js'
import { formatBytes, startCount } from '../progress.js'
import { verdictOf, verificationLines } from '../verification-lines.js'

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
  const result = await context.withCluster(async (client) => {
    let last: Verification | undefined
    for await (const picture of client.verifyCluster({ bytesPerSecond })) {
      last = picture
      tell(() => picture.nodes.map((node) => `${node.id} ${progressOf(node)}`).join(', '))
    }
    if (last?.done === true) return last
    throw cutOff()
  })
  const { ok, index, historyId, nodes } = result
  output.result({ ok, index, historyId, nodes: nodes.map(shown) }, verificationLines(result))
  if (ok) return
  const damaged = nodes.some((node) => verdictOf(node) === 'damaged')
  throw new ToldInResult(damaged ? EXIT.verification : EXIT.unreachable)
}

function progressOf({ reachable, done, bytesRead }: NodeVerification): string {
  if (!reachable) return 'not reached yet'
  return done ? 'done' : formatBytes(bytesRead)
}

function shown(node: NodeVerification): Record<string, unknown> {
  const { id, reachable, trouble, done: _, ...rest } = node
  const verdict = verdictOf(node)
  if (!reachable) return { id, ok: false, verdict, reachable, trouble }
  return { id, ok: verdict === 'ok', verdict, reachable, ...rest }
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
