import { APPLIER_DEFAULTS, type ApplierOptions } from './applier.js'
import { FOLDER_ADMISSION_DEFAULTS, type FolderAdmissionOptions } from './folder-admission.js'
import { PROPOSAL_QUEUE_DEFAULTS, type ProposalQueueOptions } from './proposal-queue.js'
import { READ_BARRIER_DEFAULTS, type ReadBarrierOptions } from './read-barrier.js'
import { SNAPSHOT_TRANSFER_DEFAULTS, type SnapshotTransferOptions } from './snapshot-options.js'
import { STATE_CONFIRMATION_DEFAULTS, type StateConfirmationOptions } from './state-confirmation.js'

/** How one node runs the core. All of it may differ between nodes but the timing, which should agree. */
export interface NodeOptions {
  /** One tick of the core. */
  readonly tickMs: number
  /** An election timeout is drawn from [electionTicks, 2 × electionTicks). */
  readonly electionTicks: number
  readonly heartbeatTicks: number
  /** Whether a leader reads under a lease (see {@link ./lease-clock.js!LeaseClock}); the same on all members. */
  readonly readLease: boolean
  /** Willingness to lead, 1 to 10; each step below 10 adds half an election timeout to this node's waits for a leader. */
  readonly priority: number
  /** The log is compacted when it holds more than this beyond the tail … */
  readonly compactEntries: number
  readonly compactBytes: number
  /** … and keeps this much for slow followers. */
  readonly tailEntries: number
  readonly tailBytes: number
  /** How far a leader's clock may be from the majority's before it refuses to stamp. */
  readonly clockSkewMaxMs: number
  /** How often members tell each other their clocks and the hashes of their states. */
  readonly clockGossipMs: number
  /** How long members may differ in their state's hash, without a majority that tells who is right, before they stop. */
  readonly hashGraceMs: number
  /** How long a stopping leader waits for its successor. */
  readonly handoverMs: number
  /** How often the files of the state are looked through for damage. */
  readonly stateCheckMs: number
  readonly admission: FolderAdmissionOptions
  readonly proposals: ProposalQueueOptions
  readonly reads: ReadBarrierOptions
  readonly apply: ApplierOptions
  readonly snapshots: SnapshotTransferOptions
  readonly confirmation: StateConfirmationOptions
}

export const NODE_DEFAULTS: NodeOptions = {
  tickMs: 50,
  electionTicks: 8,
  heartbeatTicks: 2,
  readLease: false,
  priority: 10,
  compactEntries: 50_000,
  compactBytes: 32 * 1024 * 1024,
  tailEntries: 10_000,
  tailBytes: 16 * 1024 * 1024,
  clockSkewMaxMs: 60_000,
  clockGossipMs: 5_000,
  hashGraceMs: 30_000,
  handoverMs: 1_000,
  stateCheckMs: 60 * 60_000,
  admission: FOLDER_ADMISSION_DEFAULTS,
  proposals: PROPOSAL_QUEUE_DEFAULTS,
  reads: READ_BARRIER_DEFAULTS,
  apply: APPLIER_DEFAULTS,
  snapshots: SNAPSHOT_TRANSFER_DEFAULTS,
  confirmation: STATE_CONFIRMATION_DEFAULTS,
}
