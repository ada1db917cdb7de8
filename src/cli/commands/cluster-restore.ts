import { resolve } from 'node:path'
import { restore } from '../../disaster/restore.js'
import { drawHistoryId } from '../../disaster/survivor.js'
import { MarketplaceError } from '../../model/error.js'
import type { HistoryId } from '../../model/node-id.js'
import type { CommandContext } from '../command-context.js'
import { formatBytes, startCount } from '../progress.js'
import { type ServeOptions, serverConfigOf } from '../server-options.js'

/** `ggen-market cluster restore BACKUP`: makes one member's data folder. */
export async function clusterRestore(
  context: CommandContext,
  folder: string,
  options: ServeOptions,
): Promise<void> {
  const { output, surroundings } = context
  const backup = resolve(surroundings.workFolder, folder)
  const config = serverConfigOf(context, options)
  const { nodeId, dataFolder, members, clusterToken } = config
  if (members.length === 0) throw noMembers()
  const given = toHistoryId(options.history)
  const tell = startCount(output)
  const restored = await restore(
    backup,
    {
      nodeId,
      dataFolder,
      seed: { clusterToken, members: members.map(({ id, peerAddress }) => ({ id, address: peerAddress })) },
      historyId: given ?? drawHistoryId(),
    },
    ({ count, bytes }) => tell(() => `${count} files, ${formatBytes(bytes)}`),
  )
  const { historyId, clusterId, index, blobs } = restored
  const others = members.filter(({ id }) => id !== nodeId).map(({ id }) => id)
  output.result(
    { nodeId, dataFolder, clusterId, historyId, index, blobs, members: members.map(({ id }) => id) },
    [
      `${dataFolder} holds node ${nodeId} of cluster ${clusterId}: ${blobs.count} files of packages, ${formatBytes(blobs.bytes)}, log index ${index}`,
      ...(given !== undefined || others.length === 0
        ? []
        : [
            `Now restore ${others.join(' and ')} from the same backup, each with its own settings, and with this history:`,
            `  ggen-market cluster restore ${folder} --history ${historyId} …`,
          ]),
      others.length === 0
        ? 'Then start it: `ggen-market serve` with the same settings.'
        : 'Then start them all: `ggen-market serve` with the same settings. The first start needs all of them.',
    ],
  )
}

function toHistoryId(value: ServeOptions[string]): HistoryId | undefined {
  if (value === undefined) return undefined
  if (typeof value === 'string' && /^[0-9a-f]{32}$/.test(value)) return value as HistoryId
  throw new MarketplaceError({
    reason: 'INVALID_ARGUMENT',
    field: '--history',
    message: `--history ${JSON.stringify(value)} is no history id`,
    help: 'give the 32 hex digits that the restore of the first member printed',
  })
}

function noMembers(): MarketplaceError {
  return new MarketplaceError({
    reason: 'CONFIG_INVALID',
    field: 'cluster.members',
    message: 'the members of the new cluster are not named',
    help: 'name all of them, as for `serve`: --member node-1=HOST:PORT,HOST:PORT …, or members in [cluster]',
  })
}
