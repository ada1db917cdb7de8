#!/usr/bin/env node
import { run } from './program.js'

// A reader that has seen enough (`| head`) is no error.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0)
    throw error
  })
}

process.exitCode = await run(process.argv.slice(2), {
  env: process.env,
  workFolder: process.cwd(),
  stdout: process.stdout,
  stderr: process.stderr,
})
