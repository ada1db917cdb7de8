// How much of this machine's processors others take: what a test of times can blame on the machine, and what not. Linux only;
// elsewhere nothing is known, and `end` says undefined.
import { readFileSync } from 'node:fs'

/** Of the time in /proc/PID/stat, after the name in brackets: own, and of children that have ended and were waited for. */
const OWN = [11, 12]
const WAITED_FOR = [13, 14]

function ticksOf(path, fields) {
  const text = readFileSync(path, 'utf8')
  const parts = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return fields.reduce((sum, field) => sum + Number(parts[field]), 0)
}

/** Ticks of the machine: taken by anybody, and all there were. */
function machineTicks() {
  const [user, nice, system, idle, iowait, irq, softirq, steal] = readFileSync('/proc/stat', 'utf8')
    .split('\n', 1)[0]
    .split(/\s+/)
    .slice(1)
    .map(Number)
  const taken = user + nice + system + irq + softirq + steal
  return { taken, all: taken + idle + iowait }
}

/** Ticks that this process has taken with its children, also those that have ended. */
function ownTicks(pids) {
  return pids.reduce(
    (sum, pid) => sum + ticksOf(`/proc/${pid}/stat`, OWN),
    ticksOf('/proc/self/stat', [...OWN, ...WAITED_FOR]),
  )
}

/** Begins to measure. `pids` are the children that run when it is called. */
export function beginShare(pids) {
  const look = () => {
    try {
      return { machine: machineTicks(), own: ownTicks(pids()) }
    } catch {
      return undefined
    }
  }
  const began = look()
  return {
    /** Percent of all processors that others took since. */
    end() {
      const now = look()
      if (began === undefined || now === undefined || now.machine.all <= began.machine.all) return undefined
      const others = now.machine.taken - began.machine.taken - (now.own - began.own)
      return Math.max(0, Math.round((100 * others) / (now.machine.all - began.machine.all)))
    },
  }
}
