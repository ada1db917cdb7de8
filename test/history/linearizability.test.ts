import { describe, expect, test } from 'vitest'
import { checkLinearizable } from './linearizability.js'
import { formatHistory, type Operation, parseHistory } from './operation.js'

const A = 'aa'
const B = 'bb'
let clock = 0

/** `from`–`to` in made-up time. */
function op(
  op: Operation['op'],
  result: Operation['result'],
  from: number,
  to: number,
  more: Partial<Operation> = {},
): Operation {
  clock++
  return { client: clock, op, key: 'x@1.0.0', result, call: from, return: to, ...more }
}

const good: Record<string, Operation[]> = {
  'nothing at all': [],
  'publish, then get': [op('publish', 'ok', 0, 1, { value: A }), op('get', 'ok', 2, 3, { value: A })],
  'a get beside the publish may see either': [
    op('publish', 'ok', 0, 10, { value: A }),
    op('get', 'notfound', 1, 2),
    op('get', 'ok', 3, 4, { value: A }),
  ],
  'two contents race and one is told so': [
    op('publish', 'ok', 0, 10, { value: A }),
    op('publish', 'exists', 0, 10, { value: B }),
    op('get', 'ok', 11, 12, { value: A }),
  ],
  'the same content twice is a success twice': [
    op('publish', 'ok', 0, 1, { value: A }),
    op('publish', 'ok', 2, 3, { value: A }),
  ],
  'an unknown publish may show up late': [
    op('publish', 'unknown', 0, 1, { value: A }),
    op('get', 'notfound', 5, 6),
    op('get', 'ok', 7, 8, { value: A }),
  ],
  'an unknown publish may never show up': [
    op('publish', 'unknown', 0, 1, { value: A }),
    op('get', 'notfound', 5, 6),
  ],
  'a failed publish does not count': [op('publish', 'fail', 0, 1, { value: A }), op('get', 'notfound', 5, 6)],
  'yank and unyank': [
    op('publish', 'ok', 0, 1, { value: A }),
    op('yank', 'ok', 2, 3),
    op('get', 'ok', 4, 5, { value: A, yanked: true }),
    op('unyank', 'ok', 6, 7),
    op('get', 'ok', 8, 9, { value: A, yanked: false }),
  ],
}

const bad: Record<string, Operation[]> = {
  'an acknowledged publish is lost': [op('publish', 'ok', 0, 1, { value: A }), op('get', 'notfound', 2, 3)],
  'a version changes': [op('publish', 'ok', 0, 1, { value: A }), op('publish', 'ok', 2, 3, { value: B })],
  'a read goes back in time': [
    op('publish', 'unknown', 0, 1, { value: A }),
    op('get', 'ok', 2, 3, { value: A }),
    op('get', 'notfound', 4, 5),
  ],
  'a read finds what nobody published': [op('get', 'ok', 0, 1, { value: B })],
  'a read misses a yank': [
    op('publish', 'ok', 0, 1, { value: A }),
    op('yank', 'ok', 2, 3),
    op('get', 'ok', 4, 5, { value: A, yanked: false }),
  ],
  'a refusal without a reason': [op('publish', 'exists', 0, 1, { value: A }), op('get', 'notfound', 2, 3)],
  'a yank undone by nobody': [
    op('publish', 'ok', 0, 1, { value: A }),
    op('yank', 'unknown', 2, 3),
    op('get', 'ok', 4, 5, { value: A, yanked: true }),
    op('get', 'ok', 6, 7, { value: A, yanked: false }),
  ],
}

describe('linearizability checker', () => {
  for (const [name, history] of Object.entries(good)) {
    test(`accepts: ${name}`, () => expect(checkLinearizable(history).ok).toBe(true))
  }
  for (const [name, history] of Object.entries(bad)) {
    test(`refuses: ${name}`, () => {
      const verdict = checkLinearizable(history)
      expect(verdict.ok).toBe(false)
      expect(verdict.key).toBe('x@1.0.0')
    })
  }

  test('keys are judged apart', () => {
    const history = [
      ...(good['publish, then get'] ?? []),
      ...(bad['a version changes'] ?? []).map((o) => ({ ...o, key: 'y@1.0.0' })),
    ]
    expect(checkLinearizable(history).key).toBe('y@1.0.0')
  })

  test('many concurrent operations on one key are judged', () => {
    const history: Operation[] = [op('publish', 'ok', 0, 1000, { value: A })]
    for (let i = 0; i < 60; i++) history.push(op(i % 2 === 0 ? 'yank' : 'unyank', 'ok', i, 900 + i))
    history.push(op('get', 'ok', 2000, 2001, { value: A, yanked: false }))
    expect(checkLinearizable(history).ok).toBe(true)
  })

  test('histories survive the file form', () => {
    const history = [
      ...(good['yank and unyank'] as Operation[]),
      op('get', 'notfound', 9, 10),
      op('publish', 'unknown', 11, 12, { value: B }),
    ]
    expect(parseHistory(formatHistory(history))).toEqual(history)
    const fields = ['client', 'op', 'key', 'value', 'result', 'yanked', 'call', 'return']
    for (const line of formatHistory(history).trim().split('\n'))
      expect(Object.keys(JSON.parse(line))).toEqual(fields)
  })

  test('a line that is no operation is named', () => {
    const line = formatHistory([op('get', 'notfound', 1, 2)])
    for (const [from, to] of [
      ['"get"', '"put"'],
      ['"notfound"', '"lost"'],
      ['"x@1.0.0"', '7'],
      ['"call":1', '"call":"1"'],
      ['{', '['],
    ] as const)
      expect(() => parseHistory(`${line}\n${line.replace(from, to)}`)).toThrow('line 3 is no operation')
  })
})
