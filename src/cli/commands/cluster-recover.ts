import { resolve } from 'node:path'
import { drawHistoryId, type Survey, Survivor } from '../../disaster/survivor.js'
import { MarketplaceError } from '../../model/error.js'
import type { CommandContext } from '../command-context.js'

export interface RecoverOptions {
  readonly data: string
  readonly iLostTheOthers?: boolean
  readonly yes?: boolean
}

const NOTHING = 'it is the only member already: nothing to recover'

/**
 * `ggen-market cluster recover --data DIR`: shows what a survivor holds; with `--i-lost-the-others` makes it the only member, in
 * a history of its own.
 */
export async function clusterRecover(context: CommandContext, options: RecoverOptions): Promise<void> {
  const { output, surroundings } = context
  const path = resolve(surroundings.workFolder, options.data)
  await using survivor = await Survivor.open(path)
  const { survey } = survivor
  if (survivor.isAlone) {
    output.result({ ...shown(survey), recovered: false }, [...describe(survey), NOTHING])
    return
  }
  if (options.iLostTheOthers !== true) {
    output.result({ ...shown(survey), recovered: false }, [
      ...describe(survey),
      '',
      'Nothing was changed. If a majority of the members is lost for ever, look at all survivors like this, choose the one with the',
      'higher last term, then the higher last index, and run there:',
      `  ggen-market cluster recover --data ${options.data} --i-lost-the-others`,
    ])
    return
  }
  if (options.yes !== true) await confirm(context, survey)
  const historyId = drawHistoryId()
  await survivor.recoverAlone(historyId)
  output.result({ ...shown(survey), recovered: true, formerHistoryId: survey.historyId, historyId }, [
    `${survey.nodeId} is now the only member of the cluster, in history ${historyId}.`,
    'Start it as before. Those of the others that are found again are refused with their old data: move their data folders away,',
    'and let them join anew with `ggen-market serve --join HOST:PORT` and `ggen-market cluster add`.',
  ])
}

async function confirm({ output, surroundings }: CommandContext, survey: Survey): Promise<void> {
  if (surroundings.ask === undefined) {
    throw new MarketplaceError({
      reason: 'INVALID_ARGUMENT',
      field: '--yes',
      message: 'there is no terminal to confirm at',
      help: 'run it without --i-lost-the-others to see what it would do, then with --i-lost-the-others --yes',
    })
  }
  for (const line of describe(survey)) output.note(line)
  const answer = await surroundings.ask(
    `Type ${survey.nodeId} to make it the only member, anything else to stop: `,
  )
  if (answer.trim() === survey.nodeId) return
  throw new MarketplaceError({
    reason: 'INVALID_ARGUMENT',
    message: 'not confirmed: nothing was changed',
    help: `type the id of the node, ${survey.nodeId}, to go on`,
  })
}

function describe(survey: Survey): string[] {
  const { nodeId, members, lastTerm, lastIndex, committedIndex, appliedIndex, packages, versions } = survey
  const { count, first } = survey.blobsMissing
  const others = members.filter((id) => id !== nodeId)
  return [
    `${nodeId} of cluster ${survey.clusterId}, history ${survey.historyId}`,
    `members by its log: ${members.join(', ')}`,
    `its log ends with term ${lastTerm}, index ${lastIndex}; decided for certain up to ${committedIndex}, applied up to ${appliedIndex}`,
    `it holds ${packages} packages, ${versions} versions; ${count === 0 ? 'no blob is missing' : `${count} blobs of them are missing here: ${first.join(', ')}${count > first.length ? ', …' : ''}`}`,
    ...(others.length === 0
      ? []
      : [
          `lost, if ${others.join(' and ')} never come back: what they acknowledged after index ${lastIndex}, and blobs that only they hold`,
        ]),
  ]
}

function shown(survey: Survey): Record<string, unknown> {
  return { ...survey, blobsMissing: survey.blobsMissing.count, blobsMissingFirst: survey.blobsMissing.first }
}
