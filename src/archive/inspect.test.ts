import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { defined } from '../model/assert.js'
import { MarketplaceError } from '../model/error.js'
import { type ArchiveReport, inspectArchive } from './inspect.js'
import { encodePaxRecord, encodeTarHeader } from './tar-header.js'
import { type PackedFile, packTarGz } from './tar-writer.js'

interface Part {
  readonly name: string
  readonly type?: string
  readonly body?: string | Uint8Array
  /** Instead of the body's. */
  readonly sizeBytes?: number
  readonly mode?: number
}

const MANIFEST: Part = { name: 'package/package.json', body: '{"name":"x","version":"1.0.0"}' }
const END = Buffer.alloc(1024)

function tarPart(part: Part): Buffer {
  const body = Buffer.from(part.body ?? '')
  const header = encodeTarHeader({
    name: part.name,
    type: part.type ?? '0',
    sizeBytes: part.sizeBytes ?? body.length,
    mode: part.mode ?? 0o644,
  })
  return Buffer.concat([defined(header, 'header'), body, Buffer.alloc((512 - (body.length % 512)) % 512)])
}

function tar(...parts: Part[]): Buffer {
  return Buffer.concat([...parts.map(tarPart), END])
}

async function* chunks(bytes: Uint8Array, size = 1000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

function inspect(...parts: Part[]): Promise<ArchiveReport> {
  return inspectArchive(chunks(gzipSync(tar(...parts))))
}

async function refusal(promise: Promise<unknown>): Promise<MarketplaceError> {
  try {
    await promise
  } catch (error) {
    if (error instanceof MarketplaceError) return error
    throw error
  }
  throw new Error('the archive was accepted')
}

function file(path: string, content: string | Uint8Array, executable = false): PackedFile {
  const bytes = Buffer.from(content)
  return { path, sizeBytes: bytes.length, executable, read: () => chunks(bytes, 7) }
}

async function pack(...files: PackedFile[]): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for await (const part of packTarGz(files)) parts.push(part)
  return Buffer.concat(parts)
}

describe('a sound archive', () => {
  it('is described: manifest, readme, counts and digests', async () => {
    const bytes = await pack(
      file('package/package.json', '{"name":"@acme/web","version":"1.2.0","license":"MIT"}'),
      file('package/lib/index.js', 'x'.repeat(5000)),
      file('package/README.md', '# Web'),
      file('package/readme.txt', 'less'),
    )
    const report = await inspectArchive(chunks(bytes, 11))
    expect(report.topFolder).toBe('package')
    expect(report.manifest.metadata.id).toEqual({ namespace: 'acme', name: 'web', version: '1.2.0' })
    expect(Buffer.from(report.readme as Uint8Array).toString()).toBe('# Web')
    expect(report.entryCount).toBe(4)
    const of = (algorithm: string) => createHash(algorithm).update(bytes).digest('hex')
    expect(report.digests).toMatchObject({
      sha1: of('sha1'),
      sha256: of('sha256'),
      sha512: of('sha512'),
      sizeBytes: bytes.length,
    })
    const { gunzipSync } = await import('node:zlib')
    expect(report.digests.tarSha256).toBe(createHash('sha256').update(gunzipSync(bytes)).digest('hex'))
  })

  it('may have any one top folder, named folders, a leading ./ and long names', async () => {
    const deep = `web-1.0.0/${'a'.repeat(120)}/${'b'.repeat(120)}/${'c'.repeat(120)}.js`
    const pax = encodePaxRecord('path', deep)
    const report = await inspect(
      { name: './web-1.0.0/', type: '5' },
      { name: 'web-1.0.0/src', type: '5' },
      { name: 'web-1.0.0/Cargo.toml', body: '[package]\nname = "web"\nversion = "1.0.0"\n' },
      { name: 'PaxHeader', type: 'x', body: pax },
      { name: 'short', body: 'hi' },
      { name: 'LongLink', type: 'L', body: `web-1.0.0/${'d'.repeat(200)}\0` },
      { name: 'short', body: 'ho' },
    )
    expect(report.topFolder).toBe('web-1.0.0')
    expect(report.manifest.file).toBe('Cargo.toml')
  })

  it('is read by precedence: package.toml before package.json before Cargo.toml, in the top folder only', async () => {
    const report = await inspect(
      { name: 'package/Cargo.toml', body: '[package]\nname = "c"\nversion = "1.0.0"\n' },
      MANIFEST,
      { name: 'package/package.toml', body: '[package]\nname = "t"\nversion = "1.0.0"\n' },
      { name: 'package/deep/package.toml', body: '[package]\nname = "d"\nversion = "1.0.0"\n' },
    )
    expect(report.manifest.metadata.id.name).toBe('t')
  })
})

describe('a hostile archive', () => {
  const hostile: [string, Part[], string][] = [
    ['an absolute path', [{ name: '/etc/passwd' }], 'absolute'],
    ['a path that leads out', [{ name: 'package/../../x' }], 'leads out'],
    ['a path that leads out and back', [{ name: 'package/../package/x' }], 'leads out'],
    ['a path that is ..', [{ name: '..' }], 'leads out'],
    ['a backslash', [{ name: 'package\\..\\x' }], 'backslash'],
    ['a drive', [{ name: 'C:/x' }], 'drive'],
    ['a control character', [{ name: 'package/a\u001bb' }], 'control'],
    ['an empty part', [{ name: 'package//x' }], 'empty part'],
    ['a . in the middle', [{ name: 'package/./x' }], 'empty part'],
    ['an empty name', [{ name: '' }], 'empty'],
    [
      'a part of 300 bytes',
      [{ name: 'LongLink', type: 'L', body: `package/${'x'.repeat(300)}` }, { name: 'x' }],
      '255',
    ],
    ['a symbolic link', [{ name: 'package/link', type: '2' }], 'symbolic link'],
    ['a hard link', [{ name: 'package/link', type: '1' }], 'hard link'],
    ['a character device', [{ name: 'package/dev', type: '3' }], 'character device'],
    ['a block device', [{ name: 'package/dev', type: '4' }], 'block device'],
    ['a named pipe', [{ name: 'package/pipe', type: '6' }], 'named pipe'],
    ['a type nobody knows', [{ name: 'package/odd', type: 'Q' }], 'no file or folder'],
    ['the same file twice', [{ name: 'package/a' }, { name: 'package/a' }], 'same path'],
    ['two files that differ in case', [{ name: 'package/A' }, { name: 'package/a' }], 'same path'],
    ['a file that is a folder too', [{ name: 'package/a' }, { name: 'package/a/b' }], 'same path'],
    ['a folder that is a file too', [{ name: 'package/a/b' }, { name: 'package/a' }], 'same path'],
    ['a second top folder', [{ name: 'other/a' }], 'outside the top folder'],
    ['a file beside the top folder', [{ name: 'package' }], 'no top folder'],
    ['a folder with content', [{ name: 'package/f', type: '5', body: 'x' }], 'folder with content'],
    [
      'a path from a global header',
      [{ name: 'g', type: 'g', body: encodePaxRecord('path', 'package/x') }],
      'global',
    ],
    [
      'a second size',
      [{ name: 'p', type: 'x', body: encodePaxRecord('size', '9') }, { name: 'package/a' }],
      'second size',
    ],
    [
      'a sparse file, which GNU tar alone unpacks under another name',
      [
        { name: 'p', type: 'x', body: encodePaxRecord('GNU.sparse.name', 'package/other') },
        { name: 'package/a' },
      ],
      'sparse',
    ],
    [
      'a malformed pax record',
      [{ name: 'p', type: 'x', body: '99 path=x\n' }, { name: 'package/a' }],
      'malformed',
    ],
    [
      'an escape by pax path',
      [{ name: 'p', type: 'x', body: encodePaxRecord('path', '../x') }, { name: 'package/a' }],
      'out',
    ],
    ['a giant extended header', [{ name: 'p', type: 'x', body: Buffer.alloc(70_000) }], 'extended header'],
  ]
  it.each(hostile)('with %s is refused, saying so', async (_, parts, why) => {
    const error = await refusal(inspect(MANIFEST, ...parts))
    expect(error.reason).toBe('ARCHIVE_INVALID')
    expect(error.message).toContain(why)
  })

  it('is refused with its entry in the details', async () => {
    const error = await refusal(inspect(MANIFEST, { name: 'package/evil', type: '2' }))
    expect(error.details).toEqual({ entry: 'package/evil' })
    expect(error.message).toContain('"package/evil"')
  })

  it('that ends early, goes on after its end or has trailing bytes is refused', async () => {
    const whole = tar(MANIFEST)
    const cases: [Uint8Array, string][] = [
      [gzipSync(whole.subarray(0, 700)), 'ends in the middle'],
      [gzipSync(whole.subarray(0, 1024)), 'ends in the middle'],
      [gzipSync(Buffer.concat([whole, tarPart({ name: 'package/late' })])), 'goes on after its end'],
      [Buffer.concat([gzipSync(whole), Buffer.from('hidden')]), 'gzip stream'],
      [Buffer.concat([gzipSync(whole), Buffer.alloc(20)]), 'follow its gzip stream'],
      [gzipSync(whole).subarray(0, -12), 'gzip stream'],
      [gzipSync(whole).subarray(0, 40), 'gzip stream'],
      [Buffer.from('this is no gzip'), 'gzip stream'],
      [Buffer.alloc(0), 'gzip stream'],
      [gzipSync(Buffer.alloc(0)), 'ends in the middle'],
      [gzipSync(END), 'none of package.toml'],
    ]
    for (const [bytes, why] of cases) {
      const error = await refusal(inspectArchive(chunks(bytes)))
      expect(error.reason).toBe('ARCHIVE_INVALID')
      expect(error.message).toContain(why)
    }
  })

  it('with a flipped bit in its gzip checksum is refused', async () => {
    const bytes = gzipSync(tar(MANIFEST))
    bytes[bytes.length - 6] = (bytes[bytes.length - 6] as number) ^ 1
    expect((await refusal(inspectArchive(chunks(bytes)))).reason).toBe('ARCHIVE_INVALID')
  })

  it('with a damaged header is refused', async () => {
    const bytes = tar(MANIFEST)
    bytes[3] = (bytes[3] as number) ^ 1
    expect((await refusal(inspectArchive(chunks(gzipSync(bytes))))).message).toContain('checksum')
  })

  it('that claims more than it may unpack to is refused before a byte of it is read', async () => {
    const error = await refusal(inspect(MANIFEST, { name: 'package/big', sizeBytes: 0o77777777777 }))
    expect([error.reason, error.message]).toEqual([
      'LIMIT_EXCEEDED',
      expect.stringContaining('bytes unpacked'),
    ])
  })

  it('that unpacks to a thousand times its size is refused while it unpacks', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024), { level: 9 })
    let fed = 0
    async function* source() {
      for await (const chunk of chunks(
        gzipSync(
          Buffer.concat([
            tarPart(MANIFEST),
            Buffer.from(
              encodeTarHeader({
                name: 'package/zeros',
                type: '0',
                sizeBytes: 2 ** 31,
                mode: 0o644,
              }) as Uint8Array,
            ),
          ]),
        ),
      ))
        yield chunk
      for (let i = 0; i < 64; i++) {
        fed++
        yield* chunks(bomb, 16_384)
      }
    }
    const error = await refusal(inspectArchive(source()))
    expect([error.reason, error.message]).toEqual([
      'LIMIT_EXCEEDED',
      expect.stringContaining('times its size'),
    ])
    expect(fed).toBeLessThan(16)
  })

  it('with too many entries is refused', async () => {
    const one = tarPart({ name: 'package/a', type: '5' })
    const block = Buffer.concat(Array.from({ length: 1000 }, () => one))
    const body = gzipSync(Buffer.concat([...Array.from({ length: 101 }, () => block), END]), { level: 1 })
    const error = await refusal(inspectArchive(chunks(body, 65_536)))
    expect([error.reason, error.message]).toEqual([
      'LIMIT_EXCEEDED',
      expect.stringContaining('100000 entries'),
    ])
  })

  it('of many files five hundred folders down is read in no more than their bytes are worth', async () => {
    const far = `package/${'a/'.repeat(500)}`
    const files = Array.from({ length: 12_000 }, (_, at) => file(`${far}${at}`, ''))
    const packed = await pack(file('package/package.json', '{"name":"x","version":"1.0.0"}'), ...files)
    expect(await inspectArchive(chunks(packed, packed.length))).toMatchObject({ entryCount: 12_001 })
    // What is known of a path still holds: each folder of it is one.
    const clash = await pack(file('package/a/b/c', ''), file('package/a/b', ''))
    expect(await refusal(inspectArchive(chunks(clash)))).toMatchObject({ reason: 'ARCHIVE_INVALID' })
    const other = await pack(file('package/a/B', ''), file('package/a/b/c/d', ''))
    expect(await refusal(inspectArchive(chunks(other)))).toMatchObject({ reason: 'ARCHIVE_INVALID' })
  })

  it('without a manifest, or with one that cannot be read, is refused', async () => {
    expect((await refusal(inspect({ name: 'package/a' }))).message).toContain('none of package.toml')
    expect((await refusal(inspect({ name: 'package/package.json', body: '{' }))).reason).toBe('FILE_INVALID')
    expect(
      (await refusal(inspect({ name: 'package/package.json', body: '{"name":"x"}' }))).message,
    ).toContain('no version')
    const named = { name: 'package/package.json', body: '{"name":"../x","version":"1.0.0"}' }
    expect((await refusal(inspect(named))).reason).toBe('INVALID_NAME')
  })

  it('whose source fails passes the failure on', async () => {
    async function* source() {
      yield gzipSync(tar(MANIFEST)).subarray(0, 30)
      throw new Error('disk gone')
    }
    await expect(inspectArchive(source())).rejects.toThrow('disk gone')
  })
})

describe('the writer', () => {
  const files = [
    file('package/b.js', 'b'.repeat(100_000)),
    file('package/bin/run.sh', '#!/bin/sh\n', true),
    file('package/é.txt', 'e'),
    file(`package/${'long/'.repeat(30)}name.txt`, 'deep'),
    file(`package/${'n'.repeat(180)}.txt`, 'long name'),
    file('package/package.json', '{"name":"x","version":"1.0.0"}'),
    file('package/empty', ''),
  ]

  it('makes the same bytes whatever the order of the files and the pieces they are read in, for ever', async () => {
    const bytes = await pack(...files)
    const again = await pack(
      ...files.toReversed().map((each) => ({
        ...each,
        async *read() {
          const parts: Uint8Array[] = []
          for await (const part of each.read()) parts.push(part)
          yield Buffer.concat(parts)
        },
      })),
    )
    expect(again.equals(bytes)).toBe(true)
    expect(bytes.subarray(0, 10).toString('hex')).toBe('1f8b0800000000000003')
    // A change here means that every package packed from now on has another hash than before.
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(
      'def6aad895a21d80259bb76b3965246048225f38512604b6077aa48dee06f063',
    )
  })

  it('makes archives that the reader takes, with executable bits and contents as they were', async () => {
    const { ArchiveReader } = await import('./archive-reader.js')
    const reader = new ArchiveReader(chunks(await pack(...files)))
    const seen: [string, boolean, number][] = []
    for await (const entry of reader.entries()) {
      let size = 0
      for await (const chunk of entry.body) size += chunk.length
      seen.push([entry.path, entry.executable, size])
    }
    expect(seen).toEqual(
      files
        .map((each): [string, boolean, number] => [each.path, each.executable, each.sizeBytes])
        .sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b))),
    )
  })

  it('fails where a file is longer or shorter than it said', async () => {
    await expect(pack({ ...file('package/a', 'abc'), sizeBytes: 2 })).rejects.toThrow(
      'changed while it was packed',
    )
    await expect(pack({ ...file('package/a', 'abc'), sizeBytes: 4 })).rejects.toThrow(
      'changed while it was packed',
    )
  })
})
