#![allow(dead_code)]

use std::collections::BTreeMap;

use ggen_resolver_core::message::*;
use ggen_resolver_core::{Feeder, solve};

/// A registry as text: a line a version, `!` before a yanked one, its dependencies after the colon.
#[derive(Clone)]
pub struct SmallWorld {
    /// By folded name: the spelling, and its versions in the order of the text.
    pub packages: BTreeMap<String, (String, Vec<Line>)>,
    pub locked: Vec<Named>,
    pub optional: bool,
    pub limits: Limits,
    /// Whether dependencies of the last version of a package come along with its list.
    pub hints: bool,
    /// How many of the things that were asked for are fed at once.
    pub portion: usize,
}

#[derive(Debug, Clone)]
pub struct Line {
    pub version: String,
    pub yanked: bool,
    pub dependencies: Vec<FedDependency>,
}

pub struct Solved(pub Graph);

impl Solved {
    pub fn ids(&self) -> Vec<String> {
        self.0.packages.iter().map(|each| format!("{}@{}", each.package, each.version)).collect()
    }

    pub fn reason(&self, package: &str) -> &str {
        let found = self.0.packages.iter().find(|each| each.package == package);
        found.map(|each| each.reason.as_str()).unwrap_or_else(|| panic!("{package} was chosen"))
    }
}

impl SmallWorld {
    pub fn of(text: &str) -> Self {
        let mut packages: BTreeMap<String, (String, Vec<Line>)> = BTreeMap::new();
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let (id, dependencies) = line.split_once(": ").unwrap_or((line.trim_end_matches(':'), ""));
            let (name, version) = id.trim_start_matches('!').split_once(' ').unwrap_or_else(|| panic!("{line}"));
            let listed = packages.entry(fold(name)).or_insert_with(|| (name.to_owned(), Vec::new()));
            let dependencies = dependencies.split(", ").filter(|text| !text.is_empty()).map(dependency).collect();
            listed.1.push(Line { version: version.to_owned(), yanked: id.starts_with('!'), dependencies });
        }
        let limits = Limits {
            deadline_ms: 60_000,
            packages_max: 10_000,
            releases_max: 10_000,
            dependencies_max: 100_000,
            ask_max: 8,
            explanation_length_max: 10_000,
        };
        Self { packages, locked: Vec::new(), optional: false, limits, hints: false, portion: usize::MAX }
    }

    pub fn locking(&self, text: &str) -> Self {
        let locked = text.split(", ").map(|id| {
            let (package, version) = id.split_once(' ').unwrap_or_else(|| panic!("{id}"));
            Named { package: package.to_owned(), version: version.to_owned() }
        });
        Self { locked: locked.collect(), ..self.clone() }
    }

    pub fn with_optional(&self) -> Self {
        Self { optional: true, ..self.clone() }
    }

    pub fn limited(mut self, change: impl FnOnce(&mut Limits)) -> Self {
        change(&mut self.limits);
        self
    }

    pub fn solved(&self, roots: &str) -> Solved {
        match self.solve(roots) {
            Ok(Step::Solved(graph)) => Solved(graph),
            other => panic!("{other:?}"),
        }
    }

    pub fn conflict(&self, roots: &str) -> Conflict {
        match self.solve(roots) {
            Ok(Step::Conflict(conflict)) => conflict,
            other => panic!("{other:?}"),
        }
    }

    pub fn refused(&self, roots: &str) -> SolveError {
        match self.solve(roots) {
            Err(error) => error,
            other => panic!("{other:?}"),
        }
    }

    pub fn solve(&self, roots: &str) -> Result<Step, SolveError> {
        let roots = roots.split(", ").map(dependency);
        solve(
            &self.request(roots.map(|each| Root { package: each.package, requirement: each.requirement }).collect()),
            self,
        )
    }

    pub fn request(&self, roots: Vec<Root>) -> Request {
        Request { roots, locked: self.locked.clone(), optional: self.optional, limits: self.limits.clone() }
    }
}

impl Feeder for &SmallWorld {
    fn feed(&self, ask: &Ask) -> Result<Fed, SolveError> {
        assert!(!ask.packages.is_empty() || !ask.releases.is_empty(), "it asks for something");
        let listed = |name: &String| self.packages.get(&fold(name));
        let packages = ask.packages.iter().map(|name| match listed(name) {
            None => FedPackage { package: None, versions: Vec::new(), likely: None },
            Some((spelled, lines)) => FedPackage {
                package: Some(spelled.clone()),
                versions: lines
                    .iter()
                    .map(|line| FedVersion { version: line.version.clone(), yanked: line.yanked })
                    .collect(),
                likely: lines
                    .last()
                    .filter(|_| self.hints)
                    .map(|line| FedRelease { version: line.version.clone(), dependencies: line.dependencies.clone() }),
            },
        });
        let releases = ask.releases.iter().map(|named| {
            let (_, lines) = listed(&named.package).unwrap_or_else(|| panic!("{named:?} is there"));
            let line = lines.iter().find(|line| line.version == named.version);
            line.map(|line| line.dependencies.clone()).unwrap_or_else(|| panic!("{named:?} is there"))
        });
        let packages: Vec<FedPackage> = packages.take(self.portion).collect();
        let left = self.portion - packages.len();
        Ok(Fed { packages, releases: releases.take(left).collect() })
    }

    fn check(&self) -> Result<(), SolveError> {
        Ok(())
    }
}

/// `log ^1.0.0 peer`, or with something that is no requirement in the middle.
fn dependency(text: &str) -> FedDependency {
    let (package, rest) = text.split_once(' ').unwrap_or_else(|| panic!("{text}"));
    let kinds = [(" optional", Kind::Optional), (" peer", Kind::Peer), (" build", Kind::Build), (" dev", Kind::Dev)];
    let found = kinds.into_iter().find_map(|(suffix, kind)| rest.strip_suffix(suffix).map(|rest| (rest, kind)));
    let (requirement, kind) = found.unwrap_or((rest, Kind::Normal));
    FedDependency { package: package.to_owned(), requirement: requirement.to_owned(), kind, original: None }
}

pub fn fold(name: &str) -> String {
    name.to_ascii_lowercase().replace('_', "-")
}
