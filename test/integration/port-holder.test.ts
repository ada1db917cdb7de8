import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { expect, it } from 'vitest'

const path = new URL('../../deploy/port-holder.mjs', import.meta.url).href
const { holderOfPort, isFree } = await import(path)

it('a port that is listened on is not free, and its holder is named; afterwards it is free', async () => {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  expect(await isFree(`127.0.0.1:${port}`)).toBe(false)
  if (process.platform === 'linux')
    expect(holderOfPort(port)).toEqual({ pid: process.pid, command: expect.stringContaining('node') })
  server.close()
  await once(server, 'close')
  expect(await isFree(`127.0.0.1:${port}`)).toBe(true)
  expect(holderOfPort(port)).toBeUndefined()
})
