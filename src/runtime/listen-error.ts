import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { MarketplaceError } from '../model/error.js'

/**
 * What went wrong when listening.
 * @param address host:port as configured
 * @param purpose what it was for (`peer service`), and `field`, the setting that chose it
 */
export function listenError(
  address: string,
  purpose: string,
  field: string | undefined,
  cause: unknown,
): MarketplaceError {
  const text = cause instanceof Error ? cause.message : String(cause)
  if (text.includes('EADDRINUSE')) {
    const holder = portHolder(address)
    return new MarketplaceError({
      reason: 'PORT_IN_USE',
      field,
      message: `${purpose} cannot listen on ${address}: the port is in use${holder === undefined ? '' : ` by ${holder}`}`,
      help:
        holder === undefined
          ? `another node of this cluster may be running already, or another program holds the port (ss -ltnp tells which); stop it, or choose another address`
          : 'stop that process if it is a node left over, or choose another address',
      details: { address },
      cause,
    })
  }
  return new MarketplaceError({
    reason: 'CONFIG_INVALID',
    field,
    message: `${purpose} cannot listen on ${address}: ${text}`,
    help: 'use host:port with an address of this machine, such as 127.0.0.1:7401',
    details: { address },
    cause,
  })
}

/** State of a listening socket in /proc/net/tcp. */
const LISTEN = '0A'

/** The process that listens on a port, as far as this user may see; Linux only. */
function portHolder(address: string): string | undefined {
  const port = Number(address.slice(address.lastIndexOf(':') + 1))
  const inodes = new Set(['/proc/net/tcp', '/proc/net/tcp6'].flatMap((table) => listeners(table, port)))
  if (inodes.size === 0) return undefined
  for (const pid of quietly(() => readdirSync('/proc')) ?? []) {
    if (!/^\d+$/.test(pid)) continue
    for (const fd of quietly(() => readdirSync(`/proc/${pid}/fd`)) ?? []) {
      const target = quietly(() => readlinkSync(`/proc/${pid}/fd/${fd}`))
      if (target === undefined || !inodes.has(target)) continue
      const name = quietly(() => readFileSync(`/proc/${pid}/comm`, 'utf8'))?.trim()
      return `process ${pid}${name === undefined ? '' : ` (${name})`}`
    }
  }
  return undefined
}

/** Names, as links under /proc/PID/fd show them, of the sockets that listen on the port. */
function listeners(table: string, port: number): string[] {
  const rows = quietly(() => readFileSync(table, 'utf8'))?.split('\n') ?? []
  return rows
    .map((row) => row.trim().split(/\s+/))
    .filter((columns) => {
      const hexPort = columns[1]?.split(':')[1]
      return columns[3] === LISTEN && hexPort !== undefined && Number.parseInt(hexPort, 16) === port
    })
    .map((columns) => `socket:[${columns[9]}]`)
}

/** Undefined where the file is not there or not ours to read: what it would tell is only a hint. */
function quietly<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
