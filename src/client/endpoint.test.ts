import { connectivityState, credentials, type Server } from '@grpc/grpc-js'
import { afterEach, describe, expect, it } from 'vitest'
import { freePorts } from '../../test/integration/test-cluster.js'
import { bindGrpcServer, createGrpcServer, stopGrpcServer } from '../rpc/grpc-server.js'
import { Endpoint, EndpointPool } from './endpoint.js'

/** Far longer than a test may take. */
const FOREVER_MS = 600_000

const undo: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

async function listen(address: string): Promise<Server> {
  const server = createGrpcServer()
  await bindGrpcServer(server, address, 'test')
  undo.push(() => stopGrpcServer(server, address, 0))
  return server
}

function endpointTo(address: string): Endpoint {
  const endpoint = new Endpoint(address, credentials.createInsecure())
  undo.push(() => endpoint.close())
  return endpoint
}

async function freeAddresses(count: number): Promise<string[]> {
  return (await freePorts(count)).map((port) => `127.0.0.1:${port}`)
}

async function becomes(endpoint: Endpoint, wanted: connectivityState): Promise<void> {
  const channel = endpoint.registry.getChannel()
  for (;;) {
    const state = channel.getConnectivityState(false)
    if (state === wanted) return
    await new Promise<void>((resolve) =>
      channel.watchConnectivityState(state, Number.POSITIVE_INFINITY, () => resolve()),
    )
  }
}

describe('an endpoint', () => {
  it('is connected at once where another one has a connection again after the node was restarted', async () => {
    const [address = ''] = await freeAddresses(1)
    const [first, second] = [endpointTo(address), endpointTo(address)]
    let server = await listen(address)
    await first.connected(FOREVER_MS)
    await second.connected(FOREVER_MS)
    // Again and again, so that the channel pauses before it looks the address up once more.
    for (let restart = 0; restart < 3; restart++) {
      await stopGrpcServer(server, address, 0)
      await becomes(first, connectivityState.IDLE)
      await becomes(second, connectivityState.IDLE)
      server = await listen(address)
      await first.connected(FOREVER_MS)
      let connected = false
      const done = second.connected(FOREVER_MS).then(() => {
        connected = true
      })
      await becomes(second, connectivityState.READY)
      await new Promise((resolve) => setImmediate(resolve))
      expect(connected).toBe(true)
      await done
    }
  })

  it('fails at once where another one has just failed to connect', async () => {
    const [address = ''] = await freeAddresses(1)
    const [first, second] = [endpointTo(address), endpointTo(address)]
    const server = await listen(address)
    await first.connected(FOREVER_MS)
    await second.connected(FOREVER_MS)
    await stopGrpcServer(server, address, 0)
    await becomes(first, connectivityState.IDLE)
    await becomes(second, connectivityState.IDLE)
    await expect(first.connected(FOREVER_MS)).rejects.toThrow('no connection could be made')
    await expect(second.connected(FOREVER_MS)).rejects.toThrow('no connection could be made')
  })

  it('says that nothing was sent where nobody listens', async () => {
    const [address = ''] = await freeAddresses(1)
    const endpoint = endpointTo(address)
    expect(endpoint.isDown).toBe(false)
    await expect(endpoint.connected(FOREVER_MS)).rejects.toThrow('no connection could be made')
    expect(endpoint.isDown).toBe(true)
  })
})

describe('the endpoints of a cluster', () => {
  it('are left for the next one that is not down', async () => {
    const [up = '', down = '', away = ''] = await freeAddresses(3)
    const endpoints = [endpointTo(up), endpointTo(down), endpointTo(away)] as const
    await expect(endpoints[1].connected(FOREVER_MS)).rejects.toThrow()
    const pool = new EndpointPool(endpoints, 0)
    pool.leave(endpoints[0])
    expect(pool.current).toBe(endpoints[2])
    pool.leave(endpoints[0])
    expect(pool.current).toBe(endpoints[2])
  })

  it('are left for the next one where all are down, and never where there is one', async () => {
    const [one = '', other = ''] = await freeAddresses(2)
    const endpoints = [endpointTo(one), endpointTo(other)] as const
    for (const endpoint of endpoints) await expect(endpoint.connected(FOREVER_MS)).rejects.toThrow()
    const pool = new EndpointPool(endpoints, 0)
    pool.leave(endpoints[0])
    expect(pool.current).toBe(endpoints[1])
    const alone = new EndpointPool([endpoints[0]], 0)
    alone.leave(endpoints[0])
    expect(alone.current).toBe(endpoints[0])
  })
})
