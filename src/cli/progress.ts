import { Presets, SingleBar } from 'cli-progress'
import type { Output } from './output.js'

/** How far long work is; a bar on a terminal, nothing elsewhere. */
export interface Progress {
  update(done: number, what?: string): void
  stop(): void
}

const SILENT: Progress = { update() {}, stop() {} }

/** @param total in the unit; the bar is drawn on standard error */
export function startProgress(
  output: Output,
  label: string,
  total: number,
  unit: 'bytes' | 'packages',
): Progress {
  if (!output.interactive || total <= 0) return SILENT
  const format = `${label} {bar} {percentage}% ${unit === 'bytes' ? '{done} of {all}' : '{value} of {total}'} {what}`
  const bar = new SingleBar(
    { format, stream: process.stderr, hideCursor: true, clearOnComplete: true },
    Presets.shades_classic,
  )
  bar.start(total, 0, { done: formatBytes(0), all: formatBytes(total), what: '' })
  return {
    update: (done, what = '') =>
      bar.update(Math.min(done, total), { done: formatBytes(done), what: what.slice(0, 40) }),
    stop: () => bar.stop(),
  }
}

/** Between two lines of {@link startCount}. */
const LINE_MS = 1_000
const QUIET_LINE_MS = 30_000

/** Progress of which nobody knows the end: a line on standard error now and then, often on a terminal. */
export function startCount(output: Output): (text: () => string) => void {
  const pauseMs = output.interactive ? LINE_MS : QUIET_LINE_MS
  let told = performance.now()
  return (text) => {
    if (performance.now() - told < pauseMs) return
    told = performance.now()
    output.note(text())
  }
}

/** 1536 → `1.5 KiB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB']
  let value = bytes
  let unit = 0
  for (; value >= 1024 && unit < units.length - 1; unit++) value /= 1024
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`
}
