import { readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { parse, TomlError } from 'smol-toml'
import { MarketplaceError } from '../model/error.js'
import { nearest } from './nearest.js'

/** Its name in a project's folder. */
export const CONFIG_FILE_NAME = 'ggen-market.toml'
const FILE_BYTES_MAX = 1024 * 1024

/** Keys with their values as the file gives them: `raft.tickMs` → 50. */
export interface ConfigFile {
  readonly path: string
  readonly values: ReadonlyMap<string, unknown>
}

/** The nearest `ggen-market.toml`, from a folder upward. */
export function findConfigFile(folder: string): string | undefined {
  for (let at = resolve(folder); ; at = dirname(at)) {
    const path = join(at, CONFIG_FILE_NAME)
    if (readText(path) !== undefined) return path
    if (dirname(at) === at) return undefined
  }
}

/**
 * @param known all keys that there are; the file may hold no other
 * @returns undefined where there is no such file
 * @throws CONFIG_INVALID for what is not TOML, and for an unknown key, naming the nearest known one
 */
export function readConfigFile(path: string, known: readonly string[]): ConfigFile | undefined {
  const content = readText(path)
  if (content === undefined) return undefined
  const values = new Map<string, unknown>()
  flatten(parseToml(path, content), '', known, values)
  for (const key of values.keys()) if (!known.includes(key)) throw unknownKey(path, key, known)
  return { path, values }
}

function parseToml(path: string, content: string): Record<string, unknown> {
  try {
    return parse(content)
  } catch (cause) {
    if (!(cause instanceof TomlError)) throw cause
    throw new MarketplaceError({
      reason: 'CONFIG_INVALID',
      field: path,
      message: `${path}:${cause.line}:${cause.column} is not TOML: ${cause.message.split('\n', 1)[0]}`,
      help: 'correct that line',
      details: { source: `file ${path}` },
      cause,
    })
  }
}

/** A table opens a section, unless a setting has its name. */
function flatten(
  table: Record<string, unknown>,
  prefix: string,
  known: readonly string[],
  into: Map<string, unknown>,
): void {
  for (const [name, value] of Object.entries(table)) {
    const key = prefix + name
    const isTable =
      typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)
    if (isTable && !known.includes(key)) flatten(value as Record<string, unknown>, `${key}.`, known, into)
    else into.set(key, value)
  }
}

function unknownKey(path: string, key: string, known: readonly string[]): MarketplaceError {
  const suggestion = nearest(key, known)
  return new MarketplaceError({
    reason: 'CONFIG_INVALID',
    field: key,
    message: `${path} has the unknown key ${key}`,
    help:
      suggestion === undefined
        ? 'remove it; `ggen-market config` lists all keys'
        : `did you mean ${suggestion}? \`ggen-market config\` lists all keys`,
    details: { source: `file ${path}`, ...(suggestion === undefined ? {} : { nearest: suggestion }) },
  })
}

function readText(path: string): string | undefined {
  let bytes: Buffer
  try {
    bytes = readFileSync(path)
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw new MarketplaceError({
      reason: 'CONFIG_INVALID',
      field: path,
      message: `${path} cannot be read: ${code}`,
      help: 'check the path and its permissions',
      cause,
    })
  }
  if (bytes.length <= FILE_BYTES_MAX) return bytes.toString('utf8')
  throw new MarketplaceError({
    reason: 'CONFIG_INVALID',
    field: path,
    message: `${path} has ${bytes.length} bytes`,
    help: `a configuration file has at most ${FILE_BYTES_MAX}`,
  })
}
