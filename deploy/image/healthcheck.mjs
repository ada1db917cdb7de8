// Ends with 0 where the node of this container is alive. It listens where its configuration says, unless flags say otherwise.
import { loadServerConfig } from '../dist/config/server-config.js'

const { config } = loadServerConfig({
  env: process.env,
  workFolder: process.cwd(),
  userConfigFile: `${process.env.GGEN_MARKET_HOME}/ggen-market.toml`,
})
const address = config.listen.http.replace(/^(0\.0\.0\.0|\[::\]):/, 'localhost:')
const answer = await fetch(`http://${address}/healthz`, { signal: AbortSignal.timeout(2_000) })
process.exit(answer.ok ? 0 : 1)
