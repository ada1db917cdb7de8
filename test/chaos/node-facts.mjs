// What nodes tell of themselves over HTTP.
import { createServer } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

const READY_MS = 60_000

export async function freePorts(count) {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise((resolve, reject) => {
          const server = createServer()
          server.once('error', reject)
          server.listen(0, '127.0.0.1', () => resolve(server))
        }),
    ),
  )
  const ports = servers.map((server) => server.address().port)
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}

/** What `/readyz` says, or undefined where nobody answers. */
export async function factsOf(node) {
  try {
    const answer = await fetch(`http://${node.http}/readyz`, { signal: AbortSignal.timeout(3_000) })
    return await answer.json()
  } catch {
    return undefined
  }
}

/** @param gone whether the node has ended; `words`, the last that it said, for the error */
export async function untilReady(node, { gone, words, withinMs = READY_MS }) {
  const deadline = Date.now() + withinMs
  for (;;) {
    const facts = await factsOf(node)
    if (facts?.ready) return facts
    if (Date.now() > deadline || (await gone()))
      throw new Error(
        `${node.id} is not ready (${facts?.reasons?.join('; ') ?? 'no answer'}):\n${await words()}`,
      )
    await pause(50)
  }
}

/** The node that leads, as the highest term among the nodes says. */
export async function leaderOf(nodes) {
  const deadline = Date.now() + READY_MS
  while (Date.now() < deadline) {
    const told = await Promise.all(nodes.map(async (node) => ({ node, facts: await factsOf(node) })))
    const leaders = told
      .filter(({ facts }) => facts?.role === 'leader')
      .sort((a, b) => b.facts.term - a.facts.term)
    if (leaders[0] !== undefined) return leaders[0].node
    await pause(20)
  }
  throw new Error('no leader')
}
