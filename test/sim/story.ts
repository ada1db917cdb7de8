const LINE = /^(\S+) (?:(node-\d+|client \d+|nemesis):? )?(.*)$/s
const WHO_WIDTH = 9

/** A line of the trace for people: when, who, what. */
export function inWords(line: string): string {
  const [, ms, who = '', what = ''] = LINE.exec(line) ?? []
  const seconds = (Number(ms) / 1000).toFixed(3)
  return `${seconds.padStart(8)} s  ${who.padEnd(WHO_WIDTH)} ${what}`
}
