//! What crosses to whoever feeds the solver. Packages are named `namespace/name` or `name`.

use serde::{Deserialize, Serialize};

/// What is to be resolved, and how much of the world may be looked at.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    pub roots: Vec<Root>,
    /// Kept where they fit; a yanked version is taken only where it stands here.
    #[serde(default)]
    pub locked: Vec<Named>,
    /// Follows optional dependencies too, wherever there is a version that meets them.
    #[serde(default)]
    pub optional: bool,
    pub limits: Limits,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Limits {
    pub deadline_ms: u64,
    /// Packages whose versions are looked at.
    pub packages_max: usize,
    /// Versions whose dependencies are looked at.
    pub releases_max: usize,
    /// Dependencies of those versions, all together.
    pub dependencies_max: usize,
    /// Of one question to the feeder, packages and releases each.
    pub ask_max: usize,
    pub explanation_length_max: usize,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Root {
    pub package: String,
    pub requirement: String,
}

/// One version of one package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    pub package: String,
    pub version: String,
}

/// What the solver does not know yet.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Ask {
    pub packages: Vec<String>,
    pub releases: Vec<Named>,
}

/// The answer, in the order of the question; it may leave out what comes last, but not everything.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Fed {
    pub packages: Vec<FedPackage>,
    pub releases: Vec<Vec<FedDependency>>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct FedPackage {
    /// As it is spelled by the registry; absent where there is no such package.
    pub package: Option<String>,
    #[serde(default)]
    pub versions: Vec<FedVersion>,
    /// The version that will probably be chosen, so that nobody has to ask for it.
    #[serde(default)]
    pub likely: Option<FedRelease>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct FedRelease {
    pub version: String,
    pub dependencies: Vec<FedDependency>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct FedVersion {
    pub version: String,
    #[serde(default)]
    pub yanked: bool,
}

#[derive(Debug, Clone, Deserialize)]
pub struct FedDependency {
    pub package: String,
    pub requirement: String,
    pub kind: Kind,
    /// What the manifest said, where the requirement could not be translated.
    #[serde(default)]
    pub original: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Normal,
    Optional,
    Peer,
    Build,
    Dev,
}

/// How a turn of the solver ends.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Step {
    /// Feed it, and it goes on.
    Ask(Ask),
    Solved(Graph),
    Conflict(Conflict),
}

/// Chosen packages, each after those that it needs. Members of a circle stand together.
#[derive(Debug, Clone, Serialize)]
pub struct Graph {
    pub packages: Vec<Chosen>,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Chosen {
    pub package: String,
    pub version: String,
    pub required_by: Vec<Edge>,
    pub dependencies: Vec<Edge>,
    pub choice: Choice,
    /// Why this version, in words.
    pub reason: String,
    /// It needs, through others, itself.
    pub circular: bool,
}

/// One requirement between two chosen packages.
#[derive(Debug, Clone, Serialize)]
pub struct Edge {
    /// Position of the other end in the list; absent where it is the request itself.
    pub at: Option<usize>,
    pub requirement: String,
    /// Absent where it is the request itself.
    pub kind: Option<Kind>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Choice {
    /// The highest version that everybody's requirement admits.
    Highest,
    /// The lock names it.
    Locked,
    /// A higher one is admitted, and does not fit together with the others.
    Lower,
}

/// Why there is no answer.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Conflict {
    /// The facts that clash, on one line.
    pub message: String,
    /// The whole derivation, one step a line, each once.
    pub explanation: Vec<String>,
    /// What can be done about it.
    pub help: String,
    /// Positions of the roots that take part: without the others it is a conflict all the same.
    pub roots: Vec<usize>,
    /// Position of the first root that no version meets by itself, where there is one.
    pub unmet_root: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Code {
    LimitExceeded,
    Deadline,
    Cancelled,
    Internal,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SolveError {
    pub code: Code,
    pub message: String,
}

impl SolveError {
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}

impl std::fmt::Display for SolveError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for SolveError {}
