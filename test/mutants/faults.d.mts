/** One small wrong change of the source. */
export interface Fault {
  readonly name: string
  readonly file: string
  /** Stands exactly once in the file. */
  readonly find: string
  readonly replace: string
  /** Further changes of the same fault. */
  readonly also?: readonly Pick<Fault, 'file' | 'find' | 'replace'>[]
}

export const FAULTS: readonly Fault[]
