import { closeSync, openSync, readFileSync, writeSync } from 'node:fs'
import { expect, test } from 'vitest'
import { exitCodeOf } from './exit-code.js'
import { asMarketplaceError } from './output.js'

function thrownBy(work: () => unknown) {
  try {
    work()
  } catch (error) {
    const shown = asMarketplaceError(error)
    return { reason: shown.reason, message: shown.message, exit: exitCodeOf(shown) }
  }
  throw new Error('nothing was thrown')
}

test.runIf(process.platform === 'linux')(
  'a full disk is the trouble of the disk, not of how the command was called',
  () => {
    const full = openSync('/dev/full', 'w')
    const shown = thrownBy(() => writeSync(full, 'x'))
    closeSync(full)
    expect(shown).toEqual({
      reason: 'STORAGE_FAILED',
      message: 'the disk of this machine refuses: ENOSPC: no space left on device, write',
      exit: 5,
    })
  },
)

test('a path that is not as it should be is named', () => {
  expect(thrownBy(() => readFileSync('/dev/null/x'))).toEqual({
    reason: 'FILE_INVALID',
    message: expect.stringContaining("open '/dev/null/x'"),
    exit: 2,
  })
})

test('whatever else was thrown is a fault of ours', () => {
  expect(thrownBy(() => BigInt('x'))).toMatchObject({ reason: 'INTERNAL', exit: 1 })
})
