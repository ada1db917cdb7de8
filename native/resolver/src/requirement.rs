use crate::version::{Number, Version};

/// Which versions will do: alternatives of comparators that must all hold. The grammar and its meaning are those of
/// `src/model/requirement.ts`; a test holds the two against each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    /// An alternative without comparators is `*`: any release.
    alternatives: Vec<Vec<Comparator>>,
}

/// `below` is exclusive. Where `below_release` holds, the pre-releases of that release are not below it either.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Comparator {
    at_least: Option<Version>,
    above: Option<Version>,
    below: Option<Version>,
    at_most: Option<Version>,
    below_release: Option<Version>,
    /// What was written, where it carries a pre-release: only then are pre-releases of that release admitted.
    admits: Option<Version>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Equal,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
    Caret,
    Tilde,
}

/// Numbers as written: parts left out leave a span.
struct Partial {
    major: Number,
    minor: Option<Number>,
    patch: Option<Number>,
}

impl Requirement {
    /// None where the text is not in the registry's grammar. A version without an operator is not: it could mean two things.
    pub fn parse(text: &str) -> Option<Self> {
        let alternatives = text.split("||").map(parse_alternative).collect::<Option<Vec<_>>>()?;
        Some(Self { alternatives })
    }

    pub fn matches(&self, version: &Version) -> bool {
        self.alternatives.iter().any(|comparators| {
            comparators.iter().all(|comparator| comparator.holds(version))
                && (!version.is_prerelease() || comparators.iter().any(|comparator| comparator.admits(version)))
        })
    }
}

impl Comparator {
    fn holds(&self, version: &Version) -> bool {
        self.at_least.as_ref().is_none_or(|bound| version >= bound)
            && self.above.as_ref().is_none_or(|bound| version > bound)
            && self.below.as_ref().is_none_or(|bound| version < bound)
            && self.at_most.as_ref().is_none_or(|bound| version <= bound)
            && self.below_release.as_ref().is_none_or(|bound| version.cmp_core(bound).is_lt())
    }

    fn admits(&self, version: &Version) -> bool {
        self.admits.as_ref().is_some_and(|written| written.cmp_core(version).is_eq())
    }
}

fn parse_alternative(text: &str) -> Option<Vec<Comparator>> {
    if text.chars().any(|each| matches!(each, '\t' | '\n' | '\r' | '\u{b}' | '\u{c}')) {
        return None;
    }
    let mut rest = text.trim_matches(|each: char| each.is_whitespace() || each == '\u{feff}');
    if matches!(rest, "*" | "x" | "X") {
        return Some(Vec::new());
    }
    let mut comparators = Vec::new();
    loop {
        let (operator, after) = split_operator(rest);
        let after = after.trim_start_matches(' ');
        let end = after.find([' ', ',', '<', '>', '=', '^', '~', '|']).unwrap_or(after.len());
        let (written, left) = after.split_at(end);
        comparators.push(parse_comparator(operator, written)?);
        let blank_free = left.trim_start_matches(' ');
        let next = blank_free.strip_prefix(',').map(|it| it.trim_start_matches(' '));
        match next {
            Some("") => return None,
            Some(next) => rest = next,
            None if blank_free.is_empty() => return Some(comparators),
            None if blank_free.len() == left.len() => return None,
            None => rest = blank_free,
        }
    }
}

fn split_operator(text: &str) -> (Option<Operator>, &str) {
    const OPERATORS: [(&str, Operator); 7] = [
        (">=", Operator::GreaterOrEqual),
        ("<=", Operator::LessOrEqual),
        (">", Operator::Greater),
        ("<", Operator::Less),
        ("=", Operator::Equal),
        ("^", Operator::Caret),
        ("~", Operator::Tilde),
    ];
    for (sign, operator) in OPERATORS {
        if let Some(rest) = text.strip_prefix(sign) {
            return (Some(operator), rest);
        }
    }
    (None, text)
}

fn parse_comparator(operator: Option<Operator>, written: &str) -> Option<Comparator> {
    if let Some(version) = Version::parse(written) {
        let Version { major, minor, patch, .. } = version.clone();
        let partial = Partial { major, minor: Some(minor), patch: Some(patch) };
        return Some(comparator(operator.or_else(|| bare_operator(written))?, partial, version));
    }
    let parts: Vec<&str> = written.split('.').collect();
    if parts.len() > 3 {
        return None;
    }
    let mut numbers = Vec::new();
    for part in &parts {
        numbers.push(if is_wildcard(part) { None } else { Some(Number::parse(part)?) });
    }
    let mut numbers = numbers.into_iter();
    let major = numbers.next()??;
    let (minor, patch) = (numbers.next().flatten(), numbers.next().flatten());
    if minor.is_none() && patch.is_some() {
        return None;
    }
    let operator = operator.or_else(|| bare_operator(written))?;
    let low = Version::release(
        major.clone(),
        minor.clone().unwrap_or_else(Number::zero),
        patch.clone().unwrap_or_else(Number::zero),
    );
    Some(comparator(operator, Partial { major, minor, patch }, low))
}

/// A bare `1.2.*` is clear by itself.
fn bare_operator(written: &str) -> Option<Operator> {
    let (_, last) = written.rsplit_once('.')?;
    is_wildcard(last).then_some(Operator::Equal)
}

fn is_wildcard(part: &str) -> bool {
    matches!(part, "*" | "x" | "X")
}

fn comparator(operator: Operator, partial: Partial, low: Version) -> Comparator {
    let whole = partial.patch.is_some();
    let admits = low.is_prerelease().then(|| low.clone());
    let none = Comparator { at_least: None, above: None, below: None, at_most: None, below_release: None, admits };
    match operator {
        Operator::GreaterOrEqual => Comparator { at_least: Some(low), ..none },
        Operator::Greater if whole => Comparator { above: Some(low), ..none },
        Operator::Greater => Comparator { at_least: Some(past_span(&partial)), ..none },
        Operator::Less if whole => Comparator { below: Some(low), ..none },
        Operator::Less => Comparator { below_release: Some(low), ..none },
        Operator::LessOrEqual if whole => Comparator { at_most: Some(low), ..none },
        Operator::LessOrEqual => Comparator { below_release: Some(past_span(&partial)), ..none },
        Operator::Equal if whole => Comparator { at_least: Some(low.clone()), at_most: Some(low), ..none },
        Operator::Equal => Comparator { at_least: Some(low), below_release: Some(past_span(&partial)), ..none },
        Operator::Tilde => Comparator { at_least: Some(low), below_release: Some(past_tilde(&partial)), ..none },
        Operator::Caret => Comparator { at_least: Some(low), below_release: Some(past_caret(&partial)), ..none },
    }
}

/// First release after the span that the given parts name.
fn past_span(Partial { major, minor, patch }: &Partial) -> Version {
    match (minor, patch) {
        (None, _) => Version::release(major.next(), Number::zero(), Number::zero()),
        (Some(minor), None) => Version::release(major.clone(), minor.next(), Number::zero()),
        (Some(minor), Some(patch)) => Version::release(major.clone(), minor.clone(), patch.next()),
    }
}

fn past_tilde(Partial { major, minor, .. }: &Partial) -> Version {
    match minor {
        None => Version::release(major.next(), Number::zero(), Number::zero()),
        Some(minor) => Version::release(major.clone(), minor.next(), Number::zero()),
    }
}

/// Caret keeps the leftmost number that is not 0, as far as numbers are given.
fn past_caret(partial: &Partial) -> Version {
    let Partial { major, minor, patch } = partial;
    match (minor, patch) {
        (Some(minor), _) if major.is_zero() && !minor.is_zero() => {
            Version::release(major.clone(), minor.next(), Number::zero())
        }
        (Some(_), _) if !major.is_zero() => Version::release(major.next(), Number::zero(), Number::zero()),
        (Some(minor), None) => Version::release(major.clone(), minor.next(), Number::zero()),
        (Some(minor), Some(patch)) => Version::release(major.clone(), minor.clone(), patch.next()),
        (None, _) => Version::release(major.next(), Number::zero(), Number::zero()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(requirement: &str, version: &str) -> bool {
        let requirement = Requirement::parse(requirement).unwrap_or_else(|| panic!("{requirement} is a requirement"));
        requirement.matches(&Version::parse(version).unwrap_or_else(|| panic!("{version} is a version")))
    }

    #[test]
    fn requirements_admit_what_the_grammar_says() {
        for (requirement, version, expected) in [
            ("^1.2.3", "1.9.0", true),
            ("^1.2.3", "2.0.0", false),
            ("^0.2.3", "0.3.0", false),
            ("^0.0.3", "0.0.4", false),
            ("^0.0", "0.0.9", true),
            ("^0", "0.9.0", true),
            ("~1.2", "1.2.9", true),
            ("~1", "1.9.9", true),
            ("=1.2", "1.2.7", true),
            ("1.2.*", "1.3.0", false),
            (">1.2", "1.2.9", false),
            (">1.2", "1.3.0", true),
            ("<=1.2", "1.2.9", true),
            ("<1.2", "1.2.0", false),
            (">=1.0.0 <2.0.0 || ^3", "3.1.0", true),
            (">=1.0.0,<2.0.0", "1.1.0", true),
            ("*", "0.0.0", true),
            ("^99999999999999999999.0.0", "100000000000000000000.0.0", false),
        ] {
            assert_eq!(matches(requirement, version), expected, "{requirement} against {version}");
        }
    }

    #[test]
    fn a_pre_release_is_admitted_only_where_a_comparator_of_its_release_carries_one() {
        for (requirement, version, expected) in [
            ("*", "1.0.0-rc.1", false),
            ("^1.0.0", "1.1.0-rc.1", false),
            ("^1.0.0", "1.0.0-rc.1", false),
            (">=1.0.0", "2.0.0-rc.1", false),
            ("^1.2.0-rc.1", "1.2.0-rc.2", true),
            ("^1.2.0-rc.1", "1.3.0-rc.1", false),
            (">=1.0.0-a <2.0.0", "1.0.0-b", true),
            (">=2.0.0-a ^1.0.0", "2.0.0-b", false),
            ("<2.0.0", "2.0.0-a", false),
        ] {
            assert_eq!(matches(requirement, version), expected, "{requirement} against {version}");
        }
    }

    #[test]
    fn what_is_not_in_the_grammar_is_refused() {
        for text in [
            "",
            "^1 ||",
            "1.2.3",
            "1.2",
            "^1.2-rc",
            "^01.2.3",
            "^1.2.3.4",
            "v1.2.3",
            "^*",
            "^1.*.3",
            "1.0.0 - 2.0.0",
            ">=1.0.0,",
            ",>=1.0.0",
            ">=1.0.0,,<2.0.0",
            ">=1.0.0<2.0.0",
            "==1.0.0",
            "^1.0.0\t<2.0.0",
            "latest",
            "unresolvable",
        ] {
            assert_eq!(Requirement::parse(text), None, "{text}");
        }
    }
}
