const KIB = 1024
const MIB = 1024 * KIB
const GIB = 1024 * MIB

/** Every limit that outsiders can meet, in one table (`ggen-market config` prints it). Units are last in the names. */
export const LIMITS = {
  /** Namespace length. */
  namespaceLengthMax: 64,
  nameLengthMax: 128,
  versionLengthMax: 256,
  requirementLengthMax: 512,
  /** Canonical encoding of one version's metadata, readme excluded. */
  metadataBytesMax: 256 * KIB,
  readmeBytesMax: 128 * KIB,
  descriptionBytesMax: 8 * KIB,
  /** Any other single text field: author, license, repository, keyword … */
  textBytesMax: 1 * KIB,
  authorsMax: 256,
  keywordsMax: 256,
  categoriesMax: 64,
  capabilitiesMax: 256,
  signaturesMax: 16,
  /** Owners of one package or namespace. What apply decides by: it stays, or becomes part of the cluster version. */
  ownersMax: 64,
  dependenciesMax: 2_000,
  versionsPerPackageMax: 10_000,
  blobBytesMax: 1 * GIB,
  chunkBytesMin: 256 * KIB,
  chunkBytesMax: 1 * MIB,
  unaryMessageBytesMax: 4 * MIB,
  /** Text of a search, and values in one list of its filter. */
  searchTextBytesMax: 1 * KIB,
  searchFilterValuesMax: 64,
  pageEntriesDefault: 50,
  pageEntriesMax: 1_000,
  suggestionsDefault: 10,
  suggestionsMax: 100,
  /** Values of one facet. */
  facetValuesDefault: 20,
  facetValuesMax: 1_000,
  similarDefault: 10,
  archiveEntriesMax: 100_000,
  archiveUnpackedBytesMax: 4 * GIB,
  /** How long an answer to a request id is remembered, in log time. */
  requestMemoryMs: 15 * 60_000,
  /** Request ids remembered at once; beyond it new writes are refused, none is forgotten early. */
  requestTableMax: 1_000_000,
  /** How far a change's signedAt may lie from log time. */
  signedAtSkewMs: 5 * 60_000,
  /** How long a client goes on retrying one write; well below requestMemoryMs. */
  retryMs: 5 * 60_000,
  /** How long an unreferenced blob is kept, in log time. */
  blobLeaseMs: 24 * 60 * 60_000,
  /** Wait for `min_index` when the caller names no deadline. */
  indexWaitMs: 5_000,
  /** Packages that one resolution may ask for itself, and versions that it may name as locked. */
  resolveRootsMax: 2_000,
  resolveLockedMax: 5_000,
  /** Packages that one resolution looks at, versions whose dependencies it reads, and those dependencies together. */
  resolvePackagesMax: 5_000,
  resolveVersionsMax: 20_000,
  resolveDependenciesMax: 200_000,
  /** The longest that one resolution may take, waiting for its turn included. */
  resolveMs: 10_000,
  /** The longest that one version may be looked for, or installed ones be compared with what there is. */
  matchMs: 10_000,
  /** Resolutions under way at once on a node, each on a thread; and those that wait for their turn. */
  resolutionsMax: 4,
  resolutionsWaitingMax: 256,
  /** Text of one explanation of a conflict: it travels in the headers of the answer. */
  explanationLengthMax: 2_000,
  /** Change records kept for Watch and search catch-up. */
  changeFeedEntriesMax: 1_000_000,
  /** State hashes kept in memory for comparison at a common index. */
  stateHashesKept: 1_024,
} as const
