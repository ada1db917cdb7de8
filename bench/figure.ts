/** What the issue asks of a figure. */
export type Goal =
  | { readonly kind: 'ratio at least'; readonly of: number }
  | { readonly kind: 'ratio at most'; readonly of: number }
  | { readonly kind: 'value below'; readonly of: number }
  | { readonly kind: 'value at least'; readonly of: number }

/** One measured thing, beside the floor measured in the same rounds. */
export interface Figure {
  readonly name: string
  readonly value: number
  readonly unit: string
  /** What it was set against; absent where the goal is a plain number, or where this is a floor itself. */
  readonly floor?: { readonly name: string; readonly value: number }
  /** Median of the rounds' own ratios, so that a slow spell of the machine weighs on both sides alike. */
  readonly ratio?: number
  readonly goal?: Goal
  readonly met?: boolean
}

export function floorFigure(name: string, value: number, unit: string): Figure {
  return { name, value, unit }
}

/** A figure whose goal is a plain number. */
export function valueFigure(name: string, value: number, unit: string, below?: number): Figure {
  if (below === undefined) return { name, value, unit }
  return { name, value, unit, goal: { kind: 'value below', of: below }, met: value < below }
}

/** A rate whose goal is a plain number, beside the floors of the same run. */
export function rateFigure(
  name: string,
  value: number,
  unit: string,
  atLeast: number,
  floors: readonly { readonly name: string; readonly value: number }[],
): Figure[] {
  const goal = { kind: 'value at least', of: atLeast } as const
  return [
    { name, value, unit, goal, met: value >= atLeast },
    ...floors.map((floor) => ({
      name: `${name}, of the floor`,
      value,
      unit,
      floor,
      ratio: value / floor.value,
    })),
  ]
}

/** A figure against its floor. `values` and `floors` are of the same rounds, in their order. */
export function ratioFigure(
  name: string,
  unit: string,
  values: readonly number[],
  floor: { readonly name: string; readonly values: readonly number[] },
  goal: Extract<Goal, { kind: `ratio ${string}` }>,
): Figure {
  const ratio = median(values.map((value, round) => value / (floor.values[round] ?? Number.NaN)))
  return {
    name,
    value: median(values),
    unit,
    floor: { name: floor.name, value: median(floor.values) },
    ratio,
    goal,
    met: goal.kind === 'ratio at least' ? ratio >= goal.of : ratio <= goal.of,
  }
}

export function median(values: readonly number[]): number {
  return percentile(values, 50)
}

/** Nearest rank; NaN of nothing. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? Number.NaN
}

/** One line of the report. */
export function formatFigure(figure: Figure): string {
  const { name, value, unit, floor, ratio, goal, met } = figure
  const parts = [name.padEnd(46), `${formatNumber(value)} ${unit}`.padEnd(20)]
  parts.push((floor === undefined ? '' : `${floor.name} ${formatNumber(floor.value)}`).padEnd(40))
  if (goal === undefined) {
    if (ratio !== undefined) parts.push(`ratio ${ratio.toFixed(2)}`)
    return parts.join(' ').trimEnd()
  }
  const reached = ratio === undefined ? '' : `ratio ${ratio.toFixed(2)}, `
  const asked = { 'ratio at least': '≥', 'ratio at most': '≤', 'value below': '<', 'value at least': '≥' }[
    goal.kind
  ]
  parts.push(`${reached}goal ${asked} ${goal.of}: ${met ? 'met' : 'NOT MET'}`)
  return parts.join(' ')
}

function formatNumber(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString('en-US')
  return value.toPrecision(3)
}
