import { readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import type * as Native from '../../native/index.js'
import { MarketplaceError } from '../model/error.js'

/** The native module as loaded: search and resolution. */
export type NativeModule = typeof Native

/** Which build of the module a process needs. */
export interface NativePlatform {
  readonly platform: string
  readonly arch: string
  /** Linux only. */
  readonly libc?: 'gnu' | 'musl' | undefined
}

/** The bridge this code was written against: `BRIDGE_VERSION` in native/bridge/src/lib.rs. */
const BRIDGE_VERSION = 4
const BASE_NAME = 'ggen-search'

/** Where `make build` puts the module: `native/` beside `src/` and `dist/` alike. */
export const NATIVE_FOLDER = fileURLToPath(new URL('../../native/', import.meta.url))

/** `ggen-search.linux-x64-gnu.node`, as the build names it. */
export function nativeModuleName(platform: NativePlatform): string {
  const parts = [platform.platform, platform.arch]
  if (platform.platform === 'win32') parts.push('msvc')
  if (platform.libc !== undefined) parts.push(platform.libc)
  return `${BASE_NAME}.${parts.join('-')}.node`
}

/** The platform this process runs on. */
export function currentPlatform(): NativePlatform {
  if (process.platform !== 'linux') return { platform: process.platform, arch: process.arch }
  return { platform: 'linux', arch: process.arch, libc: usesGlibc() ? 'gnu' : 'musl' }
}

function usesGlibc(): boolean {
  // The report names the version of glibc, and says nothing where libc is another. Without its network part, which
  // looks up the names of open connections.
  const report = process.report as typeof process.report & { excludeNetwork?: boolean }
  const before = report.excludeNetwork ?? false
  report.excludeNetwork = true
  try {
    const { header } = report.getReport() as { header?: { glibcVersionRuntime?: string } }
    return header?.glibcVersionRuntime !== undefined
  } finally {
    report.excludeNetwork = before
  }
}

/** Whether there is a module for this platform; it may still be damaged. */
export function isNativeModuleHere(folder: string = NATIVE_FOLDER): boolean {
  return modulesIn(folder).includes(nativeModuleName(currentPlatform()))
}

/**
 * Loads the native module of this platform.
 * @throws NATIVE_MODULE_MISSING naming the file, what is wrong with it, and the remedy
 */
export function loadNativeModule(
  folder: string = NATIVE_FOLDER,
  platform: NativePlatform = currentPlatform(),
): NativeModule {
  const name = nativeModuleName(platform)
  const path = `${folder.replace(/\/?$/, '/')}${name}`
  const found = modulesIn(folder)
  if (!found.includes(name)) {
    const others = found.length === 0 ? '' : `; there is ${found.join(', ')}, built for another platform`
    throw missing(path, `the native module ${path} does not exist${others}`)
  }
  let loaded: Partial<NativeModule>
  try {
    loaded = createRequire(import.meta.url)(path) as Partial<NativeModule>
  } catch (cause) {
    const why = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause)
    throw missing(path, `the native module ${path} is not for this platform, or is damaged: ${why}`, cause)
  }
  if (loaded.BRIDGE_VERSION !== BRIDGE_VERSION) {
    const version = loaded.BRIDGE_VERSION ?? 'no'
    throw missing(path, `the native module ${path} has bridge version ${version}, not ${BRIDGE_VERSION}`)
  }
  return loaded as NativeModule
}

function modulesIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => name.startsWith(`${BASE_NAME}.`) && name.endsWith('.node'))
  } catch {
    // No folder, no modules: said in the same words.
    return []
  }
}

function missing(path: string, message: string, cause?: unknown): MarketplaceError {
  return new MarketplaceError({
    reason: 'NATIVE_MODULE_MISSING',
    message,
    help: 'run "make build" in a checkout, on this machine and with this version of Node; a package that was installed has the modules of the platforms it was made for',
    details: { file: path },
    cause,
  })
}
