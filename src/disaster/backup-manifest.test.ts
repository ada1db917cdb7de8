import { expect, test } from 'vitest'
import type { ClusterId, HistoryId } from '../model/node-id.js'
import { sealText, unsealText } from '../storage/sealed-text.js'
import { type BackupManifest, decodeManifest, encodeManifest } from './backup-manifest.js'

const MANIFEST: BackupManifest = {
  clusterId: 'c1'.repeat(16) as ClusterId,
  historyId: 'e1'.repeat(16) as HistoryId,
  index: 4_711,
  term: 12,
  logTimeMs: 1_700_000_000_000,
  state: { file: 'state-e1e1e1e1-4711.snapshot', sizeBytes: 99, sha256: 'ab'.repeat(32) },
  blobs: { count: 3, bytes: 12_345 },
}

test('what was written is read again', () => {
  expect(decodeManifest(encodeManifest(MANIFEST), 'manifest')).toEqual(MANIFEST)
})

test('any flipped bit, and any cut, is refused by name', () => {
  const bytes = encodeManifest(MANIFEST)
  for (let at = 0; at < bytes.length; at++) {
    const bad = bytes.slice()
    bad[at] = (bad[at] as number) ^ (1 << (at % 8))
    for (const each of [bad, bytes.slice(0, at)]) {
      expect(() => decodeManifest(each, 'x/manifest'), `at ${at}`).toThrow(
        expect.objectContaining({
          reason: 'VERIFICATION_FAILED',
          message: expect.stringContaining('x/manifest'),
        }),
      )
    }
  }
})

test('one of another version is refused with its version; one that leads out of its folder is no manifest', () => {
  const lines = unsealText(encodeManifest(MANIFEST))
  const later = sealText(['ggen-marketplace backup 2', ...lines.slice(1)])
  expect(() => decodeManifest(later, 'manifest')).toThrow(
    expect.objectContaining({ reason: 'VERSION_UNSUPPORTED', message: expect.stringContaining('version 2') }),
  )
  const leading = sealText(
    lines.map((line) => line.replace('state-e1e1e1e1-4711.snapshot', '../../etc/passwd')),
  )
  expect(() => decodeManifest(leading, 'manifest')).toThrow(
    expect.objectContaining({ reason: 'VERIFICATION_FAILED' }),
  )
})
