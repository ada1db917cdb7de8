import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { listenError } from '../runtime/listen-error.js'
import type { Logger } from '../runtime/logger.js'
import type { MetricsCollector } from '../runtime/metrics.js'

/** Whether this node should be sent work. */
export interface Readiness {
  readonly ready: boolean
  /** Why not, in sentences; empty when ready. */
  readonly reasons: readonly string[]
  /** What else is worth knowing (role, leader, indexes), as plain values. */
  readonly facts?: Readonly<Record<string, unknown>>
}

export interface HttpServerOptions {
  /** host:port; port 0 picks a free one. */
  readonly listen: string
  readonly logger: Logger
  readonly metrics: MetricsCollector
  /** Resolves with ready only if a linearizable read works now. */
  readonly ready: () => Promise<Readiness>
  /** Called before metrics are written out, for gauges that are cheaper to set when somebody looks. */
  readonly collect?: () => void
}

/** Bounds of what a stranger can make this server hold. */
export const HTTP_LIMITS = {
  headerBytesMax: 16 * 1024,
  connectionsMax: 1_024,
  /** From connecting to the end of the headers. */
  headersMs: 10_000,
  /** From the first byte of a request to its last. */
  requestMs: 30_000,
  /** Between requests of one connection. */
  keepAliveMs: 5_000,
  /** A readiness check that takes longer is a no. */
  readyMs: 2_000,
} as const

/**
 * What machines ask over plain HTTP: `/healthz` (this process lives), `/readyz` (linearizable reads work here, now; 503 with
 * the reasons where not) and `/metrics` (Prometheus text).
 */
export class HttpServer implements AsyncDisposable {
  #checking: Promise<Readiness> | undefined

  private constructor(
    private readonly server: Server,
    private readonly options: HttpServerOptions,
  ) {
    server.on('request', (request, response) => {
      this.#answer(request, response).catch((error: unknown) => {
        options.logger.error({ error, path: request.url }, 'http request failed')
        if (!response.headersSent) sendJson(response, 500, { error: 'internal error; the log says why' })
        else response.destroy()
      })
    })
  }

  /** @throws PORT_IN_USE, CONFIG_INVALID */
  static listen(options: HttpServerOptions): Promise<HttpServer> {
    const server = createServer({
      maxHeaderSize: HTTP_LIMITS.headerBytesMax,
      headersTimeout: HTTP_LIMITS.headersMs,
      requestTimeout: HTTP_LIMITS.requestMs,
      keepAliveTimeout: HTTP_LIMITS.keepAliveMs,
      connectionsCheckingInterval: 1_000,
    })
    server.maxConnections = HTTP_LIMITS.connectionsMax
    const colon = options.listen.lastIndexOf(':')
    const host = options.listen.slice(0, colon).replace(/^\[(.*)\]$/, '$1')
    const port = Number(options.listen.slice(colon + 1))
    return new Promise((resolve, reject) => {
      const refuse = (cause: unknown) =>
        reject(listenError(options.listen, 'HTTP service', 'listen.http', cause))
      server.once('error', refuse)
      try {
        server.listen({ host, port }, () => {
          server.removeListener('error', refuse)
          resolve(new HttpServer(server, options))
        })
      } catch (cause) {
        refuse(cause)
      }
    })
  }

  /** host:port that is listened on. */
  get address(): string {
    const { address, family, port } = this.server.address() as AddressInfo
    return family === 'IPv6' ? `[${address}]:${port}` : `${address}:${port}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()))
    this.server.closeAllConnections()
    await closed
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // No request here has a body; what comes anyway is read to nowhere.
    request.resume()
    response.setHeader('x-content-type-options', 'nosniff')
    response.setHeader('cache-control', 'no-store')
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('allow', 'GET, HEAD')
      return sendJson(response, 405, { error: `${request.method} is not supported here` })
    }
    switch ((request.url ?? '').split('?', 1)[0]) {
      case '/healthz':
        return sendJson(response, 200, { status: 'alive' })
      case '/readyz': {
        const { ready, reasons, facts } = await this.#ready()
        return sendJson(response, ready ? 200 : 503, { ready, reasons, ...facts })
      }
      case '/metrics':
        this.options.collect?.()
        return send(response, 200, METRICS_TYPE, await this.options.metrics.exportPrometheus())
      default:
        return sendJson(response, 404, { error: 'not found', paths: ['/healthz', '/readyz', '/metrics'] })
    }
  }

  /** One check at a time: however many ask, the cluster is asked once. */
  #ready(): Promise<Readiness> {
    this.#checking ??= withinLimit(this.options.ready()).finally(() => {
      this.#checking = undefined
    })
    return this.#checking
  }
}

const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

function withinLimit(check: Promise<Readiness>): Promise<Readiness> {
  return new Promise((resolve) => {
    const refuse = (reason: string) => resolve({ ready: false, reasons: [reason] })
    const timer = setTimeout(
      () => refuse(`no read was confirmed within ${HTTP_LIMITS.readyMs} ms`),
      HTTP_LIMITS.readyMs,
    )
    check
      .then(resolve, (error: unknown) => refuse(error instanceof Error ? error.message : String(error)))
      .finally(() => clearTimeout(timer))
  })
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  send(response, status, 'application/json; charset=utf-8', `${JSON.stringify(value)}\n`)
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) })
  // Node leaves the body out by itself where the request was HEAD.
  response.end(body)
}
