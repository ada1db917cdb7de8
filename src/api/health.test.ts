import { credentials, status } from '@grpc/grpc-js'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { bindGrpcServer, createGrpcServer, stopGrpcServer } from '../rpc/grpc-server.js'
import { createServiceClient, type ServiceClients } from '../rpc/services.js'
import { HealthService } from './health.js'

const REGISTRY = 'ggen.marketplace.v1.RegistryService'

let health: HealthService
let client: ServiceClients['grpc.health.v1.Health']
let stop: (graceMs: number) => Promise<void>

beforeEach(async () => {
  const server = createGrpcServer()
  health = new HealthService([REGISTRY])
  health.addTo(server)
  const address = await bindGrpcServer(server, '127.0.0.1:0', 'test')
  client = createServiceClient('grpc.health.v1.Health', address, credentials.createInsecure())
  stop = (graceMs) => stopGrpcServer(server, address, graceMs)
})
afterEach(async () => {
  client.close()
  await stop(0)
})

function check(service: string): Promise<string> {
  return new Promise((resolve, reject) => {
    client.check({ service }, (error, answer) => (error ? reject(error) : resolve(answer?.status ?? '')))
  })
}

test('nothing serves before it is said to', async () => {
  expect(await check('')).toBe('NOT_SERVING')
})

test('the server and its services change together', async () => {
  health.set(true)
  expect([await check(''), await check(REGISTRY)]).toEqual(['SERVING', 'SERVING'])
  health.set(false)
  expect([await check(''), await check(REGISTRY)]).toEqual(['NOT_SERVING', 'NOT_SERVING'])
})

test('a service that is not there is NOT_FOUND', async () => {
  await expect(check('no.Such')).rejects.toMatchObject({ code: status.NOT_FOUND })
})

test('a watcher hears the status now and each change of it, once', async () => {
  const seen: string[] = []
  const watch = client.watch({ service: REGISTRY })
  const ended = new Promise<void>((resolve) => watch.on('end', resolve))
  const heard = (count: number) =>
    new Promise<void>((resolve) => {
      const look = () => seen.length >= count && resolve()
      watch.on('data', look)
      look()
    })
  watch.on('data', (answer) => seen.push(answer.status))
  await heard(1)
  health.set(true)
  health.set(true)
  await heard(2)
  health.set(false)
  await heard(3)
  health.close()
  await ended
  expect(seen).toEqual(['NOT_SERVING', 'SERVING', 'NOT_SERVING'])
})

test('a watcher of an unknown service hears SERVICE_UNKNOWN and stays', async () => {
  const watch = client.watch({ service: 'no.Such' })
  const first = await new Promise<string>((resolve) => watch.on('data', (answer) => resolve(answer.status)))
  expect(first).toBe('SERVICE_UNKNOWN')
  health.set(true)
  expect(await check('')).toBe('SERVING')
  health.close()
  await new Promise((resolve) => watch.on('end', resolve))
})

test('a graceful stop does not wait for watchers once the service is closed', async () => {
  const watch = client.watch({ service: '' })
  await new Promise((resolve) => watch.once('data', resolve))
  watch.resume()
  health.close()
  await stop(60_000)
})
