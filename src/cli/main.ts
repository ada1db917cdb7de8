#!/usr/bin/env node
import { createInterface } from 'node:readline/promises'
import { growHeapInLargeSteps } from '../runtime/heap-growth.js'
import { run } from './program.js'

growHeapInLargeSteps()

// A reader that has seen enough (`| head`) is no error. Anything else is told once, where that still can be.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  process.stderr.write(`error: standard output cannot be written: ${error.message}\n`)
  process.exit(1)
})

// A command with listeners of its own (`serve`) ends by itself, gracefully. Everything else ends at once, with the terminal as it was.
process.stderr.on('error', (error: NodeJS.ErrnoException) => {
  if (process.stderr.listenerCount('error') === 1) process.exit(error.code === 'EPIPE' ? 0 : 1)
})
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  process.on(signal, () => {
    if (process.listenerCount(signal) > 1) return
    if (process.stderr.isTTY) process.stderr.write('\x1b[?25h\x1b[?7h\n')
    process.exit(code)
  })
}

/** An end of the input, or an interrupt, is an empty answer. */
async function askAtTerminal(question: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  const ended = new Promise<undefined>((resolve) => terminal.once('close', () => resolve(undefined)))
  const answer = await Promise.race([terminal.question(question), ended])
  if (answer === undefined) process.stderr.write('\n')
  terminal.close()
  return answer ?? ''
}

process.exitCode = await run(process.argv.slice(2), {
  env: process.env,
  workFolder: process.cwd(),
  stdout: process.stdout,
  stderr: process.stderr,
  stdin: process.stdin,
  ask: process.stdin.isTTY && process.stderr.isTTY ? askAtTerminal : undefined,
})
