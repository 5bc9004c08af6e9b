//! Two pages of the same stretch of keys, side by side. Pure.

use std::collections::BTreeMap;
use std::fmt;

use super::{At, Kept, Mending, Owned, PAGE};

/// What a comparison of two pages says.
#[derive(Debug, PartialEq)]
pub(super) struct Compared<K, F> {
    pub drifts: Vec<Drift<K, F>>,
    /// Where the next pages begin, unless these were the last.
    pub last: Option<K>,
}

/// A copy that is not as its owner has it.
#[derive(Debug, PartialEq)]
pub(super) struct Drift<K, F> {
    /// `None` if the copy says by itself that it is behind.
    pub fault: Option<Fault>,
    pub mending: Mending<K, F>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    Missing { owner: i64 },
    Behind { at: At, owner: i64 },
    Differs { version: i64 },
    Ahead { at: At, owner: i64 },
    Ownerless,
}

impl<K, F> Drift<K, F> {
    /// Whether its event may still be on the way.
    pub(super) fn may_settle(&self) -> bool {
        matches!(self.fault, Some(Fault::Missing { .. } | Fault::Behind { .. }))
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Missing { owner } => write!(f, "is not copied; its owner has version {owner}"),
            Fault::Behind { at, owner } => {
                write!(f, "is from version {}, its owner has {owner}, and nothing is on the way", at.version)
            }
            Fault::Differs { version } => write!(f, "differs from its owner at version {version}"),
            Fault::Ahead { at, owner } => {
                let At { version, heard } = at;
                write!(f, "is from version {version} and has heard of {heard}, and its owner has {owner}")
            }
            Fault::Ownerless => write!(f, "has no owner any more"),
        }
    }
}

/// Both after the same key, in order, and read in this order. `as_good`: see [`Copies::is_as_good`](super::Copies::is_as_good).
pub(super) fn merge<K: Clone + Ord, F: PartialEq>(
    kept: Vec<Kept<K, F>>,
    owned: Vec<Owned<K, F>>,
    as_good: impl Fn(Option<&Kept<K, F>>, &Owned<K, F>) -> bool,
) -> Compared<K, F> {
    let full = |count: usize| u32::try_from(count).is_ok_and(|count| count >= PAGE);
    // What comes after the end of a page that is full may have its counterpart on the next.
    let ends = [
        kept.last().filter(|_| full(kept.len())).map(|last| last.key.clone()),
        owned.last().filter(|_| full(owned.len())).map(|last| last.key.clone()),
    ];
    let last = ends.into_iter().flatten().min();
    let within = |key: &K| last.as_ref().is_none_or(|last| key <= last);
    let mut pairs: BTreeMap<K, Pair<K, F>> = BTreeMap::new();
    for one in kept.into_iter().filter(|one| within(&one.key)) {
        let key = one.key.clone();
        pairs.entry(key).or_insert_with(Pair::none).kept = Some(one);
    }
    for one in owned.into_iter().filter(|one| within(&one.key)) {
        let key = one.key.clone();
        pairs.entry(key).or_insert_with(Pair::none).owned = Some(one);
    }
    let drifts = pairs.into_iter().filter_map(|(key, pair)| pair.drift(key, &as_good)).collect();
    Compared { drifts, last }
}

/// What there is under one key.
struct Pair<K, F> {
    kept: Option<Kept<K, F>>,
    owned: Option<Owned<K, F>>,
}

impl<K, F: PartialEq> Pair<K, F> {
    fn none() -> Pair<K, F> {
        Pair { kept: None, owned: None }
    }

    fn drift(
        self,
        key: K,
        as_good: impl Fn(Option<&Kept<K, F>>, &Owned<K, F>) -> bool,
    ) -> Option<Drift<K, F>> {
        let Pair { kept, owned } = self;
        let fault = match (&kept, &owned) {
            (Some(kept), Some(owned)) if kept.is_equal(owned) || kept.may_be(owned, &as_good) => {
                Some(kept.is_ahead_of(owned)?)
            }
            (Some(kept), Some(owned)) => kept.fault(owned),
            (None, Some(owned)) if as_good(None, owned) => return None,
            (None, Some(owned)) => Some(Fault::Missing { owner: owned.version }),
            (Some(_), None) => Some(Fault::Ownerless),
            (None, None) => return None,
        };
        Some(Drift { fault, mending: Mending { key, seen: kept.map(|kept| kept.at), owned } })
    }
}

impl<K, F: PartialEq> Kept<K, F> {
    fn is_equal(&self, owned: &Owned<K, F>) -> bool {
        self.at.version == owned.version && self.fact == owned.fact
    }

    fn may_be(
        &self,
        owned: &Owned<K, F>,
        as_good: impl Fn(Option<&Kept<K, F>>, &Owned<K, F>) -> bool,
    ) -> bool {
        self.at.version <= owned.version && as_good(Some(self), owned)
    }
}

impl<K, F> Kept<K, F> {
    fn is_ahead_of(&self, owned: &Owned<K, F>) -> Option<Fault> {
        let (at, owner) = (self.at, owned.version);
        (at.version.max(at.heard) > owner).then_some(Fault::Ahead { at, owner })
    }

    /// Of a copy that is not equal to what the owner has.
    fn fault(&self, owned: &Owned<K, F>) -> Option<Fault> {
        let (at, owner) = (self.at, owned.version);
        let behind = if at.version == owner {
            Some(Fault::Differs { version: owner })
        } else {
            Some(Fault::Behind { at, owner }).filter(|_| at.heard <= at.version)
        };
        self.is_ahead_of(owned).or(behind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(key: u32, version: i64, heard: i64, fact: &'static str) -> Kept<u32, &'static str> {
        Kept { key, at: At { version, heard }, fact }
    }

    fn owned(key: u32, version: i64, fact: &'static str) -> Owned<u32, &'static str> {
        Owned { key, version, fact }
    }

    type AsGood = fn(Option<&Kept<u32, &'static str>>, &Owned<u32, &'static str>) -> bool;

    const NEVER: AsGood = |_, _| false;

    /// The drift of one pair, if there is one: its fault, unless the copy says by itself that it is behind.
    fn fault(
        kept: Option<Kept<u32, &'static str>>,
        owned: Option<Owned<u32, &'static str>>,
        as_good: AsGood,
    ) -> Option<Option<Fault>> {
        let found = merge(kept.into_iter().collect(), owned.into_iter().collect(), as_good);
        assert_eq!(found.last, None);
        found.drifts.first().map(|drift| drift.fault)
    }

    #[test]
    fn each_fault_has_its_name() {
        let fault = |kept, owned| fault(kept, owned, NEVER);
        assert_eq!(fault(Some(kept(1, 2, 2, "a")), Some(owned(1, 2, "a"))), None);
        let differs = Fault::Differs { version: 2 };
        assert_eq!(fault(Some(kept(1, 2, 2, "x")), Some(owned(1, 2, "a"))), Some(Some(differs)));
        let behind = Fault::Behind { at: At { version: 2, heard: 2 }, owner: 3 };
        assert_eq!(fault(Some(kept(1, 2, 2, "a")), Some(owned(1, 3, "b"))), Some(Some(behind)));
        assert_eq!(fault(Some(kept(1, 2, 2, "a")), Some(owned(1, 3, "a"))), Some(Some(behind)));
        assert_eq!(fault(Some(kept(1, 2, 3, "a")), Some(owned(1, 3, "b"))), Some(None), "a gap that is seen");
        let ahead = Fault::Ahead { at: At { version: 9, heard: 2 }, owner: 3 };
        assert_eq!(fault(Some(kept(1, 9, 2, "a")), Some(owned(1, 3, "a"))), Some(Some(ahead)));
        let ahead = Fault::Ahead { at: At { version: 3, heard: 9 }, owner: 3 };
        assert_eq!(fault(Some(kept(1, 3, 9, "a")), Some(owned(1, 3, "a"))), Some(Some(ahead)));
        assert_eq!(fault(None, Some(owned(1, 3, "a"))), Some(Some(Fault::Missing { owner: 3 })));
        assert_eq!(fault(Some(kept(1, 3, 3, "a")), None), Some(Some(Fault::Ownerless)));
    }

    #[test]
    fn a_version_that_no_event_tells_of_is_not_missed() {
        let as_good: AsGood = |kept, owned| kept.map_or("nothing", |kept| kept.fact) == owned.fact;
        let fault = |kept, owned| fault(kept, owned, as_good);
        assert_eq!(fault(None, Some(owned(1, 3, "nothing"))), None);
        assert_eq!(fault(Some(kept(1, 2, 2, "a")), Some(owned(1, 3, "a"))), None);
        let behind = Fault::Behind { at: At::told(2), owner: 3 };
        assert_eq!(fault(Some(kept(1, 2, 2, "a")), Some(owned(1, 3, "b"))), Some(Some(behind)));
        assert_eq!(fault(None, Some(owned(1, 3, "a"))), Some(Some(Fault::Missing { owner: 3 })));
        let differs = Fault::Differs { version: 3 };
        assert_eq!(fault(Some(kept(1, 3, 3, "b")), Some(owned(1, 3, "a"))), Some(Some(differs)));
        let ahead = Fault::Ahead { at: At::told(9), owner: 3 };
        assert_eq!(fault(Some(kept(1, 9, 9, "a")), Some(owned(1, 3, "a"))), Some(Some(ahead)));
    }

    #[test]
    fn what_is_beyond_a_full_page_is_left_to_the_next() {
        let few = vec![kept(PAGE + 5, 1, 1, "a")];
        let many: Vec<_> = (1..=PAGE).map(|n| owned(n, 1, "a")).collect();
        let found = merge(few, many, NEVER);
        assert_eq!(found.last, Some(PAGE));
        assert_eq!(found.drifts.len(), usize::try_from(PAGE).unwrap());
        assert!(found.drifts.iter().all(Drift::may_settle), "the one beyond is not ownerless");
    }
}
