// Builds the native module: node native/build.mjs [--release] [--test]
//
//   (nothing)   development profile: no link-time optimisation, 2 to 4 minutes from nothing on two cores
//   --release   what is shipped; slower to build
//   --test      runs the crate's own tests, with the same compiled dependencies
//
// Does nothing when neither the sources nor the tools have changed since the module here was built. The module is
// replaced by rename: processes that have the old one loaded keep it.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const root = dirname(here)
const target = join(here, 'target')
const built = join(target, 'module')
const release = process.argv.includes('--release')

function fail(message) {
  console.error(`native/build.mjs: ${message}`)
  process.exit(1)
}

function output(command, args) {
  const result = spawnSync(command, args, { encoding: 'utf8', cwd: here })
  if (result.error?.code === 'ENOENT') {
    fail(
      `${command} was not found: install Rust 1.88 or newer (https://rustup.rs), then run "make build" again`,
    )
  }
  if (result.status !== 0) fail(`${command} ${args.join(' ')} failed: ${(result.stderr ?? '').trim()}`)
  return result.stdout
}

function run(command, args) {
  const result = spawnSync(command, args, { stdio: 'inherit', cwd: root })
  if (result.error) fail(`${command} could not be started: ${result.error.message}`)
  if (result.status !== 0) fail(`${command} failed; what it says is above`)
}

function installed(path) {
  try {
    return createRequire(import.meta.url).resolve(path)
  } catch {
    fail('@napi-rs/cli is not installed: run "npm ci --ignore-scripts" first')
  }
}

/** Every file that decides what is built. */
function* sources(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) =>
    a.name < b.name ? -1 : 1,
  )) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) {
      if (entry.name !== 'target') yield* sources(path)
    } else if (/\.(rs|toml|lock|mjs)$/.test(entry.name) || entry.name === 'napi.json') {
      yield path
    }
  }
}

const sourceHash = createHash('sha256')
for (const path of sources(here)) sourceHash.update(`\0${relative(here, path)}\0`).update(readFileSync(path))
const content = sourceHash.digest('hex')
const stampPath = join(target, 'module.json')
const profile = release ? 'release' : 'development'
const stamp = readStamp()
// A module that fits needs no compiler any more; where there is one, it has to be the same.
const withoutCompiler = stamp !== undefined && spawnSync('cargo', ['--version']).error?.code === 'ENOENT'
if (withoutCompiler && !process.argv.includes('--test')) upToDate()

output('cargo', ['--version'])
const rustc = output('rustc', ['-vV'])
const triple = /^host: (.+)$/m.exec(rustc)?.[1] ?? fail('rustc does not name its host')

if (process.argv.includes('--test')) {
  run('cargo', [
    'test',
    '--locked',
    '--manifest-path',
    join(here, 'Cargo.toml'),
    '--target',
    triple,
    '--workspace',
  ])
  process.exit(0)
}

if (stamp?.rustc === rustc) upToDate()

/** What says of the module here what it was built of; undefined where it does not fit. */
function readStamp() {
  try {
    const found = JSON.parse(readFileSync(stampPath, 'utf8'))
    // A release build serves development as well.
    const fits = found.content === content && (found.profile === profile || found.profile === 'release')
    return fits && existsSync(join(here, found.file)) ? found : undefined
  } catch {
    // No stamp, or none that can be read: build.
    return undefined
  }
}

function upToDate() {
  console.log(`native module is up to date (native/${stamp.file}, ${stamp.profile})`)
  process.exit(0)
}

console.log(`building the native module (${profile}); from nothing this takes 2 to 4 minutes on two cores`)
const started = Date.now()
mkdirSync(built, { recursive: true })
const cli = installed('@napi-rs/cli/package.json')
const cliMain = join(dirname(cli), JSON.parse(readFileSync(cli, 'utf8')).bin.napi)
run(process.execPath, [
  cliMain,
  'build',
  ...['--manifest-path', join(here, 'bridge', 'Cargo.toml'), '--config-path', join(here, 'napi.json')],
  ...['--target-dir', target, '--output-dir', built, '--target', triple],
  ...['--platform', '--no-js', '--dts', 'index.d.ts'],
  ...(release ? ['--release'] : []),
  '--',
  '--locked',
])

const file = readdirSync(built).find((name) => name.endsWith('.node')) ?? fail(`no module in ${built}`)
for (const name of [file, 'index.d.ts']) {
  const temporary = join(target, `${name}.${process.pid}`)
  copyFileSync(join(built, name), temporary)
  renameSync(temporary, join(here, name))
}
writeFileSync(stampPath, `${JSON.stringify({ content, rustc, profile, file })}\n`)
console.log(`built native/${file} in ${Math.round((Date.now() - started) / 1000)} s`)
