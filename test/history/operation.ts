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

const OPS: readonly unknown[] = ['publish', 'get', 'yank', 'unyank'] satisfies Operation['op'][]
const RESULTS: readonly unknown[] = [
  'ok',
  'exists',
  'notfound',
  'unknown',
  'fail',
] satisfies Operation['result'][]

/** @throws Error that names the line */
export function parseHistory(text: string): Operation[] {
  return text.split('\n').flatMap((line, i) => {
    if (line.trim() === '') return []
    try {
      return [operationOf(JSON.parse(line))]
    } catch (error) {
      throw new Error(`line ${i + 1} is no operation: ${(error as Error).message}`)
    }
  })
}

function operationOf(fields: Record<string, unknown>): Operation {
  const { client, op, key, value, result, yanked, call } = fields
  if (!OPS.includes(op)) throw new Error(`op ${op}`)
  if (!RESULTS.includes(result)) throw new Error(`result ${result}`)
  if (typeof key !== 'string' || !key.includes('@')) throw new Error(`key ${key}`)
  for (const name of ['client', 'call', 'return'])
    if (!Number.isFinite(fields[name])) throw new Error(`${name} ${fields[name]}`)
  const known = { client, op, key, result, call, return: fields.return } as Operation
  return {
    ...known,
    ...(typeof value === 'string' && value !== '' ? { value } : {}),
    ...(op === 'get' && result === 'ok' ? { yanked: yanked === true } : {}),
  }
}

/** Every line has every field: an empty value where there is none, and yanked false where nothing was found. */
export function formatHistory(operations: readonly Operation[]): string {
  return operations
    .map(
      ({ client, op, key, value = '', result, yanked = false, call, return: returned }) =>
        `${JSON.stringify({ client, op, key, value, result, yanked, call, return: returned })}\n`,
    )
    .join('')
}
