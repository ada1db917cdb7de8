import { Metadata, type ServiceError, status } from '@grpc/grpc-js'
import { expect, test } from 'vitest'
import { fromCallError } from './call-error.js'

function failed(code: status, details: string): ServiceError {
  return Object.assign(new Error(details), { code, details, metadata: new Metadata() })
}

test.each([
  [
    status.DEADLINE_EXCEEDED,
    'Deadline exceeded after 10.001s,remote_addr=127.0.0.1:7401',
    'DEADLINE',
    'n:1 gave no answer in the time allowed',
  ],
  [
    status.UNIMPLEMENTED,
    'no such method',
    'UNSUPPORTED',
    'n:1 does not answer as a registry: no such method',
  ],
  [status.UNAVAILABLE, 'read ECONNRESET', 'UNREACHABLE', 'the connection to n:1 broke: read ECONNRESET'],
  [status.RESOURCE_EXHAUSTED, 'too large', 'LIMIT_EXCEEDED', 'n:1 refuses the call: too large'],
])('status %i without a reason of ours is told in words', (code, details, reason, message) => {
  const error = fromCallError(failed(code, details), 'n:1')
  expect(error).toMatchObject({ reason, message })
  expect(error.help).not.toBe('')
})
