use std::cmp::Ordering;

/// The parts of a version that order it (semver 2.0.0 §11). Build metadata is no part of identity and is dropped.
/// Numbers are kept as digits, since semver does not bound them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Version {
    pub major: Number,
    pub minor: Number,
    pub patch: Number,
    /// Empty for a release.
    pub prerelease: Vec<Identifier>,
}

/// A decimal number of any length, without leading zeros.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Number(String);

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Identifier {
    Number(Number),
    Text(String),
}

impl Version {
    /// None where the text is no semver 2.0.0 version.
    pub fn parse(text: &str) -> Option<Self> {
        let core = match text.split_once('+') {
            Some((core, build)) => {
                build.split('.').all(is_identifier).then_some(())?;
                core
            }
            None => text,
        };
        let (numbers, prerelease) = match core.split_once('-') {
            Some((numbers, rest)) => (numbers, rest.split('.').map(Identifier::parse).collect::<Option<Vec<_>>>()?),
            None => (core, Vec::new()),
        };
        let mut numbers = numbers.split('.').map(Number::parse);
        let version = Self { major: numbers.next()??, minor: numbers.next()??, patch: numbers.next()??, prerelease };
        numbers.next().is_none().then_some(version)
    }

    pub fn release(major: Number, minor: Number, patch: Number) -> Self {
        Self { major, minor, patch, prerelease: Vec::new() }
    }

    pub fn is_prerelease(&self) -> bool {
        !self.prerelease.is_empty()
    }

    /// By major.minor.patch alone.
    pub fn cmp_core(&self, other: &Self) -> Ordering {
        self.major
            .cmp(&other.major)
            .then_with(|| self.minor.cmp(&other.minor))
            .then_with(|| self.patch.cmp(&other.patch))
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        self.cmp_core(other).then_with(|| match (self.is_prerelease(), other.is_prerelease()) {
            (true, true) => self.prerelease.cmp(&other.prerelease),
            (false, false) => Ordering::Equal,
            (pre, _) => {
                if pre {
                    Ordering::Less
                } else {
                    Ordering::Greater
                }
            }
        })
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Number {
    pub fn parse(text: &str) -> Option<Self> {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        (digits && (text == "0" || !text.starts_with('0'))).then(|| Self(text.to_owned()))
    }

    pub fn zero() -> Self {
        Self("0".to_owned())
    }

    pub fn is_zero(&self) -> bool {
        self.0 == "0"
    }

    pub fn next(&self) -> Self {
        let mut digits = self.0.clone().into_bytes();
        for digit in digits.iter_mut().rev() {
            if *digit < b'9' {
                *digit += 1;
                return Self(String::from_utf8_lossy(&digits).into_owned());
            }
            *digit = b'0';
        }
        Self(format!("1{}", String::from_utf8_lossy(&digits)))
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.len().cmp(&other.0.len()).then_with(|| self.0.cmp(&other.0))
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Identifier {
    fn parse(text: &str) -> Option<Self> {
        if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Number::parse(text).map(Self::Number);
        }
        is_identifier(text).then(|| Self::Text(text.to_owned()))
    }
}

/// Numbers come before text; text is ordered by its ASCII bytes.
impl Ord for Identifier {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => a.cmp(b),
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            (Self::Number(_), Self::Text(_)) => Ordering::Less,
            (Self::Text(_), Self::Number(_)) => Ordering::Greater,
        }
    }
}

impl PartialOrd for Identifier {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

fn is_identifier(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> Version {
        Version::parse(text).unwrap_or_else(|| panic!("{text} is a version"))
    }

    #[test]
    fn versions_are_ordered_as_semver_2_says() {
        let ascending = [
            "0.0.0-0",
            "0.0.0",
            "0.0.1",
            "0.9.0",
            "0.10.0",
            "1.0.0-0",
            "1.0.0-2",
            "1.0.0-10",
            "1.0.0-10.a",
            "1.0.0-A",
            "1.0.0-alpha",
            "1.0.0-alpha.1",
            "1.0.0-alpha.beta",
            "1.0.0-beta",
            "1.0.0-beta.2",
            "1.0.0-beta.11",
            "1.0.0-rc.1",
            "1.0.0",
            "1.0.1-rc",
            "2.0.0",
            "99999999999999999999.0.0",
            "100000000000000000000.0.0",
        ];
        for (i, a) in ascending.iter().enumerate() {
            for (j, b) in ascending.iter().enumerate() {
                assert_eq!(version(a).cmp(&version(b)), i.cmp(&j), "{a} against {b}");
            }
        }
    }

    #[test]
    fn build_metadata_is_no_part_of_a_version() {
        assert_eq!(version("1.0.0+a"), version("1.0.0+b.2"));
        assert_eq!(version("1.0.0-rc+a-b"), version("1.0.0-rc"));
    }

    #[test]
    fn what_is_no_version_is_refused() {
        for text in [
            "",
            "1",
            "1.2",
            "1.2.3.4",
            "01.2.3",
            "1.2.3-",
            "1.2.3-a..b",
            "1.2.3-01",
            "1.2.3+",
            "v1.2.3",
            "1.2.x",
            "1.2.3-é",
        ] {
            assert_eq!(Version::parse(text), None, "{text}");
        }
        assert!(Version::parse("1.2.3-0a").is_some());
        assert!(Version::parse("1.2.3--").is_some());
    }

    #[test]
    fn the_next_number_carries() {
        for (number, next) in
            [("0", "1"), ("9", "10"), ("199", "200"), ("99999999999999999999", "100000000000000000000")]
        {
            assert_eq!(Number::parse(number).map(|it| it.next()), Number::parse(next));
        }
    }
}
