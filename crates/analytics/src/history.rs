//! What was so at a moment, of a fact that changes. Pure.
//!
//! Logs of different modules interleave at will, so a sale may be heard before what was true when it was placed. What a
//! sale counts under therefore depends on the set of all versions that were heard, and on nothing else.

use kernel::Timestamp;

/// Before anything: the first day of the year 1, since PostgreSQL does not go back as far as 64 bits do.
pub(crate) const BEGINNING: Timestamp = Timestamp::from_micros(-62_135_596_800_000_000);

/// A value from some moment on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Version<T> {
    pub version: i64,
    pub since: Timestamp,
    pub value: T,
}

/// All versions of one thing that were heard, in no order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct History<T>(Vec<Version<T>>);

impl<T> Default for History<T> {
    fn default() -> History<T> {
        History(Vec::new())
    }
}

impl<T: PartialEq> History<T> {
    /// From which moment on one more version may make a difference; `None` if it makes none.
    pub(crate) fn reach(&self, new: &Version<T>) -> Option<Timestamp> {
        let Some(first) = self.0.iter().map(|known| known.version).min() else { return Some(BEGINNING) };
        if self.0.iter().all(|known| known.value == new.value) {
            return None;
        }
        Some(if new.version < first { BEGINNING } else { new.since })
    }
}

impl<T> History<T> {
    pub(crate) fn push(&mut self, version: Version<T>) {
        self.0.push(version);
    }

    /// The newest version that there was by then.
    pub(crate) fn at(&self, moment: Timestamp) -> Option<&T> {
        let by_then = self.0.iter().filter(|version| version.since <= moment);
        by_then.max_by_key(|version| version.version).map(|version| &version.value)
    }

    /// The same, of a thing that must have been there: the first version serves for before, as clocks differ.
    pub(crate) fn at_or_first(&self, moment: Timestamp) -> Option<&T> {
        let first = || self.0.iter().min_by_key(|version| version.version).map(|version| &version.value);
        self.at(moment).or_else(first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_has_the_version_of_its_time_in_whatever_order_they_came() {
        let version =
            |version, since| Version { version, since: Timestamp::from_micros(since), value: version };
        let at = |history: &History<i64>, micros| history.at(Timestamp::from_micros(micros)).copied();
        for order in [[1, 2, 3], [3, 1, 2], [2, 3, 1]] {
            let mut history = History::default();
            order.into_iter().for_each(|n| history.push(version(n, n * 10)));
            assert_eq!(
                [9, 10, 19, 20, 99].map(|micros| at(&history, micros)),
                [None, Some(1), Some(1), Some(2), Some(3)]
            );
            assert_eq!(history.at_or_first(Timestamp::from_micros(9)), Some(&1));
        }
        assert_eq!(at(&History::default(), 9), None);
    }

    #[test]
    fn a_version_that_is_no_news_reaches_nothing() {
        let version =
            |version, since, value| Version { version, since: Timestamp::from_micros(since), value };
        let mut history = History::default();
        assert_eq!(history.reach(&version(2, 20, "lights")), Some(BEGINNING), "it is the first");
        history.push(version(2, 20, "lights"));
        assert_eq!(history.reach(&version(3, 30, "lights")), None);
        assert_eq!(history.reach(&version(3, 30, "seats")), Some(Timestamp::from_micros(30)));
        assert_eq!(history.reach(&version(1, 10, "seats")), Some(BEGINNING), "it is the first now");
    }

    #[test]
    fn of_versions_of_one_moment_the_newest_counts() {
        let mut history = History::default();
        for n in [2, 1] {
            history.push(Version { version: n, since: Timestamp::from_micros(10), value: n });
        }
        assert_eq!(history.at(Timestamp::from_micros(10)), Some(&2));
    }
}
