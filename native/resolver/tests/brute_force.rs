//! Random small worlds, each resolved and then tried out in full: every assignment of versions to packages.

mod small_world;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use ggen_resolver_core::message::*;
use ggen_resolver_core::requirement::Requirement;
use ggen_resolver_core::solve;
use ggen_resolver_core::version::Version;
use small_world::{Line, SmallWorld, fold};

const WORLDS: u64 = 20_000;
const SEED: u64 = 20_261_121;

/// SplitMix64.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }

    fn one_in(&mut self, bound: u64) -> bool {
        self.below(bound) == 0
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len() as u64) as usize]
    }
}

const NAMES: [&str; 6] = ["a", "b", "c", "d", "team/e", "ghost"];
const VERSIONS: [&str; 6] = ["1.0.0", "1.1.0", "2.0.0-rc.1", "2.0.0", "2.1.0", "3.0.0"];
const REQUIREMENTS: [&str; 12] = [
    "*",
    "*",
    "^1.0.0",
    "^2.0.0",
    "^3.0.0",
    ">=1.1.0",
    "<2.0.0",
    "=1.0.0",
    "=2.1.0",
    ">=2.0.0-rc.0",
    "^1.0.0 || ^3.0.0",
    "~2.0.0",
];

fn requirement(chance: &mut Chance) -> (String, String) {
    ((*chance.pick(&NAMES)).to_owned(), (*chance.pick(&REQUIREMENTS)).to_owned())
}

fn random_world(chance: &mut Chance) -> (SmallWorld, Vec<Root>) {
    let mut packages = BTreeMap::new();
    let density = 1 + chance.below(3);
    for name in &NAMES[..5] {
        let mut lines = Vec::new();
        for version in VERSIONS {
            if !chance.one_in(2) {
                continue;
            }
            let mut dependencies = Vec::new();
            for _ in 0..chance.below(density + 1) {
                let (package, requirement) = requirement(chance);
                // A package that is not there in one of ten, so that not everything fails by it.
                if package == "ghost" && !chance.one_in(2) {
                    continue;
                }
                let kind = match chance.below(12) {
                    0 => Kind::Optional,
                    1 => Kind::Peer,
                    2 => Kind::Dev,
                    _ => Kind::Normal,
                };
                dependencies.push(FedDependency { package, requirement, kind, original: None });
            }
            lines.push(Line { version: version.to_owned(), yanked: chance.one_in(8), dependencies });
        }
        if !lines.is_empty() {
            packages.insert(fold(name), ((*name).to_owned(), lines));
        }
    }
    let mut world = SmallWorld { packages, ..SmallWorld::of("") };
    world.optional = chance.one_in(2);
    world.limits.ask_max = 1 + chance.below(4) as usize;
    while chance.one_in(2) {
        let (package, version) = ((*chance.pick(&NAMES)).to_owned(), (*chance.pick(&VERSIONS)).to_owned());
        if world.locked.iter().all(|each| each.package != package) {
            world.locked.push(Named { package, version });
        }
    }
    let roots = (0..1 + chance.below(3)).map(|_| {
        let (package, requirement) = requirement(chance);
        Root { package, requirement }
    });
    let roots = roots.collect();
    (world, roots)
}

/// The rules once more, as plainly as they can be said.
struct Judge<'a> {
    world: &'a SmallWorld,
    names: Vec<&'a str>,
    usable: Vec<Vec<&'a Line>>,
}

type Assignment<'a> = BTreeMap<&'a str, &'a str>;

impl<'a> Judge<'a> {
    fn new(world: &'a SmallWorld) -> Self {
        let names: Vec<&str> = world.packages.keys().map(String::as_str).collect();
        let usable =
            names.iter().map(|name| world.packages[*name].1.iter().filter(|line| usable(world, name, line)).collect());
        Self { usable: usable.collect(), names, world }
    }

    fn admits(&self, package: &str, requirement: &str, version: &str) -> bool {
        let line =
            self.world.packages.get(package).and_then(|(_, lines)| lines.iter().find(|line| line.version == version));
        line.is_some_and(|line| usable(self.world, package, line) && meets(requirement, version))
    }

    /// Whether a dependency has to be met.
    fn counts(&self, dependency: &FedDependency) -> bool {
        match dependency.kind {
            Kind::Normal | Kind::Peer => true,
            Kind::Build | Kind::Dev => false,
            Kind::Optional => {
                let lines =
                    self.world.packages.get(&dependency.package).map(|(_, lines)| lines.as_slice()).unwrap_or_default();
                self.world.optional
                    && lines.iter().any(|line| self.admits(&dependency.package, &dependency.requirement, &line.version))
            }
        }
    }

    fn valid(&self, chosen: &Assignment, roots: &[Root]) -> bool {
        let met = |package: &str, requirement: &str| {
            chosen.get(package).is_some_and(|version| self.admits(package, requirement, version))
        };
        roots.iter().all(|root| met(&root.package, &root.requirement))
            && chosen.iter().all(|(name, version)| {
                let line = self.world.packages[*name].1.iter().find(|line| line.version == *version);
                line.is_some_and(|line| {
                    line.dependencies.iter().all(|each| !self.counts(each) || met(&each.package, &each.requirement))
                })
            })
    }

    /// Whether anything is valid that agrees with what is fixed.
    fn solvable(&self, roots: &[Root], fixed: &Assignment<'a>) -> bool {
        fn search<'a>(
            judge: &Judge<'a>,
            at: usize,
            chosen: &mut Assignment<'a>,
            roots: &[Root],
            fixed: &Assignment<'a>,
        ) -> bool {
            let Some(name) = judge.names.get(at).copied() else { return judge.valid(chosen, roots) };
            if let Some(version) = fixed.get(name) {
                chosen.insert(name, version);
                let found = search(judge, at + 1, chosen, roots, fixed);
                chosen.remove(name);
                return found;
            }
            if search(judge, at + 1, chosen, roots, fixed) {
                return true;
            }
            for line in &judge.usable[at] {
                chosen.insert(name, &line.version);
                if search(judge, at + 1, chosen, roots, fixed) {
                    return true;
                }
                chosen.remove(name);
            }
            false
        }
        search(self, 0, &mut BTreeMap::new(), roots, fixed)
    }
}

fn usable(world: &SmallWorld, package: &str, line: &Line) -> bool {
    !line.yanked || world.locked.iter().any(|each| each.package == package && each.version == line.version)
}

fn meets(requirement: &str, version: &str) -> bool {
    static TABLE: OnceLock<BTreeSet<(&str, &str)>> = OnceLock::new();
    let table = TABLE.get_or_init(|| {
        let pairs = REQUIREMENTS.iter().flat_map(|requirement| VERSIONS.map(|version| (*requirement, version)));
        let meets = |(requirement, version): &(&str, &str)| {
            let parsed = Requirement::parse(requirement).zip(Version::parse(version));
            parsed.is_some_and(|(requirement, version)| requirement.matches(&version))
        };
        pairs.filter(meets).collect()
    });
    table.contains(&(requirement, version))
}

#[test]
fn answers_are_valid_and_as_high_as_can_be_and_refusals_are_true() {
    let mut chance = Chance(SEED);
    let (mut solved, mut refused, mut held_back) = (0, 0, 0);
    for number in 0..WORLDS {
        let (world, roots) = random_world(&mut chance);
        let judge = Judge::new(&world);
        let told = || format!("world {number}: {roots:?}\n{:#?}", world.packages);
        match solve(&world.request(roots.clone()), &world) {
            Err(error) => panic!("{error} in {}", told()),
            Ok(Step::Ask(_)) => panic!("it was fed"),
            Ok(Step::Solved(graph)) => {
                solved += 1;
                check_graph(&judge, &graph, &roots, &told);
                held_back += graph.packages.iter().filter(|each| each.choice == Choice::Lower).count();
            }
            Ok(Step::Conflict(conflict)) => {
                refused += 1;
                assert!(
                    !judge.solvable(&roots, &BTreeMap::new()),
                    "{} but there is an answer, in {}",
                    conflict.message,
                    told()
                );
                check_conflict(&judge, &conflict, &roots, &told);
            }
        }
    }
    // The worlds are worth something: both ends are met often.
    assert!(
        solved > 4_000 && refused > 4_000 && held_back > 400,
        "{solved} solved, {refused} refused, {held_back} held back"
    );
}

fn check_graph(judge: &Judge, graph: &Graph, roots: &[Root], told: &dyn Fn() -> String) {
    let chosen: Assignment = graph.packages.iter().map(|each| (each.package.as_str(), each.version.as_str())).collect();
    assert_eq!(chosen.len(), graph.packages.len(), "one version a name, in {}", told());
    assert!(judge.valid(&chosen, roots), "{chosen:?} is not valid in {}", told());
    for (at, each) in graph.packages.iter().enumerate() {
        assert!(!each.required_by.is_empty(), "{} is needed by nobody, in {}", each.package, told());
        for dependency in &each.dependencies {
            let target = dependency.at.unwrap_or_else(|| panic!("a dependency is a package, in {}", told()));
            let mutual = each.circular && graph.packages[target].circular;
            assert!(target < at || mutual, "{} comes before what it needs, in {}", each.package, told());
        }
        let locked = judge.world.locked.iter().any(|lock| lock.package == each.package && lock.version == each.version);
        assert_eq!(locked, each.choice == Choice::Locked, "{} in {}", each.package, told());
        check_highest(judge, graph, &chosen, each, roots, told);
    }
}

/// With everything else as it is, no higher version of a package will do; where one is admitted, the reason names the one above.
fn check_highest(
    judge: &Judge,
    graph: &Graph,
    chosen: &Assignment,
    each: &Chosen,
    roots: &[Root],
    told: &dyn Fn() -> String,
) {
    if each.choice == Choice::Locked {
        return;
    }
    let at = judge.names.iter().position(|name| *name == each.package).unwrap_or_else(|| panic!("{}", told()));
    let current = Version::parse(&each.version);
    let admitted =
        |line: &Line| each.required_by.iter().all(|edge| judge.admits(&each.package, &edge.requirement, &line.version));
    let higher: Vec<&&Line> = judge.usable[at].iter().filter(|line| Version::parse(&line.version) > current).collect();
    for line in &higher {
        let mut fixed: BTreeMap<&str, &str> = BTreeMap::new();
        for name in &judge.names {
            if let Some(version) = chosen.get(name) {
                let version = judge.world.packages[*name].1.iter().find(|line| line.version == *version);
                fixed.insert(name, version.map(|line| line.version.as_str()).unwrap_or_default());
            }
        }
        fixed.insert(judge.names[at], &line.version);
        assert!(!judge.solvable(roots, &fixed), "{} could be {} in {}\n{graph:#?}", each.package, line.version, told());
    }
    let passed = higher.iter().any(|line| admitted(line));
    assert_eq!(passed, each.choice == Choice::Lower, "{each:?} in {}", told());
}

/// What the message says of the request is enough for the conflict by itself.
fn check_conflict(judge: &Judge, conflict: &Conflict, roots: &[Root], told: &dyn Fn() -> String) {
    let facts: Vec<&str> =
        conflict.message.strip_prefix("no versions fit together: ").unwrap_or_default().split("; ").collect();
    let distinct: BTreeSet<&&str> = facts.iter().collect();
    assert_eq!(distinct.len(), facts.len(), "a fact is told twice: {} in {}", conflict.message, told());
    let named: Vec<Root> = conflict.roots.iter().map(|at| roots[*at].clone()).collect();
    assert!(!named.is_empty(), "{} names no part of {roots:?}", conflict.message);
    assert!(!judge.solvable(&named, &BTreeMap::new()), "{} leaves out what matters, in {}", conflict.message, told());
    assert!(!conflict.help.is_empty() && !conflict.explanation.is_empty());
}

#[test]
fn the_portions_in_which_a_world_is_fed_do_not_change_the_answer() {
    let mut chance = Chance(SEED + 1);
    for number in 0..2_000 {
        let (world, roots) = random_world(&mut chance);
        let answer = |ask_max: usize, portion: usize, hints: bool| {
            let world = SmallWorld { hints, portion, ..world.clone().limited(|limits| limits.ask_max = ask_max) };
            format!("{:?}", solve(&world.request(roots.clone()), &world))
        };
        assert_eq!(answer(1, 1, false), answer(1_000, 3, true), "world {number}: {roots:?}\n{:#?}", world.packages);
    }
}
