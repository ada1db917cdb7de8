// Runs a command while three node processes serve: `node test/chaos/with-cluster.mjs COMMAND ARG…`. The command finds their
// client addresses in ENDPOINTS, the first of them in ENDPOINT, and their process ids in PIDS, all separated by commas.
import { spawn } from 'node:child_process'
import { ProcessCluster } from './process-cluster.mjs'

const [command, ...args] = process.argv.slice(2)
if (command === undefined) {
  console.error('with-cluster: name a command to run')
  process.exit(2)
}
const cluster = await ProcessCluster.make()
let code = 1
try {
  await cluster.start()
  const env = {
    ...process.env,
    ENDPOINT: cluster.endpoints[0],
    ENDPOINTS: cluster.endpoints.join(','),
    PIDS: cluster.nodes.map((node) => node.child.pid).join(','),
  }
  const child = spawn(command, args, { stdio: 'inherit', env })
  code = await new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', (status, signal) => resolve(signal === null ? status : 1))
  })
} finally {
  await cluster.close()
}
process.exit(code)
