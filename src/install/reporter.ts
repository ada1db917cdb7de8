import type { PackageRef } from '../model/package-id.js'

/** How far one package is. */
export interface PackageProgress {
  update(receivedBytes: number): void
  stop(): void
}

/** Who is told what happens while packages are installed. */
export interface Reporter {
  /** A package is being fetched. */
  fetching(name: string, sizeBytes: number): PackageProgress
  /** Something that whoever installs should know, in a line. */
  note(line: string): void
  /** A package that is new here is called almost like popular ones of somebody else. */
  resembles(ref: PackageRef, others: readonly PackageRef[]): void
}

/** Tells nobody. */
export const silentReporter: Reporter = {
  fetching: () => ({ update() {}, stop() {} }),
  note() {},
  resembles() {},
}
