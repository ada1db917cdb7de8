/** One client's view of one operation, as written to a history file: one JSON object a line. */
export interface Operation {
  readonly client: number
  readonly op: 'publish' | 'get' | 'yank' | 'unyank'
  /** `name@version`. */
  readonly key: string
  /** Content hash: given to a publish, found by a get. */
  readonly value?: string
  /** `unknown`: may have happened at any time after the call, or never; `fail`: surely did not. */
  readonly result: 'ok' | 'exists' | 'notfound' | 'unknown' | 'fail'
  /** What a get found. */
  readonly yanked?: boolean
  /** Nanoseconds of one clock that all clients share. */
  readonly call: number
  /** Nanoseconds; meaningless where the result is `unknown`. */
  readonly return: number
}

export function parseHistory(text: string): Operation[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as Operation)
}

export function formatHistory(operations: readonly Operation[]): string {
  return operations.map((operation) => `${JSON.stringify(operation)}\n`).join('')
}
