import { readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, normalize, relative, resolve, sep } from 'node:path'
import { describe, expect, test } from 'vitest'

/**
 * Which folder of src may import which: the table of ARCHITECTURE.md. `types` are allowed for `import type` only.
 * A folder may always import itself.
 */
const ROWS: Record<string, { code: readonly string[]; types?: readonly string[] }> = {
  model: { code: [] },
  raft: { code: ['model'] },
  trust: { code: ['model'], types: ['interface'] },
  state: { code: ['model', 'trust', 'raft/configuration'], types: ['raft'] },
  interface: { code: ['model'] },
  runtime: { code: ['model'], types: ['../native/index'] },
  archive: { code: ['model', 'runtime'] },
  resolver: { code: ['model', 'runtime'], types: ['../native/index'] },
  search: { code: ['model', 'runtime'], types: ['../native/index'] },
  rpc: { code: ['model', 'runtime'], types: ['raft'] },
  storage: { code: ['model', 'runtime'], types: ['raft', 'state'] },
  blob: { code: ['model', 'runtime', 'interface'], types: ['rpc'] },
  node: { code: ['raft', 'state', 'runtime', 'model', 'rpc/raft-codec'], types: ['storage', 'rpc'] },
  wire: { code: ['model'], types: ['rpc'] },
  registry: {
    code: ['state', 'trust', 'model', 'runtime', 'archive', 'resolver', 'interface'],
    types: ['node', 'blob', 'search'],
  },
  api: { code: ['registry', 'model', 'runtime', 'wire', 'rpc'], types: ['node'] },
  gateway: { code: ['model', 'runtime'], types: ['registry'] },
  config: { code: ['model'] },
  client: { code: ['model', 'trust', 'wire', 'rpc', 'archive', 'interface'], types: ['runtime'] },
  join: { code: ['client', 'config', 'model', 'raft/bootstrap'], types: ['node', 'runtime'] },
  disaster: {
    code: ['client', 'model', 'runtime', 'raft', 'state', 'storage', 'blob'],
    types: ['config'],
  },
  install: { code: ['client', 'model', 'trust', 'archive', 'runtime'] },
  cli: {
    code: [
      'client',
      'install',
      'disaster',
      'config',
      'server',
      'marketplace-builder',
      'model',
      'trust',
      'archive',
      'runtime',
    ],
  },
}

/** They put everything together, and may know every implementation. */
const COMPOSITION_ROOTS = ['server', 'local-node', 'embedded', 'marketplace-builder', 'index']

/** Folders that stay deterministic and synchronous or reach the outside only through the interfaces of runtime. */
const PURE = ['model', 'raft', 'trust', 'state']
const THROUGH_RUNTIME = ['raft', 'state', 'storage', 'blob', 'node', 'registry', 'resolver']
const NODE_MODULES_ALLOWED: Record<string, readonly string[]> = {
  model: [],
  interface: [],
  raft: ['node:crypto', 'node:assert'],
  trust: ['node:crypto'],
  state: ['node:crypto', 'node:zlib', 'node:assert'],
  storage: ['node:crypto', 'node:zlib', 'node:assert'],
  blob: ['node:crypto', 'node:zlib', 'node:assert'],
  node: ['node:crypto', 'node:assert'],
  registry: ['node:crypto', 'node:assert', 'node:zlib'],
  resolver: ['node:assert'],
}
/** The Node-bound halves of storage: LevelDB's folder and the process lock. */
const AT_THE_RIM = ['storage/level/', 'storage/folder-lock']

const root = resolve(import.meta.dirname, '..')
const src = join(root, 'src')

interface Import {
  readonly file: string
  readonly target: string
  readonly typeOnly: boolean
}

function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return entry.name === 'gen' ? [] : sourceFiles(path)
    return path.endsWith('.ts') && !path.endsWith('.test.ts') ? [path] : []
  })
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|[^:'"`])\/\/.*$/gm, '$1')
}

function importsOf(path: string): Import[] {
  const text = withoutComments(readFileSync(path, 'utf8'))
  const pattern =
    /(?:^|\n)\s*(?:import|export)\s+(type\s+)?([^'"\n;]*(?:\n[^'"\n;]*)*?)\s*from\s*['"]([^'"]+)['"]/g
  const found: Import[] = []
  for (const match of text.matchAll(pattern)) {
    // A default import or a star is no list of names, and no type.
    const names = (match[2] ?? '').match(/\{([\s\S]*)\}/)?.[1] ?? '*'
    const allTypes = names.split(',').every((name) => name.trim() === '' || name.trim().startsWith('type '))
    found.push({
      file: relative(src, path),
      target: match[3] ?? '',
      typeOnly: match[1] !== undefined || allTypes,
    })
  }
  for (const match of text.matchAll(/\bimport\s*\(\s*['"]([^'"]+)['"]\s*\)/g)) {
    found.push({ file: relative(src, path), target: match[1] ?? '', typeOnly: false })
  }
  return found
}

const files = sourceFiles(src)
const imports = files.flatMap(importsOf)
const roomOf = (file: string) => (file.includes(sep) ? (file.split(sep)[0] ?? '') : file.replace(/\.ts$/, ''))

describe('tidy', () => {
  test('there is something to hold', () => {
    expect(files.length).toBeGreaterThan(50)
    expect(imports.length).toBeGreaterThan(200)
  })

  test('imports go one way, along the table', () => {
    const wrong = imports.flatMap((entry) => {
      if (!entry.target.startsWith('.')) return []
      const target = normalize(join(dirname(entry.file), entry.target)).replace(/\.js$/, '')
      const from = roomOf(entry.file)
      const to = target.split(sep)[0] ?? ''
      if (from === to || COMPOSITION_ROOTS.includes(from)) return []
      const row = ROWS[from]
      if (row === undefined) return [`${entry.file}: ${from} has no row in the table`]
      const fits = (allowed: string) => to === allowed || target === allowed
      if (row.code.some(fits)) return []
      if (entry.typeOnly && row.types?.some(fits)) return []
      return [`${entry.file} imports ${target}${entry.typeOnly ? ' (types)' : ''}`]
    })
    expect(wrong).toEqual([])
  })

  test('composition roots are imported by each other, server.ts also by the command line; cli by nobody', () => {
    const wrong = imports.filter((entry) => {
      if (!entry.target.startsWith('.')) return false
      const target = normalize(join(dirname(entry.file), entry.target)).replace(/\.js$/, '')
      const from = roomOf(entry.file)
      if (target.startsWith(`cli${sep}`)) return from !== 'cli'
      if (!COMPOSITION_ROOTS.includes(target) || COMPOSITION_ROOTS.includes(from)) return false
      return from !== 'cli' || !['server', 'marketplace-builder'].includes(target)
    })
    expect(wrong).toEqual([])
  })

  test('inner folders use no node: module but those of the table', () => {
    const wrong = imports.flatMap((entry) => {
      const allowed = NODE_MODULES_ALLOWED[roomOf(entry.file)]
      if (allowed === undefined || !entry.target.startsWith('node:')) return []
      if (AT_THE_RIM.some((rim) => entry.file.startsWith(rim))) return []
      return allowed.includes(entry.target) ? [] : [`${entry.file} imports ${entry.target}`]
    })
    expect(wrong).toEqual([])
  })

  test('the pure folders have no clock, no chance, no waiting', () => {
    const forbidden =
      /\b(async|await|setTimeout|setInterval|setImmediate|queueMicrotask)\b|\bDate\b|Math\.random|\bperformance\b/
    const wrong = files.flatMap((path) => {
      const file = relative(src, path)
      if (!['raft', 'trust', 'model'].includes(roomOf(file))) return []
      const lines = withoutComments(readFileSync(path, 'utf8')).split('\n')
      return lines.flatMap((line, i) => {
        // A fixed instant formatted as text is arithmetic, not a clock.
        const rest = line
          .replace(/new Date\([^)]+\)|Date\.(parse|UTC)\(/g, '')
          .replace(/'[^']*'|`[^`]*`/g, '')
        return forbidden.test(rest) ? [`${file}:${i + 1}: ${line.trim()}`] : []
      })
    })
    expect(wrong).toEqual([])
    expect(PURE).toContain('state')
  })

  test('folders behind runtime take time and chance from it', () => {
    const forbidden =
      /\b(setTimeout|setInterval|setImmediate)\s*\(|\bDate\.now\b|Math\.random|\bperformance\.|\bprocess\./
    const wrong = files.flatMap((path) => {
      const file = relative(src, path)
      if (!THROUGH_RUNTIME.includes(roomOf(file)) || AT_THE_RIM.some((rim) => file.startsWith(rim))) return []
      const lines = withoutComments(readFileSync(path, 'utf8')).split('\n')
      return lines.flatMap((line, i) => (forbidden.test(line) ? [`${file}:${i + 1}: ${line.trim()}`] : []))
    })
    expect(wrong).toEqual([])
  })

  test('files are named for what they hold', () => {
    const wrong = files
      .map((path) => relative(src, path))
      .filter((file) => /(util|helper|common|misc)s?\b/.test(file))
    expect(wrong).toEqual([])
  })

  test('no default exports; index.ts only at the public entry', () => {
    const wrong = files.filter((path) =>
      /^export default\b/m.test(withoutComments(readFileSync(path, 'utf8'))),
    )
    expect(wrong.map((path) => relative(src, path))).toEqual([])
    const indexes = files.map((path) => relative(src, path)).filter((file) => /(^|\/)index\.ts$/.test(file))
    expect(indexes.filter((file) => file !== 'index.ts')).toEqual([])
  })

  test('every source file is of a size one can hold in mind', () => {
    const wrong = files.filter((path) => readFileSync(path, 'utf8').split('\n').length > 480)
    expect(wrong.map((path) => relative(src, path))).toEqual([])
    expect(files.every((path) => statSync(path).size > 0)).toBe(true)
  })
})
