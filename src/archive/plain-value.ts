/** Values as JSON and TOML parsers give them, looked at without trust: what has another shape than expected is absent. */
export type Table = Readonly<Record<string, unknown>>

export function asTable(value: unknown): Table | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Table) : undefined
}

/** A table's own entry; inherited names (`constructor`) are not entries. */
export function entryOf(table: Table | undefined, name: string): unknown {
  return table !== undefined && Object.hasOwn(table, name) ? table[name] : undefined
}

export function textOf(table: Table | undefined, name: string): string | undefined {
  return asText(entryOf(table, name))
}

export function tableOf(table: Table | undefined, name: string): Table | undefined {
  return asTable(entryOf(table, name))
}

/** The texts of a list, each once, others left out; a single text is a list of one. */
export function textsOf(table: Table | undefined, name: string): readonly string[] {
  const value = entryOf(table, name)
  const values = Array.isArray(value) ? value : [value]
  return [...new Set(values.map(asText).filter((text) => text !== undefined))]
}

export function asText(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined
  const trimmed = value.trim()
  return trimmed === '' ? undefined : trimmed
}
