import { expect, test } from 'vitest'
import { SERVER_SETTINGS, variableOf } from './server-settings.js'
import { COMMAND_VARIABLES, unknownVariables } from './unknown-variable.js'

test('every variable that is read is known, and others than ours are nobody’s business', () => {
  const names = [...Object.keys(SERVER_SETTINGS).map(variableOf), ...Object.keys(COMMAND_VARIABLES), 'PATH']
  expect(unknownVariables(Object.fromEntries(names.map((name) => [name, 'x'])))).toEqual([])
})

test.each([
  ['GGEN_MARKET_LOG_LEVL', 'GGEN_MARKET_LOG_LEVEL'],
  ['GGEN_MARKET_TICK_MS', 'GGEN_MARKET_RAFT_TICK_MS'],
  ['GGEN_MARKET_RAFT_TICKMS', 'GGEN_MARKET_RAFT_TICK_MS'],
  ['GGEN_MARKET_ENDPOINT', 'GGEN_MARKET_ENDPOINTS'],
  ['GGEN_MARKET_NODEID', 'GGEN_MARKET_NODE_ID'],
  ['GGEN_MARKET_SOMETHING_ELSE_ALTOGETHER', undefined],
])('%s is unknown; nearest is %s', (name, nearest) => {
  expect(unknownVariables({ [name]: '1' })).toEqual([{ name, nearest }])
})
