import type {
  ResolveChoice,
  ResolvedDependency,
  ResolvedPackage,
  ResolveRequest,
} from '../model/resolution.js'
import { type Received, required, type Sent, toEnum } from './message.js'
import { DEPENDENCY_KIND_NAME, DEPENDENCY_KINDS } from './metadata-message.js'
import {
  packageIdFromMessage,
  packageIdToMessage,
  packageRefFromMessage,
  packageRefToMessage,
} from './package-id-message.js'
import { versionSummaryFromMessage, versionSummaryToMessage } from './summary-message.js'

const CHOICES = new Map<string, ResolveChoice>([
  ['RESOLVE_CHOICE_HIGHEST', 'highest'],
  ['RESOLVE_CHOICE_LOCKED', 'locked'],
  ['RESOLVE_CHOICE_LOWER', 'lower'],
])

const CHOICE_NAME = {
  highest: 'RESOLVE_CHOICE_HIGHEST',
  locked: 'RESOLVE_CHOICE_LOCKED',
  lower: 'RESOLVE_CHOICE_LOWER',
} as const satisfies Record<ResolveChoice, string>

type RequestFields = Pick<Received<'ResolveDependenciesRequest'>, 'roots' | 'locked' | 'includeOptional'>

/** @throws INVALID_NAME, INVALID_VERSION, INVALID_ARGUMENT */
export function resolveRequestFromMessage(message: RequestFields): ResolveRequest {
  return {
    roots: message.roots.map(({ ref, requirement }, at) => ({
      ref: packageRefFromMessage(required(ref, `roots[${at}].ref`), `roots[${at}].ref`),
      requirement,
    })),
    locked: message.locked.map((id, at) => packageIdFromMessage(id, `locked[${at}]`)),
    optional: message.includeOptional,
  }
}

export function resolveRequestToMessage(request: ResolveRequest): Sent<'ResolveDependenciesRequest'> {
  return {
    roots: request.roots.map(({ ref, requirement }) => ({ ref: packageRefToMessage(ref), requirement })),
    locked: (request.locked ?? []).map(packageIdToMessage),
    includeOptional: request.optional ?? false,
  }
}

export function resolvedPackageToMessage(resolved: ResolvedPackage): Sent<'ResolvedPackage'> {
  return {
    version: versionSummaryToMessage(resolved.version),
    requiredBy: resolved.requiredBy.map(dependencyToMessage),
    dependencies: resolved.dependencies.map(dependencyToMessage),
    choice: CHOICE_NAME[resolved.choice],
    reason: resolved.reason,
    circular: resolved.circular,
  }
}

/** @throws INVALID_ARGUMENT and others, where a server sent what this build does not understand. */
export function resolvedPackageFromMessage(message: Received<'ResolvedPackage'>): ResolvedPackage {
  return {
    version: versionSummaryFromMessage(required(message.version, 'package.version')),
    requiredBy: message.requiredBy.map(dependencyFromMessage),
    dependencies: message.dependencies.map(dependencyFromMessage),
    choice: toEnum(CHOICES, message.choice, 'package.choice'),
    reason: message.reason,
    circular: message.circular,
  }
}

function dependencyToMessage(dependency: ResolvedDependency): Sent<'ResolvedDependency'> {
  const { id, requirement, kind } = dependency
  return {
    id: id === undefined ? null : packageIdToMessage(id),
    requirement,
    ...(kind !== undefined && { kind: DEPENDENCY_KIND_NAME[kind] }),
  }
}

function dependencyFromMessage(message: Received<'ResolvedDependency'>): ResolvedDependency {
  const ofRequest = message.id === null
  return {
    id: message.id === null ? undefined : packageIdFromMessage(message.id, 'dependency.id'),
    requirement: message.requirement,
    kind: ofRequest ? undefined : toEnum(DEPENDENCY_KINDS, message.kind, 'dependency.kind'),
  }
}
