import { resolve } from 'node:path'
import { checkBackup } from '../../disaster/check-backup.js'
import { takeBackup } from '../../disaster/take-backup.js'
import type { CommandContext } from '../command-context.js'
import { EXIT, ToldInResult } from '../exit-code.js'
import { formatBytes, startCount } from '../progress.js'

export interface BackupCommandOptions {
  readonly check?: boolean
  readonly stale?: boolean
}

/** `ggen-market cluster backup DIR`; with `--check` it reads one. */
export async function clusterBackup(
  context: CommandContext,
  folder: string,
  options: BackupCommandOptions,
): Promise<void> {
  const path = resolve(context.surroundings.workFolder, folder)
  await (options.check === true ? check(context, path) : take(context, path, options))
}

async function take(context: CommandContext, path: string, options: BackupCommandOptions): Promise<void> {
  const { output } = context
  const tell = startCount(output)
  const backup = await context.withCluster((client) =>
    takeBackup(client, path, {
      stale: options.stale === true,
      onProgress: ({ phase, bytes, blobs }) =>
        tell(() =>
          phase === 'state'
            ? `state: ${formatBytes(bytes)}`
            : `packages: ${blobs} files, ${formatBytes(bytes)}`,
        ),
    }),
  )
  const { clusterId, historyId, index, term, logTimeMs, state, blobs, fetched } = backup
  output.result(
    {
      path,
      clusterId,
      historyId,
      index,
      term,
      logTime: new Date(logTimeMs).toISOString(),
      stateBytes: state.sizeBytes,
      blobs,
      fetched,
    },
    [
      `backup of cluster ${clusterId}, history ${historyId}, as of log index ${index} (log time ${new Date(logTimeMs).toISOString()})`,
      `state ${formatBytes(state.sizeBytes)}; ${blobs.count} files of packages, ${formatBytes(blobs.bytes)}, of which ${fetched.count} were fetched now (${formatBytes(fetched.bytes)})`,
      `every byte was hashed; it lies in ${path}`,
    ],
  )
}

async function check(context: CommandContext, path: string): Promise<void> {
  const { output } = context
  const tell = startCount(output)
  const { manifest, blobs, damaged } = await checkBackup(path, ({ count, bytes }) =>
    tell(() => `${count} files, ${formatBytes(bytes)}`),
  )
  const { clusterId, historyId, index, term, logTimeMs } = manifest
  const ok = damaged.length === 0
  output.result(
    {
      ok,
      path,
      clusterId,
      historyId,
      index,
      term,
      logTime: new Date(logTimeMs).toISOString(),
      blobs,
      damaged,
    },
    ok
      ? [
          `the backup is whole: cluster ${clusterId}, history ${historyId}, log index ${index}, ${blobs.count} files of packages, ${formatBytes(blobs.bytes)}`,
        ]
      : [
          `THE BACKUP IS DAMAGED (cluster ${clusterId}, log index ${index}):`,
          ...damaged.map(({ file, what }) => `  ${file}: ${what}`),
          'Use another copy of it; or run `ggen-market cluster backup` on this folder again: what is damaged is fetched anew.',
        ],
  )
  if (!ok) throw new ToldInResult(EXIT.verification)
}
