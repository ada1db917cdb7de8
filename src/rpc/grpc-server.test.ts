import { connect, type Settings } from 'node:http2'
import { credentials, type ServerUnaryCall, type sendUnaryData } from '@grpc/grpc-js'
import { expect, test } from 'vitest'
import { bindGrpcServer, createGrpcServer, stopGrpcServer } from './grpc-server.js'
import { WINDOW_BYTES } from './http2-window.js'
import { createServiceClient, serviceDefinition } from './services.js'

type Reply = sendUnaryData<{ status: 'SERVING' }>

/** A server with one method, whose answers the test gives itself. */
async function start() {
  const waiting: Reply[] = []
  const server = createGrpcServer()
  server.addService(serviceDefinition('grpc.health.v1.Health'), {
    Check: (_call: ServerUnaryCall<unknown, unknown>, reply: Reply) => waiting.push(reply),
    Watch: () => {},
  })
  const address = await bindGrpcServer(server, '127.0.0.1:0', 'test')
  const client = createServiceClient('grpc.health.v1.Health', address, credentials.createInsecure())
  const check = () =>
    new Promise<string>((resolve, reject) => {
      client.check({}, (error, answer) => (error ? reject(error) : resolve(answer?.status ?? '')))
    })
  const asked = async () => {
    while (waiting.length === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  return { server, address, client, check, asked, waiting }
}

test('a server offers the raised windows, for each stream and for the connection', async () => {
  const { server, address, client } = await start()
  const session = connect(`http://${address}`)
  const settings = await new Promise<Settings>((resolve) => session.on('remoteSettings', resolve))
  expect(settings.initialWindowSize).toBe(WINDOW_BYTES)
  // The window of the connection comes in a frame of its own, before the answer to a ping.
  await new Promise((resolve) => session.ping(resolve))
  expect(session.state.remoteWindowSize).toBe(WINDOW_BYTES)
  session.destroy()
  client.close()
  await stopGrpcServer(server, address, 0)
})

test('a graceful stop lets a call under way end and takes no new one', async () => {
  const { server, address, client, check, asked, waiting } = await start()
  const call = check()
  await asked()
  const stopped = stopGrpcServer(server, address, 30_000)
  waiting[0]?.(null, { status: 'SERVING' })
  expect(await call).toBe('SERVING')
  await stopped
  await expect(check()).rejects.toThrow()
  client.close()
})

test('a stop cuts a call that does not end in time', async () => {
  const { server, address, client, check, asked } = await start()
  const call = check()
  call.catch(() => {})
  await asked()
  await stopGrpcServer(server, address, 50)
  await expect(call).rejects.toThrow()
  client.close()
})

test('a stopped server gives its port back', async () => {
  const { server, address, client } = await start()
  await stopGrpcServer(server, address, 0)
  const next = createGrpcServer()
  expect(await bindGrpcServer(next, address, 'test')).toBe(address)
  await stopGrpcServer(next, address, 0)
  client.close()
})

test('a port in use and an address that is none are told apart', async () => {
  const { server, address, client } = await start()
  const other = createGrpcServer()
  await expect(bindGrpcServer(other, address, 'client API', 'listen.client')).rejects.toMatchObject({
    reason: 'PORT_IN_USE',
    field: 'listen.client',
    details: { address },
  })
  await expect(bindGrpcServer(createGrpcServer(), '192.0.2.1:7401', 'client API')).rejects.toMatchObject({
    reason: 'CONFIG_INVALID',
  })
  client.close()
  await stopGrpcServer(server, address, 0)
})
