import { expect, test } from 'vitest'
import type { NodeId } from '../model/node-id.js'
import { silentLogger } from '../runtime/logger.js'
import { JoinNotice } from './join-notice.js'

function told(peerAddress: string, client?: string): string[] {
  const heard: string[] = []
  const config = { nodeId: 'node-4' as NodeId, join: ['10.0.0.1:7401'], advertise: { client } }
  const notice = new JoinNotice(config, peerAddress, silentLogger, (what) => heard.push(what))
  notice.tell()
  notice.tell()
  return heard
}

test('a node that waits says once what to run, with the address that it listens at', () => {
  expect(told('10.0.0.4:7501')).toEqual([
    'node-4 is not a member yet; it waits until somebody runs: ggen-market cluster add node-4=10.0.0.4:7501 --endpoint 10.0.0.1:7401',
  ])
})

test('one that listens everywhere names the host that it was told of, or says that one must be filled in', () => {
  expect(told('0.0.0.0:7501', 'four.example:7401')[0]).toContain('node-4=four.example:7501 ')
  expect(told('[::]:7501')[0]).toMatch(/node-4=HOST:7501 .*\(HOST: this machine/)
})
