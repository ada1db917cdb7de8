// Compiles the proto files: `node proto/build.mjs [--check | --release]`.
//
//   (nothing)  writes descriptors.binpb (all files with their imports and comments) and the types in src/rpc/gen
//   --check    writes nothing and fails where either is out of date
//   --release  the above; then released.binpb, the set that later ones are held against, becomes this one
//
// All three lint, and refuse what would break those who built against released.binpb: a removed, renumbered or reused field,
// a changed type, a renamed method. buf is a development dependency whose binary comes inside an npm package.
import { spawnSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const require = createRequire(import.meta.url)
const protoFolder = dirname(fileURLToPath(import.meta.url))
const root = dirname(protoFolder)
const genFolder = join(root, 'src/rpc/gen')
const descriptors = join(protoFolder, 'descriptors.binpb')
const released = join(protoFolder, 'released.binpb')

/** Must say the same as LOADER_OPTIONS in src/rpc/services.ts: the types describe what the loader makes. */
const TYPE_OPTIONS = ['--longs=Number', '--enums=String', '--defaults', '--oneofs']

const work = mkdtempSync(join(tmpdir(), 'ggen-proto-'))
main(process.argv.slice(2))
rmSync(work, { recursive: true, force: true })

function main(args) {
  const mode = args[0] ?? ''
  if (args.length > 1 || !['', '--check', '--release'].includes(mode)) {
    fail('usage: node proto/build.mjs [--check | --release]')
  }
  const built = join(work, 'descriptors.binpb')
  const types = join(work, 'gen')
  buf(['lint', protoFolder], 'proto files do not follow the rules of proto/buf.yaml')
  buf(['build', protoFolder, '-o', built], 'proto files do not compile')
  if (existsSync(released)) {
    buf(
      ['breaking', built, '--against', released, '--config', join(protoFolder, 'buf.yaml')],
      'proto files break clients of the released contract; add a new field or method instead',
    )
  }
  generateTypes(types)

  if (mode === '--check') {
    const stale = [...differing(built, descriptors), ...differingFolders(types, genFolder)]
    if (stale.length > 0) fail(`out of date: ${stale.join(', ')}\nrun: npm run proto`)
    return
  }
  replaceFile(built, descriptors)
  rmSync(genFolder, { recursive: true, force: true })
  for (const name of filesOf(types)) {
    const target = join(genFolder, name)
    mkdirSync(dirname(target), { recursive: true })
    copyFileSync(join(types, name), target)
  }
  if (mode === '--release') replaceFile(built, released)
}

function generateTypes(outFolder) {
  const files = filesOf(protoFolder).filter((name) => name.endsWith('.proto'))
  const tool = join(dirname(require.resolve('@grpc/proto-loader/package.json')), 'build/bin/proto-loader-gen-types.js')
  run(process.execPath, [
    tool,
    ...TYPE_OPTIONS,
    '--grpcLib=@grpc/grpc-js',
    '--importFileExtension=.js',
    `--includeDirs=${protoFolder}`,
    `--outDir=${outFolder}`,
    ...files,
  ], 'types could not be generated')
  for (const name of filesOf(outFolder)) {
    const path = join(outFolder, name)
    // Aggregates of one proto file each: not wanted, and two files of one name overwrite each other's.
    if (!name.includes('/')) {
      rmSync(path)
      continue
    }
    const text = readFileSync(path, 'utf8').replace(/^\/\/ Original file: (.*)$/gm, (_, file) => {
      const source = file === 'null' ? 'the standard types' : relative(root, join(root, file.replace(root, '')))
      return `// Generated from ${source} by \`npm run proto\`; do not edit.`
    })
    writeFileSync(path, text)
  }
  writeFileSync(join(outFolder, 'names.ts'), nameTables(outFolder))
}

/** Two interfaces that lead from the full name of a service or message to its types. */
function nameTables(outFolder) {
  const imports = []
  const services = []
  const clients = []
  const messages = []
  for (const name of filesOf(outFolder)) {
    const text = readFileSync(join(outFolder, name), 'utf8')
    const path = name.replace(/\.ts$/, '')
    const type = path.slice(path.lastIndexOf('/') + 1)
    const fullName = path.replaceAll('/', '.')
    const alias = fullName.replaceAll('.', '_')
    if (text.includes(`export interface ${type}Definition extends grpc.ServiceDefinition`)) {
      imports.push(
        `import type { ${type}Client as ${alias}Client, ${type}Definition as ${alias}Definition } from './${path}.js'`,
      )
      services.push(`  '${fullName}': ${alias}Definition`)
      clients.push(`  '${fullName}': ${alias}Client`)
    } else if (text.includes(`export interface ${type}__Output`)) {
      imports.push(`import type { ${type} as ${alias}, ${type}__Output as ${alias}__Output } from './${path}.js'`)
      messages.push(`  '${fullName}': { input: ${alias}; output: ${alias}__Output }`)
    }
  }
  const table = (name, rows) => `export interface ${name} {\n${rows.join('\n')}\n}\n`
  return [
    '// Generated by `npm run proto`; do not edit.\n',
    `${imports.join('\n')}\n`,
    table('ServiceDefinitions', services),
    table('ServiceClients', clients),
    table('Messages', messages),
  ].join('\n')
}

function buf(args, problem) {
  run(process.execPath, [require.resolve('@bufbuild/buf/bin/buf'), ...args], problem)
}

function run(command, args, problem) {
  const result = spawnSync(command, args, { cwd: root, encoding: 'utf8' })
  if (result.status !== 0) fail(`${problem}\n${result.stdout ?? ''}${result.stderr ?? ''}${result.error ?? ''}`)
}

function replaceFile(from, to) {
  copyFileSync(from, `${to}.new`)
  renameSync(`${to}.new`, to)
}

function differing(built, committed) {
  if (existsSync(committed) && readFileSync(built).equals(readFileSync(committed))) return []
  return [relative(root, committed)]
}

function differingFolders(built, committed) {
  const names = new Set([...filesOf(built), ...(existsSync(committed) ? filesOf(committed) : [])])
  return [...names].filter((name) => {
    const pair = [join(built, name), join(committed, name)]
    return !pair.every(existsSync) || !readFileSync(pair[0]).equals(readFileSync(pair[1]))
  }).map((name) => relative(root, join(committed, name)))
}

function filesOf(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath ?? entry.path, entry.name)))
    .sort()
}

function fail(message) {
  process.stderr.write(`${message}\n`)
  rmSync(work, { recursive: true, force: true })
  process.exit(1)
}
