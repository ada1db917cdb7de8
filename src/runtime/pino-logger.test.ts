import { expect, test } from 'vitest'
import { MarketplaceError } from '../model/error.js'
import { createPinoLogger, type LogLevel } from './pino-logger.js'

function record(level?: LogLevel) {
  const lines: Record<string, unknown>[] = []
  const destination = { write: (line: string) => lines.push(JSON.parse(line)) }
  return { lines, logger: createPinoLogger({ level, fields: { node: 'node-1' }, destination }) }
}

test('a line carries level, time, message, its own fields and those of its parents', () => {
  const { lines, logger } = record()
  logger.child({ peer: 'node-2' }).info({ index: 7 }, 'caught up')
  expect(lines).toEqual([
    {
      level: 'info',
      time: expect.any(String),
      node: 'node-1',
      peer: 'node-2',
      index: 7,
      message: 'caught up',
    },
  ])
})

test('levels below the chosen one are not written', () => {
  const { lines, logger } = record('warn')
  logger.info({}, 'no')
  logger.debug({}, 'no')
  logger.warn({}, 'yes')
  expect(lines.map((line) => line.message)).toEqual(['yes'])
})

test('secrets are redacted by their field name, one level down too', () => {
  const { lines, logger } = record()
  logger.info({ clusterToken: 'hunter2', config: { passphrase: 'hunter3' } }, 'starting')
  expect(JSON.stringify(lines)).not.toContain('hunter')
  expect(lines[0]?.clusterToken).toBe('[redacted]')
})

test('an error of the world is written with its reason and help, and the chain of its causes', () => {
  const { lines, logger } = record()
  const cause = new Error('ECONNREFUSED')
  const error = new MarketplaceError({
    reason: 'UNREACHABLE',
    message: 'node-2 is gone',
    help: 'start it',
    cause,
  })
  logger.error({ error }, 'call failed')
  expect(lines[0]?.error).toMatchObject({
    reason: 'UNREACHABLE',
    message: 'node-2 is gone',
    help: 'start it',
    cause: { message: 'ECONNREFUSED' },
  })
})
