import ignore, { type Ignore } from 'ignore'

/** Files that say what stays out of a package; the first of them in a folder counts. */
export const IGNORE_FILES = ['.ggenignore', '.npmignore', '.gitignore'] as const

/** Never part of a package: version control, other packages, installations, editors' and systems' leftovers, credentials. */
const ALWAYS = [
  '.git',
  '.hg',
  '.svn',
  'CVS',
  'node_modules',
  '.ggen',
  'ggen-market.lock',
  '.npmrc',
  '.DS_Store',
  '._*',
  '*.swp',
  '*.orig',
  'npm-debug.log',
  ...IGNORE_FILES,
]
const always = ignore({ allowRelativePaths: false }).add(ALWAYS)

/** Whether a name is left out of every package, whatever its ignore files say. */
export function isAlwaysIgnored(name: string): boolean {
  return always.ignores(name)
}

/** The rules in force in one folder: its own ignore file on top of those of the folders around it. */
export class IgnoreRules {
  private constructor(
    private readonly layers: readonly { readonly depth: number; readonly rules: Ignore }[],
  ) {}

  static readonly none = new IgnoreRules([])

  /** @param depth how many folders below the package's the ignore file lies */
  with(text: string, depth: number): IgnoreRules {
    return new IgnoreRules([...this.layers, { depth, rules: ignore().add(text) }])
  }

  /** The innermost file that says anything about the path decides. */
  ignores(segments: readonly string[], kind: 'file' | 'folder'): boolean {
    for (const { depth, rules } of this.layers.toReversed()) {
      const path = segments.slice(depth).join('/')
      const verdict = rules.test(kind === 'folder' ? `${path}/` : path)
      if (verdict.ignored) return true
      if (verdict.unignored) return false
    }
    return false
  }
}

/** npm's `files` list: what it names, and what lies in folders it names, is packed; nothing else is. */
export function allowedBy(files: readonly string[]): (segments: readonly string[]) => boolean {
  const allow = ignore().add(files.map((pattern) => pattern.replace(/^\.?\//, '/')))
  return (segments) => allow.ignores(segments.join('/'))
}
