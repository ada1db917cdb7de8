import { type Namespace, toNamespace } from './package-id.js'

/** What a quota bounds: a namespace; undefined: all packages without one, together. */
export type QuotaScope = Namespace | undefined

/** How the packages without a namespace are written; no namespace is. */
const NO_NAMESPACE = '/'

export function formatQuotaScope(scope: QuotaScope): string {
  return scope ?? NO_NAMESPACE
}

/**
 * Reads `acme`, `acme/`, or `/` for the packages without a namespace.
 * @throws INVALID_NAME
 */
export function parseQuotaScope(text: string, field = 'namespace'): QuotaScope {
  return text === NO_NAMESPACE ? undefined : toNamespace(text.replace(/\/$/, ''), field)
}
