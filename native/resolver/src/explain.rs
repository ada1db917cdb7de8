use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;
use std::sync::Arc;

use pubgrub::{DerivationTree, Derived, External, Term, VersionSet as _};

use crate::message::Conflict;
use crate::provider::Unusable;
use crate::version_bits::VersionBits;
use crate::world::{Listing, PackageAt, PackageKey, REQUEST, World};

type Tree = DerivationTree<PackageKey, VersionBits, Unusable>;
type Step = Derived<PackageKey, VersionBits, Unusable>;
type Leaf = External<PackageKey, VersionBits, Unusable>;

/// Facts that the one-line message names.
const FACTS_MAX: usize = 4;
/// Versions that a text lists before it names a span.
const LISTED_MAX: usize = 3;

/// Tells why nothing fits: each fact and each step once, in the order in which they follow from one another.
pub fn explain(world: &mut World, tree: &Tree, length_max: usize) -> Conflict {
    let steps = steps(tree);
    let mut teller = Teller {
        world,
        numbers: HashMap::new(),
        facts: Vec::new(),
        asked: BTreeSet::new(),
        roots: BTreeSet::new(),
        remedies: Vec::new(),
    };
    let mut explanation = Vec::new();
    if steps.is_empty() {
        teller.fact(tree);
    }
    for (at, step) in steps.iter().enumerate() {
        let because = [&step.cause1, &step.cause2]
            .map(|cause| teller.cause(cause))
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(" and ");
        let last = at + 1 == steps.len();
        let conclusion = if last { "nothing meets the request".to_owned() } else { teller.conclusion(step) };
        explanation.push(match because.as_str() {
            "" => format!("{}. {conclusion}", at + 1),
            because => format!("{}. because {because}, {conclusion}", at + 1),
        });
        teller.numbers.insert(std::ptr::from_ref(*step), at + 1);
    }
    let Teller { facts, asked, roots, remedies, .. } = teller;
    if explanation.is_empty() {
        explanation.clone_from(&facts);
    }
    let requested = world.dependencies(REQUEST, 0).unwrap_or_default();
    let unmet_root = requested.iter().position(|root| world.admitted(root).is_empty());
    Conflict {
        unmet_root,
        message: message(&asked, &facts),
        explanation: shortened(explanation, length_max),
        help: help(&asked, remedies),
        roots: roots.into_iter().collect(),
    }
}

/// The derived nodes, each once and after its causes; without recursion, since a derivation may be deep.
fn steps(tree: &Tree) -> Vec<&Step> {
    let mut found: Vec<&Step> = Vec::new();
    let mut seen: BTreeSet<*const Step> = BTreeSet::new();
    let mut path: Vec<(&Step, bool)> = match tree {
        DerivationTree::Derived(step) => vec![(step, false)],
        DerivationTree::External(_) => Vec::new(),
    };
    while let Some((step, causes_done)) = path.pop() {
        if causes_done {
            found.push(step);
            continue;
        }
        if !seen.insert(std::ptr::from_ref(step)) {
            continue;
        }
        path.push((step, true));
        for cause in [&step.cause2, &step.cause1] {
            if let DerivationTree::Derived(cause) = &**cause {
                path.push((cause, false));
            }
        }
    }
    found
}

struct Teller<'a> {
    world: &'a mut World,
    numbers: HashMap<*const Step, usize>,
    /// Distinct facts in the order in which they are needed.
    facts: Vec<String>,
    /// What the request asks for and has a part in it.
    asked: BTreeSet<String>,
    /// Positions of the roots that this is.
    roots: BTreeSet<usize>,
    remedies: Vec<String>,
}

impl Teller<'_> {
    fn cause(&mut self, cause: &Arc<Tree>) -> Option<String> {
        match &**cause {
            DerivationTree::External(_) => self.fact(cause),
            DerivationTree::Derived(step) => {
                let number = self.numbers.get(&std::ptr::from_ref(step)).copied().unwrap_or_default();
                Some(format!("of ({number})"))
            }
        }
    }

    fn fact(&mut self, tree: &Tree) -> Option<String> {
        let DerivationTree::External(leaf) = tree else { return None };
        let text = self.leaf(leaf)?;
        // What the request asks for is told together.
        let of_request =
            matches!(leaf, External::FromDependencyOf(by, _, _, admitted) if by.at == REQUEST && !admitted.is_empty());
        if !of_request && !self.facts.contains(&text) {
            self.facts.push(text.clone());
        }
        Some(text)
    }

    /// None where it goes without saying.
    fn leaf(&mut self, leaf: &Leaf) -> Option<String> {
        match leaf {
            External::NotRoot(..) => None,
            // Sets hold what there is, so this is never a cause; were it one, it would be this.
            External::NoVersions(at, set) => Some(format!("there is no {}", self.set(at.at, set))),
            External::Custom(at, set, unusable) => {
                let text = format!("{} {unusable}", self.set(at.at, set));
                let package = Rc::clone(&self.world.package(at.at).name);
                self.remedy(format!("use another version of {package}, or ask its owner for a better one"));
                Some(text)
            }
            External::FromDependencyOf(PackageKey { at: by, .. }, set, PackageKey { at: on, .. }, admitted) => {
                let (requirement, name) = (self.requirements(*by, set, *on), Rc::clone(&self.world.package(*on).name));
                let wanted = if requirement == "*" { name.to_string() } else { format!("{name} {requirement}") };
                let who = if *by == REQUEST {
                    self.name_roots(*on);
                    if !admitted.is_empty() {
                        self.asked.insert(wanted.clone());
                    }
                    "the request".to_owned()
                } else {
                    self.set(*by, set)
                };
                let why_not =
                    if admitted.is_empty() { self.none_meets(*by, set, *on, &requirement) } else { String::new() };
                Some(format!("{who} needs {wanted}{why_not}"))
            }
        }
    }

    fn name_roots(&mut self, on: PackageAt) {
        let roots = self.world.dependencies(REQUEST, 0).unwrap_or_default();
        self.roots.extend(roots.iter().enumerate().filter(|(_, root)| root.package == on).map(|(at, _)| at));
    }

    /// What those versions of a package ask for of another one, in their own words.
    fn requirements(&mut self, by: PackageAt, set: &VersionBits, on: PackageAt) -> String {
        let count = if by == REQUEST { 1 } else { self.world.package(by).versions().len() };
        let mut alternatives: Vec<String> = Vec::new();
        for version in set.below(count) {
            let mut all: Vec<String> = Vec::new();
            for dependency in self.world.dependencies(by, version).unwrap_or_default().iter() {
                let text = dependency.requirement.to_string();
                if dependency.package == on && self.world.follows(dependency) && !all.contains(&text) {
                    all.push(text);
                }
            }
            let text = all.join(" and ");
            if !text.is_empty() && !alternatives.contains(&text) {
                alternatives.push(text);
            }
        }
        alternatives.truncate(LISTED_MAX);
        alternatives.join(" or ")
    }

    /// Versions of a package that are yanked and would meet what those of another one ask for.
    fn withdrawn(&mut self, by: PackageAt, set: &VersionBits, on: PackageAt) -> VersionBits {
        let count = if by == REQUEST { 1 } else { self.world.package(by).versions().len() };
        let mut found = VersionBits::default();
        for version in set.below(count) {
            let mut common: Option<VersionBits> = None;
            for dependency in self.world.dependencies(by, version).unwrap_or_default().iter() {
                if dependency.package == on && self.world.follows(dependency) {
                    let withdrawn = self.world.withdrawn(dependency);
                    common = Some(common.map_or_else(|| withdrawn.clone(), |set| set.intersection(&withdrawn)));
                }
            }
            found = found.union(&common.unwrap_or_default());
        }
        found
    }

    fn none_meets(&mut self, by: PackageAt, set: &VersionBits, on: PackageAt, requirement: &str) -> String {
        let package = self.world.package(on);
        let name = Rc::clone(&package.name);
        if matches!(package.listing, Listing::Missing | Listing::NotAsked) {
            self.remedy(format!("publish {name}, or have whoever needs it name another package"));
            return ", which is not in the registry".to_owned();
        }
        let standing = package.versions().iter().rev().find(|each| !each.yanked).map(|each| each.text.clone());
        match standing {
            None => {
                self.remedy(format!("ask the owner of {name} for a version that is not yanked"));
                ", of which every version is yanked".to_owned()
            }
            Some(newest) => {
                let withdrawn = self.withdrawn(by, set, on);
                if withdrawn.is_empty() {
                    self.remedy(format!("publish a version of {name} that meets {requirement}"));
                    return format!(", which no version meets (the newest is {newest})");
                }
                self.remedy(format!(
                    "ask the owner of {name} for a version that meets {requirement} and is not yanked"
                ));
                let those = self.set(on, &withdrawn);
                format!(", which only yanked versions meet ({those}; the newest that is not yanked is {newest})")
            }
        }
    }

    fn remedy(&mut self, text: String) {
        if !self.remedies.contains(&text) {
            self.remedies.push(text);
        }
    }

    fn conclusion(&mut self, step: &Step) -> String {
        let terms = step.terms.iter().map(|(key, term)| (key.at, term));
        let mut terms: Vec<(PackageAt, &Term<VersionBits>)> = terms.filter(|(at, _)| *at != REQUEST).collect();
        terms.sort_by(|a, b| self.world.package(a.0).name.cmp(&self.world.package(b.0).name));
        let (mut have, mut need) = (Vec::new(), Vec::new());
        for (at, term) in terms {
            match term {
                Term::Positive(set) => have.push(self.set(at, set)),
                Term::Negative(set) => need.push(self.set(at, set)),
            }
        }
        match (have.len(), need.len()) {
            (0, 0) => "nothing meets the request".to_owned(),
            (0, _) => format!("the request needs {}", need.join(" or ")),
            (1, 0) => format!("{} cannot be used", have[0]),
            (_, 0) => format!("{} cannot be used together", have.join(" and ")),
            (_, _) => format!("{} needs {}", have.join(" with "), need.join(" or ")),
        }
    }

    /// Versions of a package in words; only those that there are.
    fn set(&self, at: PackageAt, set: &VersionBits) -> String {
        let package = self.world.package(at);
        let versions = package.versions();
        let name = &package.name;
        let members: Vec<u32> = set.below(versions.len()).collect();
        let text = |position: &u32| versions[*position as usize].text.as_str();
        let all = (0..versions.len() as u32).all(|each| versions[each as usize].yanked || set.has(each));
        match members.as_slice() {
            [] => format!("no version of {name}"),
            [one] => format!("{name} {}", text(one)),
            _ if all => format!("every version of {name}"),
            few if few.len() <= LISTED_MAX => {
                let (last, others) = few.split_last().unwrap_or((&0, &[]));
                format!("{name} {} and {}", others.iter().map(text).collect::<Vec<_>>().join(", "), text(last))
            }
            [first, .., last] => {
                let unbroken = (last - first) as usize + 1 == members.len();
                let some = if unbroken { String::new() } else { format!(" ({} of them)", members.len()) };
                format!("{name} {} to {}{some}", text(first), text(last))
            }
        }
    }
}

fn message(asked: &BTreeSet<String>, facts: &[String]) -> String {
    let request = match asked.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => None,
        asked => Some(format!("the request needs {}", asked.join(" and "))),
    };
    let told = request.into_iter().chain(facts.iter().take(FACTS_MAX).cloned()).collect::<Vec<_>>().join("; ");
    match facts.len().saturating_sub(FACTS_MAX) {
        0 => format!("no versions fit together: {told}"),
        more => format!("no versions fit together: {told}; and {more} more facts"),
    }
}

fn help(asked: &BTreeSet<String>, mut remedies: Vec<String>) -> String {
    let asked: Vec<&str> = asked.iter().map(String::as_str).collect();
    match asked.as_slice() {
        [] => {}
        [one] => remedies.push(format!("ask for another version than {one}")),
        several => remedies.push(format!("ask for other versions of one of {}", several.join(", "))),
    }
    remedies.truncate(LISTED_MAX);
    remedies.join("; or ")
}

/// Keeps the beginning and the end, where a reader looks first.
fn shortened(mut lines: Vec<String>, length_max: usize) -> Vec<String> {
    let length = |lines: &[String]| lines.iter().map(|line| line.len() + 1).sum::<usize>();
    let total = lines.len();
    while lines.len() > 2 && length(&lines) > length_max {
        lines.remove(lines.len() / 2);
    }
    if lines.len() < total {
        let at = lines.len().div_ceil(2);
        lines.insert(at, format!("… {} more steps …", total - lines.len()));
    }
    for line in &mut lines {
        if line.len() > length_max / 2 {
            let end = (0..=length_max / 2).rev().find(|at| line.is_char_boundary(*at)).unwrap_or(0);
            line.truncate(end);
            line.push('…');
        }
    }
    lines
}
