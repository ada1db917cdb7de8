import { MarketplaceError } from '../model/error.js'
import { type PackageId, type PackageRef, parsePackageRef, splitAtVersion } from '../model/package-id.js'
import { parseVersion, type Version } from '../model/version.js'

/**
 * `NAME` or `NAME@VERSION`.
 * @throws INVALID_NAME, INVALID_VERSION
 */
export function parseNameAndVersion(text: string): PackageRef & { readonly version?: Version } {
  const { ref, rest } = splitAtVersion(text)
  const name = parsePackageRef(ref, 'NAME')
  return rest === undefined ? name : { ...name, version: parseVersion(rest, 'VERSION') }
}

/**
 * `NAME@VERSION`.
 * @throws INVALID_NAME, INVALID_VERSION
 */
export function parseExactId(text: string): PackageId {
  const { ref, rest } = splitAtVersion(text)
  const name = parsePackageRef(ref, 'NAME')
  if (rest !== undefined) return { ...name, version: parseVersion(rest, 'VERSION') }
  throw new MarketplaceError({
    reason: 'INVALID_VERSION',
    field: 'VERSION',
    message: `${JSON.stringify(text)} names no version`,
    help: `write ${ref}@1.2.0; \`ggen-market info ${ref} --versions\` lists those there are`,
  })
}
