import type { OwnerScope } from '../model/owner-scope.js'
import type { Namespace, PackageRef } from '../model/package-id.js'
import type { PackageQuery, ReadDemand } from '../model/read-demand.js'
import type { ResolveRequest } from '../model/resolution.js'
import type { SignedChange, SignedOwnerChange, SignedVersion } from '../model/signed-write.js'
import type { ListOptions } from './answer.js'
import type { InstalledVersion, Registry } from './registry.js'
import type { WatchOptions } from './watch.js'

/**
 * Hands every call on to another registry: what a registry that stands in front of one extends. It takes no content and no stream of
 * versions itself, so that each of them comes through `register`.
 */
export class ForwardingRegistry implements Registry {
  constructor(protected readonly inner: Registry) {}

  identity() {
    return this.inner.identity()
  }

  register(version: SignedVersion) {
    return this.inner.register(version)
  }

  get(query: PackageQuery, options?: ReadDemand & { readonly readme?: boolean | undefined }) {
    return this.inner.get(query, options)
  }

  listVersions(ref: PackageRef, options?: ListOptions) {
    return this.inner.listVersions(ref, options)
  }

  resolveVersion(ref: PackageRef, requirement: string, options?: ReadDemand) {
    return this.inner.resolveVersion(ref, requirement, options)
  }

  resolveDependencies(request: ResolveRequest, options?: ReadDemand) {
    return this.inner.resolveDependencies(request, options)
  }

  updateMetadata(change: SignedChange) {
    return this.inner.updateMetadata(change)
  }

  yank(change: SignedChange) {
    return this.inner.yank(change)
  }

  unyank(change: SignedChange) {
    return this.inner.unyank(change)
  }

  isYanked(query: PackageQuery, options?: ReadDemand) {
    return this.inner.isYanked(query, options)
  }

  addOwner(change: SignedOwnerChange) {
    return this.inner.addOwner(change)
  }

  removeOwner(change: SignedOwnerChange) {
    return this.inner.removeOwner(change)
  }

  transferOwnership(change: SignedOwnerChange) {
    return this.inner.transferOwnership(change)
  }

  listOwners(scope: OwnerScope, options?: ReadDemand) {
    return this.inner.listOwners(scope, options)
  }

  listPackages(namespace?: Namespace, options?: ListOptions) {
    return this.inner.listPackages(namespace, options)
  }

  listByAuthor(author: string, options?: ListOptions) {
    return this.inner.listByAuthor(author, options)
  }

  listDependents(on: PackageRef, options?: ListOptions) {
    return this.inner.listDependents(on, options)
  }

  listRecent(options?: ListOptions) {
    return this.inner.listRecent(options)
  }

  listTrending(options?: ListOptions & { readonly days?: number | undefined }) {
    return this.inner.listTrending(options)
  }

  checkUpdates(installed: readonly InstalledVersion[], options?: ReadDemand) {
    return this.inner.checkUpdates(installed, options)
  }

  watch(options?: WatchOptions) {
    return this.inner.watch(options)
  }

  getStats(ref?: PackageRef, options?: ReadDemand) {
    return this.inner.getStats(ref, options)
  }

  recordDownload(query: PackageQuery) {
    return this.inner.recordDownload(query)
  }
}
