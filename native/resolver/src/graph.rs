use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use crate::message::{Choice, Chosen, Edge, Graph};
use crate::version_bits::VersionBits;
use crate::world::{Dependency, PackageAt, REQUEST, World};
use pubgrub::VersionSet as _;

/// Requirements that a reason names.
const NAMED_MAX: usize = 3;

/// A requirement that a chosen package meets, and whose it is.
struct Demand {
    by: PackageAt,
    dependency: Dependency,
}

/// The chosen packages in the order in which they can be installed, each with why it is this version.
pub fn graph(world: &mut World, chosen: &HashMap<PackageAt, u32>) -> Graph {
    let needs = needs(world, chosen);
    let (order, circular) = install_order(world, &needs);
    let places: HashMap<PackageAt, usize> = order.iter().enumerate().map(|(place, at)| (*at, place)).collect();
    let mut demands: HashMap<PackageAt, Vec<Demand>> = HashMap::new();
    for by in std::iter::once(REQUEST).chain(order.iter().copied()) {
        for dependency in &needs[&by] {
            demands.entry(dependency.package).or_default().push(Demand { by, dependency: dependency.clone() });
        }
    }
    let edge = |at: PackageAt, dependency: &Dependency| Edge {
        at: places.get(&at).copied(),
        requirement: dependency.requirement.to_string(),
        kind: (at != REQUEST).then_some(dependency.kind),
    };
    let packages = order
        .iter()
        .map(|at| {
            let version = chosen[at];
            let demanded = demands.get(at).map(Vec::as_slice).unwrap_or_default();
            let (choice, reason) = reason(world, chosen, &demands, *at, demanded);
            Chosen {
                package: world.package(*at).name.to_string(),
                version: world.package(*at).versions()[version as usize].text.clone(),
                required_by: demanded
                    .iter()
                    .map(|demand| Edge {
                        kind: (demand.by != REQUEST).then_some(demand.dependency.kind),
                        ..edge(demand.by, &demand.dependency)
                    })
                    .collect(),
                dependencies: needs[at].iter().map(|dependency| edge(dependency.package, dependency)).collect(),
                choice,
                reason,
                circular: circular.contains(at),
            }
        })
        .collect();
    Graph { packages }
}

/// What each chosen package, and the request, needs of the others.
fn needs(world: &mut World, chosen: &HashMap<PackageAt, u32>) -> BTreeMap<PackageAt, Vec<Dependency>> {
    let all = chosen.iter().map(|(at, version)| (*at, *version)).chain(std::iter::once((REQUEST, 0)));
    all.map(|(at, version)| {
        let dependencies = world.dependencies(at, version).unwrap_or_default();
        let mut followed: Vec<Dependency> = Vec::new();
        for each in dependencies.iter() {
            if each.package != at && world.follows(each) {
                followed.push(each.clone());
            }
        }
        (at, followed)
    })
    .collect()
}

/// Tarjan's strongly connected components come out dependencies first: that is the order. Without recursion, since a chain
/// of dependencies may be long.
fn install_order(
    world: &World,
    needs: &BTreeMap<PackageAt, Vec<Dependency>>,
) -> (Vec<PackageAt>, std::collections::HashSet<PackageAt>) {
    struct Visit {
        at: PackageAt,
        next: usize,
    }
    #[derive(Clone, Copy)]
    struct Mark {
        found: usize,
        low: usize,
        waiting: bool,
    }
    let sorted: HashMap<PackageAt, Vec<PackageAt>> = needs
        .iter()
        .map(|(at, dependencies)| {
            let mut targets: Vec<PackageAt> = dependencies.iter().map(|each| each.package).collect();
            targets.sort_by(|a, b| world.package(*a).name.cmp(&world.package(*b).name));
            targets.dedup();
            (*at, targets)
        })
        .collect();
    let mut marks: HashMap<PackageAt, Mark> = HashMap::new();
    let mut waiting: Vec<PackageAt> = Vec::new();
    let mut order = Vec::new();
    let mut circular = std::collections::HashSet::new();
    let mut path = vec![Visit { at: REQUEST, next: 0 }];
    marks.insert(REQUEST, Mark { found: 0, low: 0, waiting: true });
    waiting.push(REQUEST);
    while let Some(visit) = path.last_mut() {
        let at = visit.at;
        if let Some(target) = sorted[&at].get(visit.next).copied() {
            visit.next += 1;
            match marks.get(&target).copied() {
                None => {
                    let found = marks.len();
                    marks.insert(target, Mark { found, low: found, waiting: true });
                    waiting.push(target);
                    path.push(Visit { at: target, next: 0 });
                }
                Some(mark) if mark.waiting => lower(&mut marks, at, mark.found),
                Some(_) => {}
            }
            continue;
        }
        path.pop();
        let mark = marks[&at];
        if let Some(parent) = path.last() {
            lower(&mut marks, parent.at, mark.low);
        }
        if mark.low == mark.found {
            let from = waiting.iter().rposition(|each| *each == at).unwrap_or(0);
            let mut members = waiting.split_off(from);
            members.reverse();
            if members.len() > 1 {
                circular.extend(members.iter().copied());
            }
            for member in members {
                if let Some(mark) = marks.get_mut(&member) {
                    mark.waiting = false;
                }
                if member != REQUEST {
                    order.push(member);
                }
            }
        }
    }
    return (order, circular);

    fn lower(marks: &mut HashMap<PackageAt, Mark>, at: PackageAt, to: usize) {
        if let Some(mark) = marks.get_mut(&at) {
            mark.low = mark.low.min(to);
        }
    }
}

fn reason(
    world: &mut World,
    chosen: &HashMap<PackageAt, u32>,
    demands: &HashMap<PackageAt, Vec<Demand>>,
    at: PackageAt,
    demanded: &[Demand],
) -> (Choice, String) {
    let version = chosen[&at];
    let admitted = demanded.iter().fold(VersionBits::full(), |set, demand| {
        let admitted = world.admitted(&demand.dependency);
        set.intersection(&admitted)
    });
    let named: Vec<String> = demanded
        .iter()
        .take(NAMED_MAX)
        .map(|demand| format!("{} ({})", demand.dependency.requirement, shown(world, chosen, demand.by)))
        .collect();
    let more = demanded.len().saturating_sub(NAMED_MAX);
    let wants = match more {
        0 => named.join(", "),
        more => format!("{}, {more} more", named.join(", ")),
    };
    if world.package(at).locked() == Some(version) {
        let yanked = if world.package(at).versions()[version as usize].yanked { ", though it is yanked" } else { "" };
        return (Choice::Locked, format!("the lock names it{yanked}; it meets {wants}"));
    }
    let count = world.package(at).versions().len();
    match admitted.below(count).rev().take_while(|each| *each > version).last() {
        None => match admitted.count(count) {
            1 => (Choice::Highest, format!("the only one that meets {wants}")),
            several => (Choice::Highest, format!("the highest of {several} that meet {wants}")),
        },
        Some(passed) => {
            let why = passed_over(world, chosen, demands, at, passed);
            (Choice::Lower, format!("{why}; it meets {wants}"))
        }
    }
}

/// Why a version that all requirements admit was not taken.
fn passed_over(
    world: &mut World,
    chosen: &HashMap<PackageAt, u32>,
    demands: &HashMap<PackageAt, Vec<Demand>>,
    at: PackageAt,
    version: u32,
) -> String {
    let text = world.package(at).versions()[version as usize].text.clone();
    for dependency in world.dependencies(at, version).unwrap_or_default().iter() {
        if !world.follows(dependency) {
            continue;
        }
        let target = dependency.package;
        let name = Rc::clone(&world.package(target).name);
        let admitted = world.admitted(dependency);
        let requirement = &dependency.requirement;
        if admitted.is_empty() {
            let who =
                if world.withdrawn(dependency).is_empty() { "no version meets" } else { "only yanked versions meet" };
            return format!("{text} needs {name} {requirement}, which {who}");
        }
        let Some(taken) = chosen.get(&target).filter(|taken| !admitted.has(**taken)) else { continue };
        let taken = world.package(target).versions()[*taken as usize].text.clone();
        // Of those who keep it at that version, one that excludes what this one asks for.
        let keeper = demands.get(&target).into_iter().flatten().find(|demand| {
            let theirs = world.admitted(&demand.dependency);
            theirs.is_disjoint(&admitted)
        });
        let because = match keeper {
            Some(keeper) => {
                format!(", as {} ({}) asks", keeper.dependency.requirement, shown(world, chosen, keeper.by))
            }
            None => String::new(),
        };
        return format!("{text} needs {name} {requirement}, but it is {taken}{because}");
    }
    format!("{text} does not fit together with the others")
}

fn shown(world: &World, chosen: &HashMap<PackageAt, u32>, at: PackageAt) -> String {
    let package = world.package(at);
    match chosen.get(&at) {
        Some(version) if at != REQUEST => format!("{}@{}", package.name, package.versions()[*version as usize].text),
        _ => "the request".to_owned(),
    }
}
