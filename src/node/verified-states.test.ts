import { expect, test } from 'vitest'
import type { NodeId } from '../model/node-id.js'
import { EMPTY_REPORT, type Finding, type MemberVerification, type NodeReport } from './verification.js'
import { compared } from './verified-states.js'

const [RIGHT, WRONG, OTHER] = ['aa', 'bb', 'cc'].map((two) => two.repeat(32)) as [string, string, string]

function member(n: number, report: Partial<NodeReport>): MemberVerification {
  return {
    id: `node-${n}` as NodeId,
    report: { ...EMPTY_REPORT, done: true, ...report, findingsInAll: report.findings?.length ?? 0 },
    trouble: undefined,
  }
}

function findingsOf(members: readonly MemberVerification[]): string[] {
  return compared(20, members).members.flatMap(
    ({ id, report }) => report?.findings.map(({ area, what }) => `${id} ${area}: ${what}`) ?? [],
  )
}

function finding(area: Finding['area']): Finding {
  return { area, file: '', offset: undefined, what: 'found while reading', remedy: 'heal it' }
}

const equal = [member(1, { stateSha256: RIGHT }), member(2, { stateSha256: RIGHT })]

test('who differs from a majority is told, and nobody else', () => {
  expect(findingsOf([...equal, member(3, { stateSha256: WRONG })])).toEqual([
    `node-3 cluster: its state at index 20 hashes to ${WRONG}, that of a majority to ${RIGHT}`,
  ])
})

test('where no majority agrees, all of them are told so', () => {
  const three = [
    equal[0] as MemberVerification,
    member(2, { stateSha256: WRONG }),
    member(3, { stateSha256: OTHER }),
  ]
  expect(findingsOf(three)).toHaveLength(3)
})

test('a state that differs is not told of twice where reading it found what is wrong; damage elsewhere is another matter', () => {
  const differs = (area: Finding['area']) => [
    ...equal,
    member(3, { stateSha256: WRONG, findings: [finding(area)] }),
  ]
  expect(findingsOf(differs('state'))).toEqual(['node-3 state: found while reading'])
  expect(findingsOf(differs('log'))).toHaveLength(2)
})

test('all is whole only where nobody is behind; a comparison of the others is no finding', () => {
  const third = member(3, { stateSha256: RIGHT })
  expect(compared(20, [...equal, third]).ok).toBe(true)
  const late = member(3, { stateSha256: undefined, behind: 'its state stands at 12' })
  const result = compared(20, [...equal, late])
  expect([result.ok, findingsOf([...equal, late])]).toEqual([false, []])
})
