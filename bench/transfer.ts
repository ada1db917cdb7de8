import { randomBytes } from 'node:crypto'
import type { Content } from '../src/client/publish-call.js'
import { MarketplaceBuilder } from '../src/marketplace-builder.js'
import type { PackageMetadata } from '../src/model/metadata.js'
import { parsePackageId } from '../src/model/package-id.js'
import { type Bed, BLOB_MIB } from './bed.js'
import { copyAndSync } from './disk.js'
import { type Figure, ratioFigure } from './figure.js'
import { rounds, timed } from './load.js'
import { rootFile } from './nodes.js'
import { benchSigner } from './registration.js'
import { MIB } from './size.js'

type PackageArchive = (
  id: object,
  payload: Uint8Array,
) => Promise<{ metadata: PackageMetadata; content: Content }>

/**
 * A whole package of 64 MiB through the project's own client: up (signed, hashed on every node, unpacked and compared with
 * its manifest, on the disks of a majority, in the log) and down (hashed again by the client). Its bytes do not compress.
 */
export async function transfer(bed: Bed): Promise<Figure[]> {
  const { packageArchive } = (await import(rootFile('test/chaos/package-archive.mjs'))) as {
    packageArchive: PackageArchive
  }
  const echo = await bed.echo()
  const cluster = await bed.cluster()
  const leader = await cluster.leader()
  await using client = new MarketplaceBuilder().withCluster([leader.client]).build()
  const results = await rounds(bed.rounds, async (n) => {
    const id = parsePackageId(`bench/transfer-${n + 1}@1.0.0`)
    const { metadata, content } = await packageArchive(id, randomBytes(BLOB_MIB * MIB))
    const copy = await copyAndSync(bed.file, bed.folder)
    const publish = await timed(() => client.publish({ metadata, signers: [benchSigner] }, content))
    const http = await echo.fetchFile()
    const download = await timed(async () => {
      let bytes = 0
      for await (const chunk of client.download({ sha256: content.sha256 })) bytes += chunk.length
      if (bytes !== content.sizeBytes) throw new Error(`${bytes} bytes of ${content.sizeBytes}`)
    })
    return { copy, publish, http, download }
  })
  const speed = (name: keyof (typeof results)[number]) =>
    results.map((result) => BLOB_MIB / (result[name] / 1_000))
  return [
    ratioFigure(
      `download of ${BLOB_MIB} MiB`,
      'MiB/s',
      speed('download'),
      { name: 'http stream', values: speed('http') },
      { kind: 'ratio at least', of: 0.25 },
    ),
    ratioFigure(
      `publish of ${BLOB_MIB} MiB to a majority`,
      'MiB/s',
      speed('publish'),
      { name: 'cp + fsync', values: speed('copy') },
      { kind: 'ratio at least', of: 0.2 },
    ),
  ]
}
