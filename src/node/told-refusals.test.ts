import { expect, test } from 'vitest'
import { MarketplaceError } from '../model/error.js'
import { toNodeId } from '../model/node-id.js'
import { silentLogger } from '../runtime/logger.js'
import { ToldRefusals } from './told-refusals.js'

const refusal = (message: string) =>
  new MarketplaceError({ reason: 'IDENTITY_LOST', message, help: 'bring it back' })

test('each member’s first word is told once, its last is kept', () => {
  const told: string[] = []
  const refusals = new ToldRefusals(toNodeId('node-1'), silentLogger, (what) => told.push(what))
  refusals.take(toNodeId('node-4'), refusal('too old'))
  refusals.take(toNodeId('node-4'), refusal('still too old'))
  refusals.take(toNodeId('node-5'), refusal('too old'))
  expect(told).toEqual([
    'node-4 refuses node-1 (IDENTITY_LOST): too old. What to do: bring it back',
    'node-5 refuses node-1 (IDENTITY_LOST): too old. What to do: bring it back',
  ])
  expect(refusals.reasons).toEqual([expect.stringContaining('still too old'), told[1]])
})

test('somebody who tells much fills neither memory nor log nor terminal', () => {
  const told: string[] = []
  const refusals = new ToldRefusals(toNodeId('node-1'), silentLogger, (what) => told.push(what))
  for (let i = 0; i < 1_000; i++)
    refusals.take(toNodeId(`stranger-${i}`), refusal(`\u001b[2J\n${'x'.repeat(100_000)}`))
  expect([told.length, refusals.reasons.length]).toEqual([16, 16])
  expect(told.join('').length).toBeLessThan(20_000)
  expect(told.join('')).not.toMatch(/\p{Cc}/u)
})
