export type WriteOperation =
  | { readonly type: 'put'; readonly key: Uint8Array; readonly value: Uint8Array }
  | { readonly type: 'del'; readonly key: Uint8Array }

export interface KeyRange {
  /** Inclusive. */
  readonly from: Uint8Array
  /** Exclusive. */
  readonly to: Uint8Array
  readonly reverse?: boolean
  readonly limit?: number
}

/** An ordered map of bytes (memcmp order). Values come back as they were put; who stores them adds the checks. */
export interface KeyValueStore extends AsyncDisposable {
  getSync(key: Uint8Array): Uint8Array | undefined
  /** Atomic. With `sync` it resolves once durable. */
  write(operations: readonly WriteOperation[], options: { readonly sync: boolean }): Promise<void>
  /** A frozen view; must be closed. */
  snapshot(): KeyValueSnapshot
}

export interface KeyValueSnapshot extends AsyncDisposable {
  getSync(key: Uint8Array): Uint8Array | undefined
  /** Pairs in key order, in batches. */
  iterate(range: KeyRange): AsyncIterable<readonly (readonly [key: Uint8Array, value: Uint8Array])[]>
}
