import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { MarketplaceError } from '../model/error.js'
import { currentPlatform, loadNativeModule, type NativePlatform, nativeModuleName } from './native-module.js'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ggen-native-module-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function refusal(platform?: NativePlatform): MarketplaceError {
  try {
    loadNativeModule(folder, platform)
  } catch (error) {
    if (error instanceof MarketplaceError) return error
    throw error
  }
  throw new Error('the module was loaded')
}

test('the module built here loads', () => {
  expect(loadNativeModule().BRIDGE_VERSION).toBe(4)
})

test('modules are named by platform, architecture and libc', () => {
  expect(nativeModuleName({ platform: 'linux', arch: 'x64', libc: 'gnu' })).toBe(
    'ggen-search.linux-x64-gnu.node',
  )
  expect(nativeModuleName({ platform: 'linux', arch: 'arm64', libc: 'musl' })).toBe(
    'ggen-search.linux-arm64-musl.node',
  )
  expect(nativeModuleName({ platform: 'darwin', arch: 'arm64' })).toBe('ggen-search.darwin-arm64.node')
  expect(nativeModuleName({ platform: 'win32', arch: 'x64' })).toBe('ggen-search.win32-x64-msvc.node')
})

test('a missing module is refused with the file looked for and the remedy', () => {
  const error = refusal()
  const file = join(folder, nativeModuleName(currentPlatform()))
  expect(error.reason).toBe('NATIVE_MODULE_MISSING')
  expect(error.message).toBe(`the native module ${file} does not exist`)
  expect(error.help).toContain('make build')
  expect(error.details).toEqual({ file })
})

test('a module named for another platform is refused, and named', () => {
  writeFileSync(join(folder, 'ggen-search.darwin-arm64.node'), '')
  const error = refusal({ platform: 'linux', arch: 'x64', libc: 'gnu' })
  expect(error.message).toContain('ggen-search.linux-x64-gnu.node does not exist')
  expect(error.message).toContain('ggen-search.darwin-arm64.node, built for another platform')
})

test('a module whose bytes are for another platform is refused', () => {
  // The head of a Mach-O executable for arm64.
  writeFileSync(
    join(folder, nativeModuleName(currentPlatform())),
    Buffer.from('cffaedfe0c00000100000000', 'hex'),
  )
  const error = refusal()
  expect(error.reason).toBe('NATIVE_MODULE_MISSING')
  expect(error.message).toContain('is not for this platform, or is damaged')
  expect(error.help).toContain('make build')
})
