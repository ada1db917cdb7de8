/** Edits beyond which a name is another word rather than a misspelling. */
const EDITS_MAX = 5

/** The name that is fewest edits away, case left aside; undefined where none is near. */
export function nearest(given: string, names: readonly string[]): string | undefined {
  let best: string | undefined
  let bestEdits = Math.min(EDITS_MAX, Math.ceil(given.length / 2)) + 1
  for (const name of names) {
    // A key without its section is nearer than its length says.
    const last = name.slice(name.lastIndexOf('.') + 1)
    const edits = Math.min(
      distance(given.toLowerCase(), name.toLowerCase()),
      1 + distance(tail(given), tail(last)),
    )
    if (edits < bestEdits) {
      best = name
      bestEdits = edits
    }
  }
  return best
}

function tail(key: string): string {
  return key.slice(key.lastIndexOf('.') + 1).toLowerCase()
}

/** Levenshtein: insertions, deletions and replacements. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const replace = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min((next[j - 1] ?? 0) + 1, (row[j] ?? 0) + 1, replace))
    }
    row = next
  }
  return row[b.length] ?? 0
}
