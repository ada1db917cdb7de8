import { MarketplaceError } from '../model/error.js'
import type { Sink } from './sink.js'
import { WaitingLine } from './waiting-line.js'

/** Results go to standard output, all else to standard error; with `--json` the result is one object on one line. */
export class Output {
  constructor(
    private readonly stdout: Sink,
    private readonly stderr: Sink,
    readonly json: boolean,
  ) {}

  /** The result, once: an object for programs, lines for people. */
  result(object: Readonly<Record<string, unknown>>, lines: readonly string[]): void {
    if (this.json) this.stdout.write(`${JSON.stringify(object)}\n`)
    else if (lines.length > 0) this.stdout.write(`${lines.join('\n')}\n`)
  }

  /** Something the user should know that is no result. */
  note(text: string): void {
    this.stderr.write(`${text}\n`)
  }

  error(error: MarketplaceError): void {
    const { code, reason, message, help, field, details } = error
    if (this.json) {
      const facts = {
        ...(field !== undefined && { field }),
        ...(Object.keys(details).length > 0 && { details }),
      }
      this.stdout.write(`${JSON.stringify({ error: { code, reason, message, help, ...facts } })}\n`)
      return
    }
    this.stderr.write(`error: ${message}\n`)
    const { explanation } = details
    if (explanation !== undefined) this.stderr.write(`${explanation.replace(/^/gm, '  ')}\n`)
    if (help !== '') this.stderr.write(`  try: ${help}\n`)
  }

  /** Says what the command waits for. */
  waitingLine(): WaitingLine {
    return new WaitingLine(this.stderr, this.interactive)
  }

  /** Whether moving pictures are welcome. */
  get interactive(): boolean {
    return !this.json && this.stderr.isTTY === true
  }
}

/** What the disk says, whatever the path: no fault of the call. */
const DISK_TROUBLE = ['ENOSPC', 'EDQUOT', 'EIO', 'EROFS']

/** Whatever was thrown, as an error with a reason. */
export function asMarketplaceError(error: unknown): MarketplaceError {
  if (error instanceof MarketplaceError) return error
  const code = (error as NodeJS.ErrnoException | undefined)?.code
  const message = error instanceof Error ? error.message : String(error)
  if (typeof code === 'string' && DISK_TROUBLE.includes(code)) {
    return new MarketplaceError({
      reason: 'STORAGE_FAILED',
      message: `the disk of this machine refuses: ${message}`,
      help: 'free some space, or name a folder on a disk that can be written; then run the command again',
      cause: error,
    })
  }
  if (typeof code === 'string' && /^E[A-Z]+$/.test(code)) {
    return new MarketplaceError({
      reason: 'FILE_INVALID',
      message: `a file or folder of this machine is in the way: ${message}`,
      help: 'check the path and its permissions',
      cause: error,
    })
  }
  return new MarketplaceError({
    reason: 'INTERNAL',
    message,
    help: 'this is a fault of ggen-market; report it with what you did (GGEN_MARKET_DEBUG=1 prints where it happened)',
    cause: error,
  })
}
