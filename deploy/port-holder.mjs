// Which process listens on a port of this machine, as far as the system says so.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { createServer } from 'node:net'

/** Whether a server could listen on host:port now. */
export function isFree(address) {
  const [host, port] = address.split(':')
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ host, port: Number(port), exclusive: true }, () => server.close(() => resolve(true)))
  })
}

/** `{ pid, command }` of whoever listens; undefined where the system does not tell (no /proc, another user's process). */
export function holderOfPort(port) {
  const inodes = new Set(['/proc/net/tcp', '/proc/net/tcp6'].flatMap((table) => listeners(table, port)))
  if (inodes.size === 0) return undefined
  for (const pid of names('/proc').filter((name) => /^\d+$/.test(name))) {
    for (const fd of names(`/proc/${pid}/fd`)) {
      const inode = /^socket:\[(\d+)\]$/.exec(link(`/proc/${pid}/fd/${fd}`))?.[1]
      if (inode !== undefined && inodes.has(inode)) return { pid: Number(pid), command: commandOf(pid) }
    }
  }
  return undefined
}

/** Inodes of the listening sockets of a port: column 2 is address:port in hex, 4 the state (0A: listening), 10 the inode. */
function listeners(table, port) {
  return text(table)
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local, , state]) => state === '0A' && Number.parseInt(local.split(':')[1], 16) === port)
    .map((columns) => columns[9])
}

function commandOf(pid) {
  const words = text(`/proc/${pid}/cmdline`).split('\0').filter(Boolean)
  const line = words.join(' ')
  return line.length > 100 ? `${line.slice(0, 99)}…` : line
}

function names(folder) {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function link(path) {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}

function text(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
