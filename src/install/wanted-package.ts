import { translateCaretRequirement } from '../archive/caret-requirement.js'
import { MarketplaceError } from '../model/error.js'
import { type PackageRef, parsePackageRef, splitAtVersion } from '../model/package-id.js'
import { requirementHint } from '../model/requirement-hint.js'

/** A package and which versions of it will do. */
export interface WantedPackage {
  readonly ref: PackageRef
  /** In the registry's grammar; undefined where none was given: any release. */
  readonly requirement: string | undefined
}

/**
 * `NAME` or `NAME@REQUIREMENT`; a bare version means caret.
 * @throws INVALID_NAME, INVALID_REQUIREMENT
 */
export function parseWanted(text: string): WantedPackage {
  const { ref: name, rest } = splitAtVersion(text)
  const ref = parsePackageRef(name, 'NAME')
  if (rest === undefined) return { ref, requirement: undefined }
  const requirement = translateCaretRequirement(rest)
  if (requirement !== undefined) return { ref, requirement }
  throw new MarketplaceError({
    reason: 'INVALID_REQUIREMENT',
    field: 'REQUIREMENT',
    message: `${JSON.stringify(rest)} is no range of versions`,
    help:
      requirementHint(rest) ??
      `write for example ${name}@1.2 (which means ^1.2), ${name}@=1.2.0 or "${name}@>=1 <3"`,
  })
}
