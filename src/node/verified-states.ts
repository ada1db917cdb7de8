import type { NodeId } from '../model/node-id.js'
import { howToHeal } from './node-fault.js'
import type { Finding, MemberVerification, NodeReport } from './verification.js'

/** All members' readings, as far as they are. */
export interface ClusterVerification {
  /** The checkpoint that all states were compared at; 0 where none could be made. */
  readonly index: number
  readonly done: boolean
  /** Nothing is wrong, everybody was asked, and the states were compared. Only once done. */
  readonly ok: boolean
  readonly members: readonly MemberVerification[]
}

/** The result: whoever differs from a majority is told so. */
export function compared(index: number, members: readonly MemberVerification[]): ClusterVerification {
  const hashes = members.flatMap(({ report }) => report?.stateSha256 ?? [])
  const agreed = majorityOf(hashes, members.length)
  const differ = new Set(hashes).size > 1
  const judged = members.map((member) => {
    const { id, report } = member
    if (report === undefined) return member
    const finding =
      !differ || report.stateSha256 === undefined ? undefined : verdict(id, index, report, agreed)
    if (finding === undefined) return member
    const findings = [...report.findings, finding]
    return { ...member, report: { ...report, findings, findingsInAll: report.findingsInAll + 1 } }
  })
  const ok = index > 0 && judged.every(({ report }) => report !== undefined && isWhole(report))
  return { index, done: true, ok, members: judged }
}

/** Nothing is wrong, and everything was compared. */
function isWhole({ findingsInAll, behind }: NodeReport): boolean {
  return findingsInAll === 0 && behind === undefined
}

/** The hash that more than half of the members have; undefined where there is none. */
export function majorityOf(hashes: readonly (string | undefined)[], members: number): string | undefined {
  const needed = Math.floor(members / 2) + 1
  return hashes.find((hash) => hash !== undefined && hashes.filter((each) => each === hash).length >= needed)
}

function verdict(
  id: NodeId,
  index: number,
  report: NodeReport,
  agreed: string | undefined,
): Finding | undefined {
  // What is wrong with its state was told already.
  if (report.stateSha256 === agreed || report.findings.some(({ area }) => area === 'state')) return undefined
  return {
    area: 'cluster',
    file: '',
    offset: undefined,
    what:
      agreed === undefined
        ? `its state at index ${index} hashes to ${report.stateSha256}, and no majority agrees on any`
        : `its state at index ${index} hashes to ${report.stateSha256}, that of a majority to ${agreed}`,
    remedy:
      agreed === undefined
        ? 'nobody can tell who is right: take a backup of the member you trust (--stale), and restore it into a new cluster'
        : `it serves nothing any more; ${howToHeal(id)}`,
  }
}
