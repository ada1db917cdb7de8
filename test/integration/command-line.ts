import { mkdir } from 'node:fs/promises'
import { run } from '../../src/cli/program.js'

export interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
  // biome-ignore lint/suspicious/noExplicitAny: whatever the command printed
  readonly json: any
}

export interface RunOptions {
  readonly endpoints?: readonly string[]
  /** Folder of the user's keys and of relative paths. */
  readonly work: string
  /** Where the command runs; is made. Default: `work`. */
  readonly workFolder?: string
  /** Default true. */
  readonly json?: boolean
  readonly ask?: (question: string) => Promise<string>
}

/** Runs a command in this process. */
export async function runCommand(args: readonly string[], options: RunOptions): Promise<Ran> {
  const { endpoints = [], work, workFolder = work, json = true, ask } = options
  const out: string[] = []
  const err: string[] = []
  await mkdir(workFolder, { recursive: true })
  const code = await run(json ? [...args, '--json'] : args, {
    env: { GGEN_MARKET_HOME: work, GGEN_MARKET_ENDPOINTS: endpoints.join(',') },
    workFolder,
    stdout: { write: (text: string) => out.push(text) },
    stderr: { write: (text: string) => err.push(text) },
    ask,
  })
  const text = out.join('')
  return {
    code,
    out: text,
    err: err.join(''),
    json: json ? JSON.parse(text.trim().split('\n').at(-1) ?? '') : undefined,
  }
}
