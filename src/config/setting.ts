import { MarketplaceError } from '../model/error.js'

/** Where a value came from: what a person must edit to change it. */
export interface Source {
  readonly kind: 'flag' | 'environment' | 'file' | 'default'
  /** The flag, variable or file; empty for defaults. */
  readonly name: string
}

/** One thing that can be set: its type, bounds, default, and what it means. */
export interface Setting<Value> {
  /** In one sentence, with the unit; shown by `ggen-market config`. */
  readonly help: string
  readonly default: Value
  /** Makes a value of what a file or text holds; throws a plain {@link Refusal} where it cannot. */
  readonly parse: (given: unknown) => Value
  /** Never printed. */
  readonly secret?: boolean
}

/** Why a value was refused, and what would do. */
export class Refusal extends Error {
  constructor(
    readonly what: string,
    readonly help: string,
  ) {
    super(what)
  }
}

/** A whole number within bounds; text from flags and variables is read as decimal. */
export function wholeNumber(options: {
  readonly default: number
  readonly min: number
  readonly max: number
  readonly help: string
}): Setting<number> {
  const { min, max } = options
  return {
    ...options,
    parse: (given) => {
      const value = typeof given === 'string' && /^\d{1,16}$/.test(given) ? Number(given) : given
      if (typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max)
        return value
      throw new Refusal(`is ${show(given)}`, `use a whole number from ${min} to ${max}`)
    },
  }
}

/** Text that passes `check`, which returns the value to keep or throws a Refusal. Empty text counts as absent. */
export function text<Default extends string | undefined>(options: {
  readonly default: Default
  readonly help: string
  readonly secret?: boolean
  readonly check?: (text: string) => string
}): Setting<string | Default> {
  return {
    ...options,
    parse: (given) => {
      if (typeof given !== 'string' || given === '') throw new Refusal(`is ${show(given)}`, 'use some text')
      return options.check === undefined ? given : options.check(given)
    },
  }
}

/** One of a closed list of words. */
export function oneOf<Word extends string>(options: {
  readonly words: readonly Word[]
  readonly default: Word
  readonly help: string
}): Setting<Word> {
  return {
    ...options,
    parse: (given) => {
      const word = options.words.find((one) => one === given)
      if (word === undefined) throw new Refusal(`is ${show(given)}`, `use one of ${options.words.join(', ')}`)
      return word
    },
  }
}

/** host:port; the port may be 0 only where a free one may be picked. */
export function address(options: { readonly default: string; readonly help: string }): Setting<string>
export function address(options: {
  readonly default: undefined
  readonly help: string
}): Setting<string | undefined>
export function address(options: {
  readonly default: string | undefined
  readonly help: string
}): Setting<string | undefined> {
  return {
    ...options,
    parse: (given) => {
      if (typeof given === 'string' && isAddress(given)) return given
      throw new Refusal(`is ${show(given)}`, 'use host:port, such as 127.0.0.1:7401 or [::1]:7401')
    },
  }
}

/** Several of them: a list, or one text separated by commas. */
export function addresses(options: { readonly help: string }): Setting<readonly string[]> {
  return {
    ...options,
    default: [],
    parse: (given) => {
      const list = typeof given === 'string' ? given.split(',').map((each) => each.trim()) : given
      if (Array.isArray(list) && list.every((each) => typeof each === 'string' && isAddress(each)))
        return list
      throw new Refusal(`is ${show(given)}`, 'use host:port, several separated by commas')
    },
  }
}

/** Whether the text is host:port. */
export function isAddress(given: string): boolean {
  const match = /^(\[[0-9a-fA-F:]{2,39}\]|[A-Za-z0-9._-]{1,253}):(\d{1,5})$/.exec(given)
  return match !== null && Number(match[2]) <= 65_535
}

/** A value as an error shows it: short, and whole only where it is short. */
export function show(given: unknown): string {
  const shown = JSON.stringify(given) ?? String(given)
  return shown.length <= 80 ? shown : `${shown.slice(0, 77)}…`
}

/** @throws CONFIG_INVALID, always: names the key, the value and where it stands */
export function refuse(key: string, source: Source, refusal: Refusal): never {
  throw new MarketplaceError({
    reason: 'CONFIG_INVALID',
    field: key,
    message: `${key} (${describeSource(source)}) ${refusal.what}`,
    help: refusal.help,
    details: { source: describeSource(source) },
  })
}

export function describeSource(source: Source): string {
  switch (source.kind) {
    case 'flag':
      return `flag ${source.name}`
    case 'environment':
      return `variable ${source.name}`
    case 'file':
      return `file ${source.name}`
    case 'default':
      return 'default'
  }
}
