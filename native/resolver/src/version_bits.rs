use std::fmt;

use pubgrub::VersionSet;

/// A set of versions of one package, as the positions in its list: exact and with one form for each set, so that what is
/// no version cannot lie between two that are. `inverted`: all positions but these.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VersionBits {
    /// No trailing zero words.
    words: Vec<u64>,
    inverted: bool,
}

impl VersionBits {
    pub fn collect(positions: impl Iterator<Item = u32>) -> Self {
        let mut set = Self::default();
        for position in positions {
            let word = position as usize / 64;
            if word >= set.words.len() {
                set.words.resize(word + 1, 0);
            }
            set.words[word] |= 1 << (position % 64);
        }
        set
    }

    pub fn is_empty(&self) -> bool {
        self.words.is_empty() && !self.inverted
    }

    pub fn has(&self, position: u32) -> bool {
        let word = self.words.get(position as usize / 64).copied().unwrap_or(0);
        (word >> (position % 64) & 1 == 1) != self.inverted
    }

    /// Of the positions below `count`, those in the set, ascending.
    pub fn below(&self, count: usize) -> impl DoubleEndedIterator<Item = u32> + '_ {
        (0..count as u32).filter(|&position| self.has(position))
    }

    /// The highest position below `count` in the set.
    pub fn highest(&self, count: usize) -> Option<u32> {
        self.below(count).next_back()
    }

    pub fn count(&self, count: usize) -> usize {
        let ones: u32 = self.words.iter().map(|word| word.count_ones()).sum();
        if self.inverted { count.saturating_sub(ones as usize) } else { ones as usize }
    }

    fn combine(&self, other: &Self, inverted: bool, merge: impl Fn(u64, u64) -> u64) -> Self {
        let length = self.words.len().max(other.words.len());
        let word = |set: &Self, at: usize| {
            let word = set.words.get(at).copied().unwrap_or(0);
            if set.inverted { !word } else { word }
        };
        let mut words: Vec<u64> = (0..length)
            .map(|at| {
                let merged = merge(word(self, at), word(other, at));
                if inverted { !merged } else { merged }
            })
            .collect();
        while words.last() == Some(&0) {
            words.pop();
        }
        Self { words, inverted }
    }
}

impl VersionSet for VersionBits {
    type V = u32;

    fn empty() -> Self {
        Self::default()
    }

    fn singleton(position: u32) -> Self {
        Self::collect(std::iter::once(position))
    }

    fn complement(&self) -> Self {
        Self { words: self.words.clone(), inverted: !self.inverted }
    }

    fn intersection(&self, other: &Self) -> Self {
        self.combine(other, self.inverted && other.inverted, |a, b| a & b)
    }

    fn union(&self, other: &Self) -> Self {
        self.combine(other, self.inverted || other.inverted, |a, b| a | b)
    }

    fn contains(&self, position: &u32) -> bool {
        self.has(*position)
    }

    fn full() -> Self {
        Self { words: Vec::new(), inverted: true }
    }
}

impl fmt::Display for VersionBits {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}{:x?}", if self.inverted { "all but " } else { "" }, self.words)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COUNT: usize = 150;

    fn samples() -> Vec<VersionBits> {
        let finite = [vec![], vec![0], vec![63], vec![64], vec![0, 1, 2], vec![1, 63, 64, 65, 149], (0..150).collect()];
        let finite = finite.map(|positions| VersionBits::collect(positions.into_iter()));
        finite.iter().cloned().chain(finite.iter().map(VersionSet::complement)).collect()
    }

    #[test]
    fn sets_behave_as_sets_and_equal_sets_are_equal() {
        for a in samples() {
            for b in samples() {
                for (set, expected) in [
                    (a.intersection(&b), (|x, y| x && y) as fn(bool, bool) -> bool),
                    (a.union(&b), |x, y| x || y),
                    (a.complement().union(&b), |x, y| !x || y),
                ] {
                    for position in 0..400 {
                        assert_eq!(set.has(position), expected(a.has(position), b.has(position)), "{a} {b} {position}");
                    }
                }
                assert_eq!(a.union(&b), b.union(&a));
                assert_eq!(a.complement().intersection(&b.complement()).complement(), a.union(&b));
                assert_eq!(a.is_disjoint(&b), a.intersection(&b).is_empty());
            }
            assert_eq!(a.complement().complement(), a);
            assert_eq!(a.intersection(&a.complement()), VersionBits::empty());
            assert_eq!(a.union(&a.complement()), VersionBits::full());
            assert_eq!(a.count(COUNT), a.below(COUNT).count());
            assert_eq!(a.highest(COUNT), a.below(COUNT).last());
        }
    }
}
