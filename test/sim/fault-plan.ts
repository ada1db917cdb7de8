import { DAMAGES, type HarmfulAct, STATE_ALTERED } from './damage.js'
import type { SeededRandom } from './seeded-random.js'
import type { NetworkFaults } from './sim-network.js'

/** What the nemesis can do, by class. A seed draws which classes are on, and how often each act of them comes. */
export const ACT_CLASSES = {
  partitions: ['partition', 'pair-cut', 'one-way', 'leader-cut-off', 'leader-fades', 'mend'],
  kills: ['kill', 'kill-leader'],
  stops: ['suspend', 'suspend-leader', 'suspend-cut-off'],
  'power-cuts': ['power-cut', 'power-cut-leader', 'blackout'],
  'disk-errors': ['write-error', 'sync-error', 'read-error', 'name-error', 'state-error'],
  'full-disks': ['full-disk'],
  'slow-disks': ['slow-disk'],
  clocks: ['clock-jump', 'clock-drift', 'depose-unheard'],
  'slow-links': ['slow-link'],
  restarts: ['restart'],
  members: ['grow', 'add-learner', 'replace', 'shrink', 'shrink-leader', 'transfer', 'move'],
  'member-changes': ['cut-amid-change', 'change-amid-change'],
} as const

export type ActClass = keyof typeof ACT_CLASSES
export type ActKind = (typeof ACT_CLASSES)[ActClass][number]

/** Chance of each class to be on, per thousand. */
const CLASS_PERMILLE: Readonly<Record<ActClass, number>> = {
  partitions: 550,
  kills: 550,
  stops: 350,
  'power-cuts': 550,
  'disk-errors': 250,
  'full-disks': 150,
  'slow-disks': 200,
  clocks: 300,
  'slow-links': 550,
  restarts: 300,
  members: 300,
  'member-changes': 150,
}

/** What the network does to every message, by the name under which a variant leaves it out. */
const NETWORK_PERMILLE_MAX = { loss: 60, duplicate: 60, reorder: 100, cut: 10 } as const
export type NetworkFault = keyof typeof NETWORK_PERMILLE_MAX

const ALTERS_PERMILLE = 120
/** Of a storm in which a state is altered at all. */
const ALTERATIONS_MAX = 3
const LEASES_PERMILLE = 350

/** An act is drawn with so many lots at most; the rarer ones of the frail with more. */
const LOTS_MAX = 4
const FIRST_PAUSE_MS = 30

/** One act at its moment. What it draws, it draws from its own number: acts that are left out change nothing about the others. */
export interface PlannedAct {
  readonly number: number
  readonly atMs: number
  readonly act: ActKind | HarmfulAct
}

/** All that a seed does to its cluster, drawn before it begins (swarm testing: most seeds leave most of it out). */
export interface FaultPlan {
  readonly network: Partial<NetworkFaults>
  readonly acts: readonly PlannedAct[]
  /** Some of the machines are copied now and then. */
  readonly copies: boolean
  /** After the storm a state is altered that passes all checks of its own; most likely in it too. */
  readonly alters: boolean
  /** Leaders read under leases, and clocks drift as far as leases bear. */
  readonly leases: boolean
  readonly stormMs: number
}

/** A smaller version of a seed's plan, to find out what of it a failure needs. */
export interface Variant {
  /** Numbers of the acts that stay; all where absent. */
  readonly acts?: readonly number[]
  /** Network faults that are off. */
  readonly calm?: readonly NetworkFault[]
  /** A shorter storm. */
  readonly stormMs?: number
  /** Whether a state may be altered. Default: as drawn. */
  readonly alters?: boolean
}

export const NETWORK_FAULTS = Object.keys(NETWORK_PERMILLE_MAX) as readonly NetworkFault[]

/** Length of the stormy part. */
export const STORM_MS = 12_000

export function drawPlan(random: SeededRandom): FaultPlan {
  const permille = (max: number) => (random.chance(550) ? random.below(max) : 0)
  const network = {
    latencyMinMs: 0.1,
    latencyMaxMs: 1 + random.below(random.chance(550) ? 30 : 3),
    lossPermille: permille(NETWORK_PERMILLE_MAX.loss),
    duplicatePermille: permille(NETWORK_PERMILLE_MAX.duplicate),
    reorderPermille: permille(NETWORK_PERMILLE_MAX.reorder),
    cutPermille: permille(NETWORK_PERMILLE_MAX.cut),
  }
  const classes = (Object.keys(ACT_CLASSES) as ActClass[]).filter((name) =>
    random.chance(CLASS_PERMILLE[name]),
  )
  const damages = drawDamages(random)
  const pauseMsMax = random.pick([600, 1_200, 2_000])
  const lotsOf = <T>(act: T, count: number) => Array.from({ length: count }, () => act)
  const lots = [
    ...classes.flatMap((name) => ACT_CLASSES[name]).flatMap((act) => lotsOf(act, 1 + random.below(LOTS_MAX))),
    ...damages.flatMap((act) => lotsOf(act, LOTS_MAX + random.below(LOTS_MAX))),
  ]
  const acts: PlannedAct[] = []
  for (let atMs = 0; lots.length > 0; ) {
    atMs += FIRST_PAUSE_MS + random.below(pauseMsMax)
    if (atMs >= STORM_MS) break
    acts.push({ number: acts.length + 1, atMs, act: random.pick(lots) })
  }
  const alters = random.chance(ALTERS_PERMILLE)
  if (alters) acts.push(...drawAlterations(random.fork('alterations'), acts.length))
  return {
    network,
    acts,
    copies: damages.some((act) => act.wantsCopies === true),
    alters,
    leases: random.chance(LEASES_PERMILLE),
    stormMs: STORM_MS,
  }
}

/** In the middle of the storm too. Numbered after all others, which are the same without them. */
function drawAlterations(random: SeededRandom, acts: number): PlannedAct[] {
  return Array.from({ length: 1 + random.below(ALTERATIONS_MAX) }, (_, i) => ({
    number: acts + 1 + i,
    atMs: random.below(STORM_MS),
    act: STATE_ALTERED,
  }))
}

/** Damage at rest: none for most seeds, and no more than one that takes a node's promises. */
function drawDamages(random: SeededRandom): HarmfulAct[] {
  const losses = random.chance(400) ? [random.pick(DAMAGES.filter((act) => act.takesPromises === true))] : []
  return [...losses, ...DAMAGES.filter((act) => act.takesPromises !== true && random.chance(150))]
}

/** What is left of a plan. */
export function narrowed(plan: FaultPlan, variant: Variant): FaultPlan {
  const network: Partial<Record<keyof NetworkFaults, number>> = { ...plan.network }
  for (const fault of variant.calm ?? []) network[`${fault}Permille`] = 0
  return {
    ...plan,
    network,
    acts: plan.acts.filter(({ number }) => variant.acts === undefined || variant.acts.includes(number)),
    alters: variant.alters ?? plan.alters,
    stormMs: variant.stormMs ?? plan.stormMs,
  }
}

/** The head of a trace: what is on, and how often it comes. */
export function describePlan({ network, acts, alters, leases, stormMs }: FaultPlan): string {
  const counts = new Map<string, number>()
  for (const { act } of acts) counts.set(nameOf(act), (counts.get(nameOf(act)) ?? 0) + 1)
  const rates = NETWORK_FAULTS.flatMap((fault) => {
    const permille = network[`${fault}Permille`] ?? 0
    return permille === 0 ? [] : [`${fault} ${permille}‰`]
  })
  const planned = [...counts].map(([name, count]) => `${count}× ${name}`)
  return `${leases ? 'reads under leases; ' : ''}${stormMs} ms of storm; network: latency up to ${network.latencyMaxMs} ms${rates.map((rate) => `, ${rate}`).join('')}; acts: ${planned.join(', ') || 'none'}${alters ? '; at last a state is altered' : ''}`
}

export function isMemberAct(act: ActKind): boolean {
  return [...ACT_CLASSES.members, ...ACT_CLASSES['member-changes']].some((each) => each === act)
}

/** Whether a plan has something of a class of acts, an act, or reads under leases (`leases`); of all that is named with a plus between. */
export function draws({ acts, leases }: FaultPlan, what: string): boolean {
  return what.split('+').every((part) => {
    if (part === 'leases') return leases
    const wanted: readonly string[] = ACT_CLASSES[part as ActClass] ?? [part]
    return acts.some(({ act }) => typeof act === 'string' && wanted.includes(act))
  })
}

export function nameOf(act: PlannedAct['act']): string {
  return typeof act === 'string' ? act : act.name
}
