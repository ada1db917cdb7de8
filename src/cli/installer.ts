import { type InstallRequest, install, type Outcome } from '../install/install.js'
import type { Installation } from '../install/installation.js'
import type { Reporter } from '../install/reporter.js'
import type { CommandContext } from './command-context.js'
import type { Output } from './output.js'
import { startProgress } from './progress.js'
import { noteResemblance } from './resemblance.js'

/** Installs for a command: bars and notes go to standard error. */
export function installFor(
  context: CommandContext,
  place: Installation,
  request: InstallRequest,
): Promise<Outcome> {
  return context.withClient((client) => install(client, place, request, reporterTo(context.output)))
}

function reporterTo(output: Output): Reporter {
  return {
    fetching: (name, sizeBytes) => startProgress(output, name, sizeBytes, 'bytes'),
    note: (line) => output.note(line),
    resembles: (ref, others) => noteResemblance(output, ref, others),
  }
}
