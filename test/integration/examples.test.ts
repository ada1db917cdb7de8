import { describe, expect, test } from 'vitest'
import { basicUsage } from '../../examples/basic-usage.js'
import { customBackend } from '../../examples/custom-backend.js'
import { distributedSetup } from '../../examples/distributed-setup.js'

async function saidBy(example: (say: (line: string) => void) => Promise<void>): Promise<string> {
  const lines: string[] = []
  await example((line) => lines.push(line))
  return lines.join('\n')
}

describe('the examples do what they say', () => {
  test('basic usage: a registry in this process', async () => {
    expect(await saidBy(basicUsage)).toMatch(
      /^published tour\/hello@1\.0\.0, signed by [0-9a-f]{16}, at log index \d+\nfound tour\/hello@1\.0\.0\ndownloaded \d+ bytes, as signed by [0-9a-f]{16}\nyanked: .*yanked.*\nopened again: tour\/hello@1\.0\.0, yanked$/,
    )
  })

  test('custom backend: a store and a registry of one’s own', async () => {
    expect(await saidBy(customBackend)).toBe(
      [
        'refused: house/chair@1.0.0 is not allowed here: its license is GPL-3.0',
        'listed: house/table@1.0.0, yanked',
        'journal: published house/table@1.0.0; yanked house/table@1.0.0',
      ].join('\n'),
    )
  })

  test('distributed setup: a leader goes away and comes back', async () => {
    expect(await saidBy(distributedSetup)).toMatch(
      /^three nodes, (node-\d) leads\n\1 is gone, node-\d leads, 2 of 3 nodes answer\n\1 is back and has 2 versions$/,
    )
  }, 90_000)
})
