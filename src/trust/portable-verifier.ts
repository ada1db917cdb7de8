import nacl from 'tweetnacl'
import { isCanonicalSignature, isSoundPublicKey, type SignatureVerifier } from './public-key.js'

/**
 * The verifier that runs anywhere JavaScript does, and the independent second opinion in tests. tweetnacl takes S ≥ L and
 * odd encodings of keys; the checks before it make the verdict that of {@link OpensslVerifier}.
 */
export class PortableVerifier implements SignatureVerifier {
  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
    if (!isSoundPublicKey(publicKey) || !isCanonicalSignature(signature)) return false
    return nacl.sign.detached.verify(message, signature, publicKey)
  }
}
