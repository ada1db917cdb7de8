// Runs in a project into which the packed tarball was installed: the library, then the command, both on a registry of their own.
//   node first-use.mjs [--without-native]
import { strict as assert } from 'node:assert'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import {
  collect,
  MarketplaceBuilder,
  packArchive,
  parsePackageRef,
  readPackageFolder,
} from 'ggen-marketplace'

const withoutNative = process.argv.includes('--without-native')
const command = resolve('node_modules/.bin/ggen-market')
const work = mkdtempSync(join(tmpdir(), 'ggen-market-packed-'))
process.on('exit', () => rmSync(work, { recursive: true, force: true }))

function source(name, version, more = '') {
  const folder = join(work, `${name}-${version}`)
  mkdirSync(folder)
  const manifest = `[package]\nnamespace = "packed"\nname = "${name}"\nversion = "${version}"\ndescription = "a friendly template"\n`
  writeFileSync(join(folder, 'package.toml'), `${manifest}kind = "template"\n${more}`)
  writeFileSync(join(folder, 'hello.txt'), 'hello\n')
  return folder
}

async function library() {
  const client = new MarketplaceBuilder().withLocalRegistry(join(work, 'registry')).build()
  try {
    const { manifest, files } = await readPackageFolder(source('library', '1.0.0'))
    const archive = await packArchive(files)
    const signer = client.crypto.generateKeypair()
    const { id } = await client.publish({ metadata: manifest.metadata, signers: [signer] }, archive)
    const { version } = await client.getVerified(parsePackageRef('packed/library'))
    assert.equal(version.content.sha256, archive.sha256)
    assert.equal((await collect(client.download({ sha256: archive.sha256, id }))).length, archive.sizeBytes)
    const { hits } = await client.search({ query: 'friendly' })
    assert.deepEqual(
      hits.map((hit) => hit.id.name),
      ['library'],
    )
    await archive[Symbol.asyncDispose]?.()
  } finally {
    await client.close()
  }
}

/** Runs the command; its notes say once what is missing, or nothing. */
function market(...args) {
  const env = { ...process.env, GGEN_MARKET_HOME: join(work, 'home') }
  const ran = spawnSync(process.execPath, [command, ...args], { cwd: work, env, encoding: 'utf8' })
  assert.equal(ran.status, 0, `ggen-market ${args.join(' ')}: ${ran.stdout}${ran.stderr}`)
  assert.equal(ran.stderr.split('no native module').length - 1, withoutNative ? 1 : 0, ran.stderr)
  return ran.stdout
}

await library()
const dependency = source('base', '1.2.0')
const hello = source(
  'hello',
  '1.0.0',
  '[dependencies]\nbase = { version = "^1.0.0", namespace = "packed" }\n',
)
market('publish', dependency)
market('publish', hello)
assert.match(market('search', 'friendly', 'hello'), /packed\/hello@1\.0\.0/)
market('add', 'packed/hello')
assert.ok(existsSync(join(work, '.ggen/packages/packed/hello/hello.txt')))
assert.ok(existsSync(join(work, '.ggen/packages/packed/base/hello.txt')))
console.log(
  `${process.version}${withoutNative ? ' without the native module' : ''}: library and command work`,
)
