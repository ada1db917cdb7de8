use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::hash::{Hash, Hasher};
use std::rc::Rc;

use crate::message::{Ask, Code, Fed, FedDependency, FedPackage, FedRelease, Kind, Limits, Named, Request, SolveError};
use crate::requirement::Requirement;
use crate::version::Version;
use crate::version_bits::VersionBits;

/// A package's number here; 0 is the request itself.
pub type PackageAt = u32;
pub const REQUEST: PackageAt = 0;

/// Versions that one look ahead passes; beyond, what is needed is asked for when it is met.
const AHEAD_MAX: usize = 4_096;

/// What is known so far of packages, versions and dependencies. It only grows.
pub struct World {
    packages: Vec<Package>,
    by_key: HashMap<String, PackageAt>,
    locked: HashMap<String, Version>,
    pub follow_optional: bool,
    limits: Limits,
    direct: HashSet<PackageAt>,
    known_packages: usize,
    known_releases: usize,
    known_dependencies: usize,
}

pub struct Package {
    pub key: PackageKey,
    /// As the registry spells it; as it was asked for, where that is not known.
    pub name: Rc<str>,
    pub listing: Listing,
    /// By position of the version; absent where it was not looked at.
    releases: HashMap<u32, Rc<[Dependency]>>,
    sets: HashMap<Rc<str>, VersionBits>,
    /// How often a version of it was wanted that had not been looked at.
    pub misses: u32,
}

/// A package as the solver tells it from others: by its folded name, so that nothing depends on the order in which packages
/// became known.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PackageKey {
    folded: Rc<str>,
    pub at: PackageAt,
}

impl Hash for PackageKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.folded.hash(state);
    }
}

impl Ord for PackageKey {
    fn cmp(&self, other: &Self) -> Ordering {
        self.folded.cmp(&other.folded)
    }
}

impl PartialOrd for PackageKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for PackageKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.folded)
    }
}

pub enum Listing {
    NotAsked,
    /// There is no such package.
    Missing,
    Known {
        versions: Vec<Listed>,
        locked: Option<u32>,
    },
}

pub struct Listed {
    pub text: String,
    pub version: Version,
    pub yanked: bool,
}

#[derive(Clone)]
pub struct Dependency {
    pub package: PackageAt,
    pub requirement: Rc<str>,
    pub kind: Kind,
    /// Set where the requirement is nothing that can be followed: what the manifest said.
    pub unresolvable: Option<Rc<str>>,
}

impl World {
    pub fn new(request: &Request) -> Self {
        let mut world = Self {
            packages: Vec::new(),
            by_key: HashMap::new(),
            locked: HashMap::new(),
            follow_optional: request.optional,
            limits: request.limits.clone(),
            direct: HashSet::new(),
            known_packages: 0,
            known_releases: 0,
            known_dependencies: 0,
        };
        for Named { package, version } in &request.locked {
            if let Some(version) = Version::parse(version) {
                world.locked.insert(fold(package), version);
            }
        }
        world.packages.push(Package::new("the request", PackageKey { folded: "".into(), at: REQUEST }));
        let roots: Vec<Dependency> = request
            .roots
            .iter()
            .map(|root| Dependency {
                package: world.at(&root.package),
                requirement: root.requirement.as_str().into(),
                kind: Kind::Normal,
                unresolvable: Requirement::parse(&root.requirement).is_none().then(|| root.requirement.as_str().into()),
            })
            .collect();
        world.direct = roots.iter().map(|each| each.package).collect();
        world.packages[REQUEST as usize].releases.insert(0, roots.into());
        world
    }

    pub fn package(&self, at: PackageAt) -> &Package {
        &self.packages[at as usize]
    }

    /// Whether the request itself names it.
    pub fn is_direct(&self, at: PackageAt) -> bool {
        self.direct.contains(&at)
    }

    pub fn count_miss(&mut self, at: PackageAt) -> u32 {
        let misses = &mut self.packages[at as usize].misses;
        *misses += 1;
        *misses
    }

    /// Its dependencies, all kinds, where that version was looked at.
    pub fn dependencies(&self, at: PackageAt, version: u32) -> Option<Rc<[Dependency]>> {
        self.package(at).releases.get(&version).cloned()
    }

    /// Whether a dependency is to be met at all.
    pub fn follows(&mut self, dependency: &Dependency) -> bool {
        match dependency.kind {
            Kind::Normal | Kind::Peer => true,
            Kind::Optional => {
                self.follow_optional && dependency.unresolvable.is_none() && !self.admitted(dependency).is_empty()
            }
            Kind::Build | Kind::Dev => false,
        }
    }

    /// Versions that a dependency admits and that may be taken: not yanked, or locked. Of a known package.
    pub fn admitted(&mut self, dependency: &Dependency) -> VersionBits {
        if dependency.unresolvable.is_some() {
            return VersionBits::default();
        }
        let package = &mut self.packages[dependency.package as usize];
        let Listing::Known { versions, locked } = &package.listing else { return VersionBits::default() };
        if let Some(set) = package.sets.get(&dependency.requirement) {
            return set.clone();
        }
        let set = match Requirement::parse(&dependency.requirement) {
            None => VersionBits::default(),
            Some(requirement) => VersionBits::collect(
                (0u32..)
                    .zip(versions)
                    .filter(|(at, listed)| {
                        (!listed.yanked || *locked == Some(*at)) && requirement.matches(&listed.version)
                    })
                    .map(|(at, _)| at),
            ),
        };
        package.sets.insert(Rc::clone(&dependency.requirement), set.clone());
        set
    }

    /// Versions that a dependency would admit, were they not yanked.
    pub fn withdrawn(&self, dependency: &Dependency) -> VersionBits {
        let package = self.package(dependency.package);
        let Some(requirement) = Requirement::parse(&dependency.requirement) else { return VersionBits::default() };
        let yanked = (0u32..).zip(package.versions()).filter(|(at, each)| each.yanked && package.locked() != Some(*at));
        VersionBits::collect(yanked.filter(|(_, each)| requirement.matches(&each.version)).map(|(at, _)| at))
    }

    /// The one to try first.
    pub fn preferred(&self, at: PackageAt, set: &VersionBits) -> Option<u32> {
        let package = self.package(at);
        package.locked().filter(|locked| set.has(*locked)).or_else(|| set.highest(package.versions().len()))
    }

    /// What is missing along the way of the preferred versions, begun with `first`: most of it will be needed next.
    pub fn missing(&mut self, first: &[(PackageAt, u32)]) -> Ask {
        let mut ask = Ask::default();
        let mut seen: HashSet<(PackageAt, u32)> = HashSet::new();
        let mut asked: HashSet<PackageAt> = HashSet::new();
        let mut queue: std::collections::VecDeque<(PackageAt, u32)> = first.iter().copied().collect();
        queue.push_back((REQUEST, 0));
        while let Some((at, version)) = queue.pop_front() {
            if ask.packages.len() >= self.limits.ask_max || ask.releases.len() >= self.limits.ask_max {
                break;
            }
            if !seen.insert((at, version)) {
                continue;
            }
            if seen.len() > AHEAD_MAX {
                break;
            }
            let Some(dependencies) = self.dependencies(at, version) else {
                ask.releases.push(self.named(at, version));
                continue;
            };
            for dependency in dependencies.iter() {
                if !self.may_follow(dependency) {
                    continue;
                }
                let target = dependency.package;
                if matches!(self.package(target).listing, Listing::NotAsked) {
                    if ask.packages.len() < self.limits.ask_max && asked.insert(target) {
                        ask.packages.push(self.package(target).name.to_string());
                    }
                    continue;
                }
                let set = self.admitted(dependency);
                if let Some(preferred) = self.preferred(target, &set) {
                    queue.push_back((target, preferred));
                }
            }
        }
        ask
    }

    /// Whether a dependency's package has to be known.
    pub fn may_follow(&self, dependency: &Dependency) -> bool {
        let kind = match dependency.kind {
            Kind::Normal | Kind::Peer => true,
            Kind::Optional => self.follow_optional,
            Kind::Build | Kind::Dev => false,
        };
        kind && dependency.unresolvable.is_none()
    }

    /// Takes in the answer to `ask`, or as much of it as came: what is missing is asked for again.
    pub fn learn(&mut self, ask: &Ask, fed: Fed) -> Result<(), SolveError> {
        let (packages, releases) = (fed.packages.len(), fed.releases.len());
        if packages > ask.packages.len() || releases > ask.releases.len() || packages + releases == 0 {
            return Err(SolveError::new(Code::Internal, "the answer does not fit the question"));
        }
        for (name, mut listing) in ask.packages.iter().zip(fed.packages) {
            let likely = listing.likely.take();
            self.learn_package(name, listing)?;
            if let Some(FedRelease { version, dependencies }) = likely {
                self.learn_release(&Named { package: name.clone(), version }, dependencies)?;
            }
        }
        for (named, dependencies) in ask.releases.iter().zip(fed.releases) {
            self.learn_release(named, dependencies)?;
        }
        Ok(())
    }

    fn learn_package(&mut self, name: &str, fed: FedPackage) -> Result<(), SolveError> {
        self.known_packages += 1;
        if self.known_packages > self.limits.packages_max {
            return Err(too_much("packages", self.limits.packages_max));
        }
        let at = self.at(name);
        let locked = self.locked.get(&fold(name)).cloned();
        let package = &mut self.packages[at as usize];
        let Some(spelled) = fed.package else {
            package.listing = Listing::Missing;
            return Ok(());
        };
        package.name = spelled.into();
        let mut versions = Vec::with_capacity(fed.versions.len());
        for each in fed.versions {
            let version = Version::parse(&each.version)
                .ok_or_else(|| SolveError::new(Code::Internal, format!("{name} lists {:?}", each.version)))?;
            versions.push(Listed { text: each.version, version, yanked: each.yanked });
        }
        versions.sort_by(|a, b| a.version.cmp(&b.version));
        let locked = locked.and_then(|locked| versions.iter().position(|each| each.version == locked));
        package.listing = Listing::Known { versions, locked: locked.map(|at| at as u32) };
        Ok(())
    }

    fn learn_release(&mut self, named: &Named, fed: Vec<FedDependency>) -> Result<(), SolveError> {
        self.known_releases += 1;
        self.known_dependencies += fed.len();
        if self.known_releases > self.limits.releases_max {
            return Err(too_much("versions", self.limits.releases_max));
        }
        if self.known_dependencies > self.limits.dependencies_max {
            return Err(too_much("dependencies", self.limits.dependencies_max));
        }
        let at = self.at(&named.package);
        let version = Version::parse(&named.version);
        let position = self.package(at).versions().iter().position(|each| Some(&each.version) == version.as_ref());
        let position =
            position.ok_or_else(|| SolveError::new(Code::Internal, format!("nobody asked for {}", named.package)))?;
        let dependencies: Vec<Dependency> = fed
            .into_iter()
            .map(|each| Dependency {
                package: self.at(&each.package),
                unresolvable: Requirement::parse(&each.requirement)
                    .is_none()
                    .then(|| each.original.unwrap_or_else(|| each.requirement.clone()).into()),
                requirement: each.requirement.into(),
                kind: each.kind,
            })
            .collect();
        self.packages[at as usize].releases.insert(position as u32, dependencies.into());
        Ok(())
    }

    pub fn named(&self, at: PackageAt, version: u32) -> Named {
        let package = self.package(at);
        Named { package: package.name.to_string(), version: package.versions()[version as usize].text.clone() }
    }

    /// Spellings that fold alike are one package.
    fn at(&mut self, name: &str) -> PackageAt {
        let key = fold(name);
        if let Some(at) = self.by_key.get(&key) {
            return *at;
        }
        let at = self.packages.len() as PackageAt;
        self.packages.push(Package::new(name, PackageKey { folded: key.as_str().into(), at }));
        self.by_key.insert(key, at);
        at
    }
}

impl Package {
    fn new(name: &str, key: PackageKey) -> Self {
        Self {
            key,
            name: name.into(),
            listing: Listing::NotAsked,
            releases: HashMap::new(),
            sets: HashMap::new(),
            misses: 0,
        }
    }

    /// Ascending; empty where none is known.
    pub fn versions(&self) -> &[Listed] {
        match &self.listing {
            Listing::Known { versions, .. } => versions,
            Listing::NotAsked | Listing::Missing => &[],
        }
    }

    pub fn locked(&self) -> Option<u32> {
        match &self.listing {
            Listing::Known { locked, .. } => *locked,
            Listing::NotAsked | Listing::Missing => None,
        }
    }
}

/// Lower case, `_` read as `-`: how the registry tells names apart.
fn fold(name: &str) -> String {
    name.chars().map(|each| if each == '_' { '-' } else { each.to_ascii_lowercase() }).collect()
}

fn too_much(what: &str, max: usize) -> SolveError {
    SolveError::new(Code::LimitExceeded, format!("resolving takes a look at more than {max} {what}"))
}
