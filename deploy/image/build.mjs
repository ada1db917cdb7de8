// Builds the container image of a node: node deploy/image/build.mjs. Environment: IMAGE, its name; BASE, the image that it stands
// on. Without BASE the Dockerfile's own is taken; where no registry can be reached, one made of this machine's Node.
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { requireEngine } from './engine.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const root = dirname(dirname(here))
const stage = join(root, '.image')
const image = process.env.IMAGE || 'ggen-market:dev'
/** A registry that has not begun to answer by then is out of reach. */
const PULL_MS = 120_000

function docker(args, options = {}) {
  return spawnSync('docker', args, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024, ...options })
}

function must(what, ran) {
  if (ran.status === 0) return ran
  console.error(`${what} failed:\n${ran.error?.message ?? ''}${ran.stdout ?? ''}${ran.stderr ?? ''}`)
  process.exit(1)
}

/** Everything that a node needs and nothing else. */
function stageContext() {
  const context = join(stage, 'context')
  rmSync(context, { recursive: true, force: true })
  mkdirSync(join(context, 'empty'), { recursive: true })
  mkdirSync(join(context, 'native'))
  mkdirSync(join(context, 'deploy'))
  cpSync(join(root, 'dist'), join(context, 'dist'), {
    recursive: true,
    filter: (path) => !/\.(d\.ts|map|tsbuildinfo|stamp)$/.test(path),
  })
  cpSync(join(root, 'proto'), join(context, 'proto'), { recursive: true })
  for (const name of readdirSync(join(root, 'native')).filter((name) => name.endsWith('.node')))
    copyFileSync(join(root, 'native', name), join(context, 'native', name))
  for (const name of ['package.json', 'LICENSE', 'LICENSE-APACHE', 'LICENSE-MIT'])
    copyFileSync(join(root, name), join(context, name))
  for (const name of ['ggen-market.toml', 'healthcheck.mjs'])
    copyFileSync(join(here, name), join(context, 'deploy', name))
  for (const path of productionPackages()) {
    const from = join(root, path)
    cpSync(from, join(context, path), { recursive: true, filter: (file) => isNeeded(from, file) })
  }
  return context
}

/** Folders of the packages that the lock file installs in production. */
function productionPackages() {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))
  return Object.entries(packages)
    .filter(([path, { dev, devOptional }]) => path !== '' && !dev && !devOptional)
    .map(([path]) => path)
    .filter((path) => existsSync(join(root, path)))
}

/** Packages within are listed by themselves; of native prebuilds, this platform's are taken. */
function isNeeded(packageFolder, file) {
  const [first, second] = file.slice(packageFolder.length + 1).split(sep)
  if (first === 'node_modules' || first === 'deps') return false
  if (first === 'prebuilds' && second !== undefined)
    return second === `${process.platform}-${process.arch}` && !file.endsWith('.musl.node')
  return !/\.(d\.[cm]?ts|map)$/.test(file)
}

/** The image to stand on: the one asked for, else the Dockerfile's where it can be had, else one of this machine's Node. */
function base() {
  if (process.env.BASE) return process.env.BASE
  const [, wanted] = /^ARG BASE=(\S+)$/m.exec(readFileSync(join(here, 'Dockerfile'), 'utf8'))
  if (docker(['image', 'inspect', wanted]).status === 0) return wanted
  if (docker(['pull', '--quiet', wanted], { timeout: PULL_MS }).status === 0) return wanted
  console.log(`— ${wanted} cannot be had here: the base is this machine's Node ${process.versions.node}`)
  return localBase()
}

/** Node and the shared libraries that it and the native modules load, from nothing. */
function localBase() {
  const tag = `ggen-market-base:node-${process.versions.node}`
  const folder = join(stage, 'base')
  rmSync(folder, { recursive: true, force: true })
  const put = (from, to) => {
    mkdirSync(dirname(join(folder, to)), { recursive: true })
    copyFileSync(from, join(folder, to))
    chmodSync(join(folder, to), 0o755)
  }
  put(process.execPath, '/usr/local/bin/node')
  for (const path of sharedLibraries(process.execPath)) put(path, path)
  mkdirSync(join(folder, 'etc'))
  mkdirSync(join(folder, 'tmp'))
  chmodSync(join(folder, 'tmp'), 0o1777)
  writeFileSync(join(folder, 'etc/passwd'), 'root:x:0:0::/tmp:/none\nnode:x:10001:10001::/tmp:/none\n')
  writeFileSync(join(folder, 'etc/nsswitch.conf'), 'hosts: files dns\n')
  const tar = must(
    'tar',
    spawnSync('tar', ['-C', folder, '--owner=0', '--group=0', '-cf', `${folder}.tar`, '.']),
  )
  if (tar.status === 0)
    must('docker import', docker(['import', '--change', 'ENV PATH=/usr/local/bin', `${folder}.tar`, tag]))
  return tag
}

function sharedLibraries(program) {
  const { stdout } = must('ldd', spawnSync('ldd', [program], { encoding: 'utf8' }))
  return [...stdout.matchAll(/(?:=> )?(\/\S+) \(0x/g)].map(([, path]) => path)
}

requireEngine('make image')
const context = stageContext()
const on = base()
must(
  'docker build',
  docker(
    [
      'build',
      '--quiet',
      '--tag',
      image,
      '--build-arg',
      `BASE=${on}`,
      '--file',
      join(here, 'Dockerfile'),
      context,
    ],
    {
      env: { ...process.env, DOCKER_BUILDKIT: docker(['buildx', 'version']).status === 0 ? '1' : '0' },
    },
  ),
)
const { stdout } = must('docker image inspect', docker(['image', 'inspect', '--format', '{{.Size}}', image]))
console.log(`${image} on ${on}: ${Math.round(Number(stdout) / 1024 / 1024)} MiB`)
