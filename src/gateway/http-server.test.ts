import { request } from 'node:http'
import { connect } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { MarketplaceError } from '../model/error.js'
import { silentLogger } from '../runtime/logger.js'
import { PrometheusMetrics } from '../runtime/prometheus-metrics.js'
import { HTTP_LIMITS, HttpServer, type HttpServerOptions, type Readiness } from './http-server.js'

const open: HttpServer[] = []
afterEach(async () => {
  for (const server of open.splice(0)) await server[Symbol.asyncDispose]()
})

async function start(options: Partial<HttpServerOptions> = {}): Promise<string> {
  const server = await HttpServer.listen({
    listen: '127.0.0.1:0',
    logger: silentLogger,
    metrics: new PrometheusMetrics({ process: false }),
    ready: async () => ({ ready: true, reasons: [] }),
    ...options,
  })
  open.push(server)
  return server.address
}

test('healthz says that the process lives, whatever readyz says', async () => {
  const address = await start({ ready: async () => ({ ready: false, reasons: ['no leader'] }) })
  const response = await fetch(`http://${address}/healthz`)
  expect(response.status).toBe(200)
  expect(await response.json()).toEqual({ status: 'alive' })
})

test('readyz is 200 when ready and 503 with the reasons when not', async () => {
  let readiness: Readiness = { ready: true, reasons: [], facts: { leader: 'node-2' } }
  const address = await start({ ready: async () => readiness })
  const yes = await fetch(`http://${address}/readyz`)
  expect([yes.status, await yes.json()]).toEqual([200, { ready: true, reasons: [], leader: 'node-2' }])
  readiness = { ready: false, reasons: ['no leader is known'] }
  const no = await fetch(`http://${address}/readyz`)
  expect([no.status, await no.json()]).toEqual([503, { ready: false, reasons: ['no leader is known'] }])
})

test('readyz is 503 when the check throws, with what it threw', async () => {
  const error = new MarketplaceError({ reason: 'NO_QUORUM', message: 'no quorum', help: 'wait' })
  const address = await start({ ready: () => Promise.reject(error) })
  const response = await fetch(`http://${address}/readyz`)
  expect([response.status, await response.json()]).toEqual([503, { ready: false, reasons: ['no quorum'] }])
})

test('readyz is 503 when the check does not end', async () => {
  const address = await start({ ready: () => new Promise(() => {}) })
  const response = await fetch(`http://${address}/readyz`)
  expect(response.status).toBe(503)
})

test('a crowd that asks for readiness at once makes one check', async () => {
  let checks = 0
  let finish: (readiness: Readiness) => void = () => {}
  const result = new Promise<Readiness>((resolve) => {
    finish = resolve
  })
  const address = await start({
    ready: () => {
      checks++
      return result
    },
  })
  const answers = Array.from({ length: 20 }, () => fetch(`http://${address}/readyz`))
  await fetch(`http://${address}/healthz`)
  finish({ ready: true, reasons: [] })
  for (const answer of await Promise.all(answers)) expect(answer.status).toBe(200)
  expect(checks).toBeLessThan(20)
})

test('metrics are Prometheus text, collected when asked for', async () => {
  const metrics = new PrometheusMetrics()
  const address = await start({ metrics, collect: () => metrics.gauge('term', 'Current term.', 7) })
  const response = await fetch(`http://${address}/metrics`)
  expect(response.headers.get('content-type')).toContain('text/plain; version=0.0.4')
  const text = await response.text()
  expect(text).toContain('\nggen_term 7\n')
  expect(text).toContain('process_cpu_seconds_total')
})

test('other paths are 404 and other methods 405, each with what there is', async () => {
  const address = await start()
  const missing = await fetch(`http://${address}/secrets`)
  expect([missing.status, ((await missing.json()) as { paths: string[] }).paths]).toEqual([
    404,
    ['/healthz', '/readyz', '/metrics'],
  ])
  const posted = await fetch(`http://${address}/healthz`, { method: 'POST', body: 'x' })
  expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
})

test('HEAD answers like GET without a body', async () => {
  const address = await start()
  const response = await fetch(`http://${address}/healthz`, { method: 'HEAD' })
  expect([response.status, await response.text()]).toEqual([200, ''])
})

test('a header beyond the limit is refused with 431', async () => {
  const address = await start()
  const status = await new Promise((resolve, reject) => {
    const headers = { 'x-long': 'a'.repeat(HTTP_LIMITS.headerBytesMax) }
    const sent = request(`http://${address}/healthz`, { headers }, (response) => resolve(response.statusCode))
    sent.on('error', reject)
    sent.end()
  })
  expect(status).toBe(431)
})

test('stopping cuts connections that idle', async () => {
  const address = await start()
  const [host, port] = address.split(':')
  const socket = connect(Number(port), host)
  const closed = new Promise((resolve) => socket.on('close', resolve))
  await new Promise((resolve) => socket.on('connect', resolve))
  await open.pop()?.[Symbol.asyncDispose]()
  await closed
})

test('a port in use is named, with the process that holds it', async () => {
  const address = await start()
  const error = await start({ listen: address }).catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ reason: 'PORT_IN_USE', field: 'listen.http', details: { address } })
  expect((error as Error).message).toContain(address)
  if (process.platform === 'linux') expect((error as Error).message).toContain(`process ${process.pid}`)
})

test('an address of another machine is refused as a setting', async () => {
  const error = await start({ listen: '192.0.2.1:7601' }).catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ reason: 'CONFIG_INVALID', field: 'listen.http' })
})
