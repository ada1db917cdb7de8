import { setFlagsFromString } from 'node:v8'

/** The heap may grow by so much between two full collections. */
const GROWTH_PERCENT = 300

/**
 * For the start of a process that moves large bodies. V8 reckons buffers among the heap, and lets a heap that it keeps up with
 * easily grow by 8 MiB at a time: at 18 MiB of live objects a body of 64 MiB cost twenty full collections, more than half of
 * all its processor time. Must not be called by a library: it is the whole process's.
 */
export function growHeapInLargeSteps(): void {
  setFlagsFromString(`--heap-growing-percent=${GROWTH_PERCENT}`)
}
