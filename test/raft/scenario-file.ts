/** One step of a story: commands, and what they led to. */
export interface Block {
  /** Comments and blank lines before it, kept as they are. */
  readonly before: readonly string[]
  readonly commands: readonly string[]
  readonly expected: readonly string[]
}

/**
 * Reads a story: comments begin with #, a block is one command a line, then `----`, then the expected output up to a blank
 * line. A block without `----` expects nothing yet.
 */
export function parseScenario(text: string): Block[] {
  const blocks: Block[] = []
  let before: string[] = []
  let commands: string[] = []
  let expected: string[] = []
  let inOutput = false
  const finish = () => {
    if (commands.length > 0) {
      blocks.push({ before, commands, expected })
      before = []
    }
    commands = []
    expected = []
    inOutput = false
  }
  for (const line of text.split('\n')) {
    if (line.trim() === '') {
      finish()
    } else if (inOutput) {
      expected.push(line)
    } else if (line === '----') {
      inOutput = true
    } else if (line.startsWith('#') && commands.length === 0) {
      before.push(line)
    } else {
      commands.push(line)
    }
  }
  finish()
  return blocks
}

export function formatScenario(blocks: readonly (Block & { readonly actual: readonly string[] })[]): string {
  return `${blocks
    .map((block) => [...block.before, ...block.commands, '----', ...block.actual].join('\n'))
    .join('\n\n')}\n`
}
