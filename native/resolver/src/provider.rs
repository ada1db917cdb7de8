use std::cell::RefCell;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;

use pubgrub::{Dependencies, DependencyProvider, Map, PackageResolutionStatistics, VersionSet as _};

use crate::message::{Ask, Fed, SolveError};
use crate::version_bits::VersionBits;
use crate::world::{Dependency, Listing, PackageAt, PackageKey, REQUEST, World};

/// From where the provider learns what it does not know; it may wait.
pub trait Feeder {
    fn feed(&self, ask: &Ask) -> Result<Fed, SolveError>;
    /// Called often: an error ends the work.
    fn check(&self) -> Result<(), SolveError>;
}

/// The world as pubgrub sees it. Versions are positions in a package's list, sets are exact, and pre-releases, yanked and
/// locked versions are dealt with where a requirement becomes a set; so nothing of that reaches the algorithm.
pub struct Provider<F> {
    pub world: RefCell<World>,
    feeder: F,
    /// What the last version was chosen from.
    range: RefCell<(PackageAt, VersionBits)>,
}

/// Why a version cannot be taken for itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unusable {
    /// It asks for another version of itself.
    Itself(Rc<str>),
    /// It asks for something that is no version of a package here: an URL, a tag.
    Unresolvable { package: Rc<str>, original: Rc<str> },
}

impl fmt::Display for Unusable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Itself(requirement) => write!(formatter, "asks for {requirement} of itself"),
            Self::Unresolvable { package, original } => {
                write!(formatter, "asks for {package} as {original:?}, which names no range of versions")
            }
        }
    }
}

/// No choice left, trouble so far, named by the request, few versions left, name.
type Priority = (bool, u32, bool, Reverse<usize>, Reverse<Rc<str>>);

impl<F: Feeder> Provider<F> {
    pub fn new(world: World, feeder: F) -> Self {
        Self { world: RefCell::new(world), feeder, range: RefCell::default() }
    }

    /// Learns a version's dependencies and the versions of the packages that they name.
    fn learn(&self, at: PackageAt, version: u32) -> Result<Rc<[Dependency]>, SolveError> {
        let mut counted = false;
        loop {
            let mut world = self.world.borrow_mut();
            let mut first = vec![(at, version)];
            if let Some(dependencies) = world.dependencies(at, version) {
                let known = |each: &Dependency| !matches!(world.package(each.package).listing, Listing::NotAsked);
                if dependencies.iter().all(|each| !world.may_follow(each) || known(each)) {
                    return Ok(dependencies);
                }
            } else if !counted {
                counted = true;
                first.extend(self.next_lower(&mut world, at, version));
            }
            let ask = world.missing(&first);
            drop(world);
            let fed = self.feeder.feed(&ask)?;
            self.world.borrow_mut().learn(&ask, fed)?;
        }
    }

    /// Where version after version of a package is tried, the next ones are fetched along, ever more of them.
    fn next_lower(&self, world: &mut World, at: PackageAt, version: u32) -> Vec<(PackageAt, u32)> {
        let ahead = 2usize.pow(world.count_miss(at).min(6) - 1) - 1;
        let range = self.range.borrow();
        if range.0 != at {
            return Vec::new();
        }
        let lower = range.1.below(version as usize).rev().filter(|each| world.dependencies(at, *each).is_none());
        lower.take(ahead).map(|each| (at, each)).collect()
    }
}

impl<F: Feeder> DependencyProvider for Provider<F> {
    type P = PackageKey;
    type V = u32;
    type VS = VersionBits;
    type Priority = Priority;
    type M = Unusable;
    type Err = SolveError;

    /// Packages without a choice first; then those that made trouble; then what the request names, so that it gets the
    /// highest versions; then those with the fewest versions left. Names decide what is left, so that every node decides alike.
    fn prioritize(
        &self,
        PackageKey { at, .. }: &PackageKey,
        range: &VersionBits,
        statistics: &PackageResolutionStatistics,
    ) -> Priority {
        let world = self.world.borrow();
        let package = world.package(*at);
        let left = range.count(package.versions().len());
        let trouble = statistics.conflict_count().checked_ilog2().unwrap_or(0);
        (left <= 1, trouble, world.is_direct(*at), Reverse(left), Reverse(Rc::clone(&package.name)))
    }

    fn choose_version(
        &self,
        PackageKey { at, .. }: &PackageKey,
        range: &VersionBits,
    ) -> Result<Option<u32>, SolveError> {
        if *at == REQUEST {
            return Ok(Some(0));
        }
        self.range.replace((*at, range.clone()));
        Ok(self.world.borrow().preferred(*at, range))
    }

    fn get_dependencies(
        &self,
        PackageKey { at, .. }: &PackageKey,
        version: &u32,
    ) -> Result<Dependencies<PackageKey, VersionBits, Unusable>, SolveError> {
        let dependencies = self.learn(*at, *version)?;
        let mut world = self.world.borrow_mut();
        let mut sets: BTreeMap<PackageKey, VersionBits> = BTreeMap::new();
        for dependency in dependencies.iter() {
            if !world.follows(dependency) {
                continue;
            }
            if let Some(original) = &dependency.unresolvable {
                let package = Rc::clone(&world.package(dependency.package).name);
                return Ok(Dependencies::Unavailable(Unusable::Unresolvable {
                    package,
                    original: Rc::clone(original),
                }));
            }
            let admitted = world.admitted(dependency);
            if dependency.package == *at {
                if !admitted.has(*version) {
                    return Ok(Dependencies::Unavailable(Unusable::Itself(Rc::clone(&dependency.requirement))));
                }
                continue;
            }
            sets.entry(world.package(dependency.package).key.clone())
                .and_modify(|set| *set = set.intersection(&admitted))
                .or_insert(admitted);
        }
        Ok(Dependencies::Available(Map::from_iter(sets)))
    }

    fn should_cancel(&self) -> Result<(), SolveError> {
        self.feeder.check()
    }
}
