// The first steps of a user, by the command line, against the cluster that ENDPOINTS names: import, search, info, add, list.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const work = mkdtempSync(join(tmpdir(), 'ggen-market-first-steps-'))
process.on('exit', () => rmSync(work, { recursive: true, force: true }))

function cli(...args) {
  const env = {
    ...process.env,
    GGEN_MARKET_ENDPOINTS: process.env.ENDPOINTS,
    GGEN_MARKET_HOME: join(work, 'home'),
  }
  const ran = spawnSync(process.execPath, [join(root, 'dist/cli/main.js'), ...args, '--json'], {
    cwd: work,
    env,
    encoding: 'utf8',
  })
  if (ran.status !== 0) {
    console.error(`ggen-market ${args.join(' ')} ended with ${ran.status}:\n${ran.stdout}${ran.stderr}`)
    process.exit(1)
  }
  return JSON.parse(ran.stdout)
}

function expect(condition, what) {
  if (condition) return
  console.error(`first steps: ${what}`)
  process.exit(1)
}

cli('import', 'node_modules', join(root, 'node_modules'))
expect(
  cli('search', 'grpc').hits.some((hit) => hit.id.name === 'grpc-js'),
  'search does not find grpc-js',
)
expect(cli('info', 'grpc/grpc-js').contentHash.digest.length === 64, 'info has no content hash')
cli('add', 'pino')
expect(existsSync(join(work, '.ggen/packages/pino/package.json')), 'pino was not installed')
expect(existsSync(join(work, '.ggen/packages/sonic-boom/package.json')), 'what pino needs was not installed')
expect(
  cli('cluster', 'status').nodes.every((node) => node.reachable),
  'a node is not reachable',
)
console.log(`first steps done on Node ${process.versions.node}`)
