/** Where a command writes; a terminal, a file or a test. */
export interface Sink {
  write(text: string): unknown
  readonly isTTY?: boolean
  /** Of a terminal. */
  readonly columns?: number
}
