import { describe, expect, test } from 'vitest'
import type { ClusterStatus } from '../client/cluster-status.js'
import { MarketplaceError } from '../model/error.js'
import { WaitingLine } from './waiting-line.js'
import { whileWaiting } from './while-waiting.js'

function sink(columns?: number) {
  const written: string[] = []
  return { written, write: (text: string) => written.push(text), ...(columns !== undefined && { columns }) }
}

describe('a waiting line', () => {
  test('on a terminal is written over, never wider than the terminal, and gone at the end', () => {
    const out = sink(11)
    const line = new WaitingLine(out, true)
    line.show('waiting for node-4')
    line.show('waiting for node-4')
    line.show('waiting')
    line.end()
    line.end()
    expect(out.written).toEqual(['\r\x1b[2Kwaiting fo', '\r\x1b[2Kwaiting', '\r\x1b[2K'])
  })

  test('on a terminal that does not know its width is cut at 80 columns', () => {
    const out = sink(0)
    new WaitingLine(out, true).show('x'.repeat(100))
    expect(out.written).toEqual([`\r\x1b[2K${'x'.repeat(79)}`])
  })

  test('elsewhere is a line for each change, some seconds apart', () => {
    const out = sink()
    let nowMs = 0
    const line = new WaitingLine(out, false, () => nowMs)
    for (const [atMs, text] of [
      [0, 'a'],
      [1_000, 'b'],
      [6_000, 'b'],
      [10_000, 'c'],
    ] as const) {
      nowMs = atMs
      line.show(text)
    }
    line.end()
    expect(out.written).toEqual(['a\n', 'b\n'])
  })
})

describe('work that is waited for', () => {
  const client = { clusterStatus: async () => ({ leader: 'n1' }) as ClusterStatus }

  test('tells what it waits for as long as it lasts, and gives its result', async () => {
    const out = sink()
    let finish: (value: number) => void = () => {}
    const work = new Promise<number>((resolve) => {
      finish = resolve
    })
    const waitsFor = ({ leader }: ClusterStatus) => {
      finish(5)
      return `for ${leader}`
    }
    expect(await whileWaiting(new WaitingLine(out, false), client, work, waitsFor)).toBe(5)
    expect(out.written).toEqual(['waiting for n1\n'])
  })

  test('that fails is thrown, and a cluster that does not answer meanwhile is told', async () => {
    const out = sink()
    const lost = new MarketplaceError({ reason: 'NO_LEADER', message: 'no leader', help: '' })
    let fail: (error: Error) => void = () => {}
    const work = new Promise<number>((_, reject) => {
      fail = reject
    })
    const silent = { clusterStatus: () => Promise.reject(lost) }
    const written = { write: (text: string) => [out.write(text), fail(lost)] }
    await expect(whileWaiting(new WaitingLine(written, false), silent, work, () => '')).rejects.toBe(lost)
    expect(out.written).toEqual(['waiting for the cluster to answer\n'])
  })

  test('that is done at once says nothing', async () => {
    const out = sink()
    expect(await whileWaiting(new WaitingLine(out, false), client, Promise.resolve(1), () => '')).toBe(1)
    expect(out.written).toEqual([])
  })
})
