import type { NodeVerification, Verification } from '../client/verify-call.js'
import { formatBytes } from './progress.js'

/** How one node came out. */
export type Verdict = 'ok' | 'behind' | 'damaged' | 'unreachable'

/** `behind`: what it has is whole, and not all of it could be compared, since it has yet to catch up. */
export function verdictOf({ reachable, findingsInAll, behind }: NodeVerification): Verdict {
  if (!reachable) return 'unreachable'
  if (findingsInAll > 0) return 'damaged'
  return behind === undefined ? 'ok' : 'behind'
}

const WORD: Readonly<Record<Verdict, string>> = {
  ok: 'ok',
  behind: 'behind, not all compared',
  damaged: 'DAMAGED',
  unreachable: 'NOT VERIFIED',
}

/** A verification for people to read: a line for each node, then what is wrong with it, then what was compared. */
export function verificationLines({ ok, index, nodes }: Verification): readonly string[] {
  return [...nodes.flatMap(describe), ...comparison(index, nodes), ...(ok ? ['everything is whole'] : [])]
}

function describe(node: NodeVerification): string[] {
  const name = node.id.padEnd(10)
  if (!node.reachable) return [`${name} ${WORD.unreachable}: ${node.trouble ?? 'unreachable'}`]
  const {
    logSegments,
    logEntries,
    stateValues,
    blobs,
    blobBytes,
    searchIndex,
    findings,
    findingsInAll,
    behind,
  } = node
  const more = findingsInAll - findings.length
  return [
    `${name} ${WORD[verdictOf(node)]}: log ${logEntries} entries in ${logSegments} segments, state ${stateValues} values, ` +
      `${blobs} files of packages (${formatBytes(blobBytes)}), search at ${searchIndex}`,
    ...findings.flatMap(({ area, file, offset, what, remedy }) => [
      `  ${area}: ${file === undefined ? '' : `${file}${offset === undefined ? '' : ` at ${offset}`}: `}${what}`,
      `    try: ${remedy}`,
    ]),
    ...(more > 0 ? [`  and ${more} more`] : []),
    ...(behind === undefined ? [] : [`  ${behind}`, '    try: verify again once it has caught up']),
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
