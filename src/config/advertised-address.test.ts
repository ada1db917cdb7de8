import { expect, test } from 'vitest'
import { isWildcard, reachableAddress } from './advertised-address.js'

test.each([
  ['0.0.0.0:7401', true],
  ['[::]:7401', true],
  ['[0:0:0:0:0:0:0:0]:7401', true],
  ['[::1]:7401', false],
  ['127.0.0.1:7401', false],
  ['node.example:7401', false],
])('%s is a wildcard: %s', (address, wildcard) => {
  expect(isWildcard(address)).toBe(wildcard)
})

test('an address that can be reached is the one that is told', () => {
  expect(reachableAddress('10.0.0.4:7401', ['db.example:7501'])).toBe('10.0.0.4:7401')
})

test('a wildcard takes the host that others know and keeps its port', () => {
  expect(reachableAddress('0.0.0.0:7401', [undefined, '[::]:1', 'db.example:7501'])).toBe('db.example:7401')
  expect(reachableAddress('[::]:7401', ['[fd00::4]:7501'])).toBe('[fd00::4]:7401')
})

test('a wildcard of which nobody knows a host is told as nothing', () => {
  expect(reachableAddress('0.0.0.0:7401', [undefined])).toBeUndefined()
})
