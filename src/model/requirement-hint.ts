/** What another ecosystem writes, and how the same is said here. The first that fits counts. */
const HINTS: readonly (readonly [pattern: RegExp, hint: (match: RegExpExecArray) => string])[] = [
  [
    /^[a-z+]+:\/\/|^git[@+]|^(file|link|portal|patch|workspace|npm|jsr|catalog):|^\.{0,2}\//i,
    () => FROM_REGISTRY,
  ],
  [/^~> *(\d+)\.(\d+)\.(\d+)$/, ([, a, b, c]) => `Ruby's ~> ${a}.${b}.${c} is ~${a}.${b}.${c} here`],
  [
    /^~> *(\d+)\.(\d+)$/,
    ([, a, b]) => `Ruby's ~> ${a}.${b} is ^${a}.${b} here (from 1.0 on; below, >=${a}.${b} <1)`,
  ],
  [/^~= *(\d+)\.(\d+)\.(\d+)$/, ([, a, b, c]) => `Python's ~=${a}.${b}.${c} is ~${a}.${b}.${c} here`],
  [/^~= *(\d+)\.(\d+)$/, ([, a, b]) => `Python's ~=${a}.${b} is >=${a}.${b} <${Number(a) + 1} here`],
  [/^={2,3} *(\d\S*)$/, ([, version]) => `one exact version is =${version} here`],
  [/!= *(\d[^\s,]*)/, ([, version]) => `to leave ${version} out, write <${version} || >${version}`],
  [/^(\d\S*) +- +(\d\S*)$/, ([, from, to]) => `from ${from} to ${to} is >=${from} <=${to} here`],
  [
    /^([[(]) *([\d.]*) *, *([\d.]*) *([\])])$/,
    ([, open, from, to, close]) =>
      `Maven's interval is ${[
        from === '' ? '' : `${open === '[' ? '>=' : '>'}${from}`,
        to === '' ? '' : `${close === ']' ? '<=' : '<'}${to}`,
      ]
        .join(' ')
        .trim()} here`,
  ],
  [/^\[ *(\d[\d.]*) *\]$/, ([, version]) => `Maven's [${version}] is =${version} here`],
  [/^(\d+(?:\.\d+)?)\.\+$/, ([, part]) => `Gradle's ${part}.+ is ${part}.* here`],
  [/^([<>=^~]*) *[vV](\d\S*)$/, ([, operator, version]) => `leave the v out: ${operator || '='}${version}`],
  [
    /^\(?(?:>>|<<) *(\d\S*)\)?$/,
    ([text, version]) => `Debian's ${text} is ${text.includes('>>') ? '>' : '<'}${version} here`,
  ],
  [
    /^(latest|next|stable|beta|canary|any|main|master|HEAD)$/i,
    () => 'tags and branches name no range: * is any release',
  ],
]

const FROM_REGISTRY =
  'what lies elsewhere (an URL, a folder, a workspace) is no requirement: publish it here and name a range such as ^1.0.0'

/** How a requirement that was written as elsewhere is said here; undefined where it is not known from elsewhere. */
export function requirementHint(text: string): string | undefined {
  const trimmed = text.trim()
  for (const [pattern, hint] of HINTS) {
    const match = pattern.exec(trimmed)
    if (match !== null) return hint(match)
  }
  return undefined
}
