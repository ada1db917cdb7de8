/**
 * A registry in this process: no node, no network, everything on the disk of one folder.
 *
 *     make examples        runs it
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  collect,
  formatPackageId,
  MarketplaceBuilder,
  packArchive,
  parsePackageRef,
  readPackageFolder,
} from 'ggen-marketplace'

/** @param say is told what happens, line by line */
export async function basicUsage(say: (line: string) => void): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'ggen-example-'))
  const open = () =>
    new MarketplaceBuilder().withLocalRegistry(join(folder, 'registry')).withPrometheusMetrics().build()
  const client = open()
  try {
    const source = join(folder, 'hello')
    await mkdir(source)
    const manifest =
      '[package]\nnamespace = "tour"\nname = "hello"\nversion = "1.0.0"\ndescription = "a first package"\n'
    await writeFile(join(source, 'package.toml'), manifest)
    await writeFile(join(source, 'hello.txt'), 'hello')
    const {
      manifest: { metadata },
      files,
    } = await readPackageFolder(source)
    // The same folder gives the same bytes on every machine.
    await using archive = await packArchive(files)

    // Whoever publishes first owns the namespace from then on: keep the key (`client.crypto.exportKeyPem`).
    const signer = client.crypto.generateKeypair()
    const receipt = await client.publish({ metadata, signers: [signer] }, archive)
    say(`published ${formatPackageId(receipt.id)}, signed by ${signer.keyId}, at log index ${receipt.index}`)

    // Found at once: a client's reads and searches reflect what it wrote.
    const { hits } = await client.search({ query: 'first package' })
    say(`found ${hits.map(({ id }) => formatPackageId(id)).join(', ')}`)

    // The registry is not believed: the signature is checked here, and the bytes are hashed on their way.
    const { version, keyIds } = await client.getVerified(parsePackageRef('tour/hello'))
    const bytes = await collect(client.download({ sha256: archive.sha256, id: version.metadata.id }))
    say(`downloaded ${bytes.length} bytes, as signed by ${keyIds.join(', ')}`)

    await client.yank(receipt.id, 'says hello too quietly', signer)
    const refusal = await client.resolveVersion(parsePackageRef('tour/hello'), '^1').catch((error) => error)
    say(`yanked: ${refusal.message}`)
  } finally {
    await client.close()
  }

  // What was acknowledged is there again after a restart, a crash, a power cut.
  await using again = open()
  const { versions } = await again.listVersions(parsePackageRef('tour/hello'))
  say(
    `opened again: ${versions.map(({ id, yanked }) => `${formatPackageId(id)}${yanked ? ', yanked' : ''}`)}`,
  )
  await again.close()
  await rm(folder, { recursive: true })
}
