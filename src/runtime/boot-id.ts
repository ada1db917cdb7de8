import { readFile } from 'node:fs/promises'

/** Changes with every start of the operating system. Where there is none to read, every start counts as one. */
export async function readBootId(): Promise<string> {
  try {
    return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim()
  } catch {
    return `pid-${process.pid}-${Date.now()}`
  }
}
