import { nodeRandom } from '../../src/runtime/node-random.js'
import { OpensslCrypto, PortableCrypto } from '../../src/trust/crypto.js'
import { cryptoConformance } from './crypto-verifier.js'

const openssl = () => new OpensslCrypto(nodeRandom)
const portable = () => new PortableCrypto(nodeRandom)
cryptoConformance('OpenSSL', openssl, portable)
cryptoConformance('portable', portable, openssl)
