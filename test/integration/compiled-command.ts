import { execFile } from 'node:child_process'
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { isRunning } from '../../src/install/write-guard.js'
import { eventually } from './test-cluster.js'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
/** The compiled command, to be run as its own process. */
export const COMMAND = join(ROOT, 'dist/cli/main.js')
const LOCK = join(ROOT, '.build/compiling')
const COMPILE_MS_MAX = 100_000

/** Compiles the command where it is older than its source; files of tests that run at once do not do it under each other's feet. */
export async function compileCommand(): Promise<void> {
  await mkdir(join(ROOT, '.build'), { recursive: true })
  await eventually('the compiler is free', async () => ((await claim()) ? true : undefined), COMPILE_MS_MAX)
  try {
    if (await isCompiled()) return
    const compiler = join(ROOT, 'node_modules/typescript/bin/tsc')
    const project = join(ROOT, 'tsconfig.build.json')
    // Types are judged by `make lint`: what is wrong there is compiled all the same.
    await promisify(execFile)(process.execPath, [compiler, '-p', project]).catch(() => {})
  } finally {
    await rm(LOCK, { force: true })
  }
}

async function claim(): Promise<boolean> {
  try {
    await writeFile(LOCK, String(process.pid), { flag: 'wx' })
    return true
  } catch {
    const holder = Number(await readFile(LOCK, 'utf8').catch(() => ''))
    if (holder > 0 && !isRunning(holder)) await rm(LOCK, { force: true })
    return false
  }
}

/** Every file is written anew by each compilation. */
async function isCompiled(): Promise<boolean> {
  const compiled = await stat(COMMAND).catch(() => undefined)
  if (compiled === undefined) return false
  const sources = await readdir(join(ROOT, 'src'), { recursive: true })
  for (const path of sources) {
    if (path.endsWith('.ts') && (await stat(join(ROOT, 'src', path))).mtimeMs > compiled.mtimeMs) return false
  }
  return true
}
