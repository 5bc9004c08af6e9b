//! Copies that a module keeps of what another one owns, compared with their owner and made anew from it.
//!
//! A copy says from which version of the owner's thing it is, and may have heard of a newer one: that is a gap which everybody
//! can see, and not a fault. A copy that differs from its owner at its own version is one, and so is a copy that nothing tells
//! of being behind.

mod merge;

use std::collections::BTreeMap;
use std::time::Duration;

use kernel::{BoxFut, CallCtx};

use self::merge::{Drift, merge};
use crate::Violation;
use crate::events::subscription::Dispatcher;
use crate::patience::Patience;
use crate::store::{Key, StoreError};

/// Things that are compared at once.
pub const PAGE: u32 = 100;
/// At a page where something is on its way, when all patience was needed before.
const LOOKS: u8 = 2;
/// Every cached copy equals its source at its source version.
const INVARIANT: u8 = 10;

/// A thing as its owner has it.
#[derive(Clone, Debug, PartialEq)]
pub struct Owned<F> {
    pub key: Key,
    pub version: i64,
    pub fact: F,
}

/// A thing as a copy has it.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept<F> {
    pub key: Key,
    pub at: At,
    pub fact: F,
}

/// How far a copy has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct At {
    /// The version that it is from.
    pub version: i64,
    /// The newest version that it has heard of.
    pub heard: i64,
}

/// A copy to make anew.
#[derive(Clone, Debug, PartialEq)]
pub struct Mending<F> {
    pub key: Key,
    /// What the owner has; nothing if there is no such thing.
    pub owned: Option<Owned<F>>,
    /// Where the copy was when it was found wrong.
    pub seen: Option<At>,
}

/// What becomes of a copy.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Verdict<'a, F> {
    /// It has come further than what was meant for it.
    Leave,
    Remove,
    /// It is made as its owner has it.
    Replace(&'a Owned<F>, At),
}

impl<F> Mending<F> {
    /// What to fill a copy with that waits for something newer.
    pub fn filling(owned: Owned<F>) -> Mending<F> {
        Mending { key: owned.key, owned: Some(owned), seen: None }
    }

    /// What is to be done with the copy, which is locked, where it is now. Never is something older put over something newer,
    /// unless that was found wrong and is still as it was.
    pub fn verdict(&self, now: Option<At>) -> Verdict<'_, F> {
        let as_seen = now.is_some() && now == self.seen;
        match (&self.owned, now) {
            (None, _) if as_seen => Verdict::Remove,
            (None, _) => Verdict::Leave,
            (Some(owned), Some(now)) if !as_seen && now.version > owned.version => Verdict::Leave,
            (Some(owned), now) => {
                let version = owned.version;
                let heard = now.filter(|_| !as_seen).map_or(version, |now| now.heard.max(version));
                Verdict::Replace(owned, At { version, heard })
            }
        }
    }
}

/// The newest of each thing that was said, whatever the order in which it was; in the order of their keys, so that two who
/// write the same take turns.
pub fn newest<T, K: Ord>(
    said: impl Iterator<Item = T>,
    key: impl Fn(&T) -> K,
    version: impl Fn(&T) -> i64,
) -> Vec<T> {
    let mut newest: BTreeMap<K, T> = BTreeMap::new();
    for one in said {
        let of = key(&one);
        if newest.get(&of).is_none_or(|known| version(known) < version(&one)) {
            newest.insert(of, one);
        }
    }
    newest.into_values().collect()
}

/// One kind of copies, as the module that keeps them gives them.
pub trait Copies: Send + Sync + 'static {
    /// What is copied.
    type Fact: Clone + PartialEq + Send + Sync + 'static;

    /// Such as `order.customer_copies`.
    fn name(&self) -> &'static str;

    /// What people call the thing behind a key.
    fn subject(&self, key: Key) -> String;

    /// By which events it hears that there is something newer.
    fn feed(&self) -> &Dispatcher;

    /// At most [`PAGE`] copies, in the order of their keys, after one of them.
    fn kept<'a>(
        &'a self,
        cx: &'a CallCtx,
        after: Option<Key>,
    ) -> BoxFut<'a, Result<Vec<Kept<Self::Fact>>, StoreError>>;

    /// At most [`PAGE`] things of the owner, in the same order.
    fn owned<'a>(
        &'a self,
        cx: &'a CallCtx,
        after: Option<Key>,
    ) -> BoxFut<'a, Result<Vec<Owned<Self::Fact>>, StoreError>>;

    /// Makes copies anew, in the module's own store. The owner is not touched.
    fn mend<'a>(
        &'a self,
        cx: &'a CallCtx,
        all: Vec<Mending<Self::Fact>>,
    ) -> BoxFut<'a, Result<(), StoreError>>;
}

/// One kind of copies, whatever is copied.
pub trait Comparable: Send + Sync {
    /// Such as `order.customer_copies`.
    fn name(&self) -> &'static str;

    /// Compares every copy with its owner, page by page, and says which differ; makes those anew if asked to, and those that
    /// wait to be. What may still be on its way is waited for.
    ///
    /// # Errors
    /// [`StoreError`], also when the owner cannot be asked.
    fn compare<'a>(&'a self, cx: &'a CallCtx, repair: bool)
    -> BoxFut<'a, Result<Vec<Violation>, StoreError>>;
}

impl<C: Copies> Comparable for C {
    fn name(&self) -> &'static str {
        Copies::name(self)
    }

    fn compare<'a>(
        &'a self,
        cx: &'a CallCtx,
        repair: bool,
    ) -> BoxFut<'a, Result<Vec<Violation>, StoreError>> {
        Box::pin(compare(self, cx, repair))
    }
}

async fn compare<C: Copies>(copies: &C, cx: &CallCtx, repair: bool) -> Result<Vec<Violation>, StoreError> {
    let (patience, mut found, mut after, mut looks) = (Patience::begin(), Vec::new(), None, 0);
    loop {
        // The copies first: whatever they have, the owner has had by the time it is asked.
        let kept = copies.kept(cx, after).await?;
        let owned = copies.owned(cx, after).await?;
        let page = merge(kept, owned);
        let within = if looks < LOOKS { Duration::MAX } else { Patience::SETTLES_WITHIN };
        if page.drifts.iter().any(Drift::may_settle) && patience.look_again(within).await {
            looks = looks.saturating_add(1);
            continue;
        }
        looks = 0;
        let heard_all = has_heard_all(copies.feed()).await?;
        let told = page.drifts.iter().filter(|drift| heard_all || !drift.may_settle());
        found.extend(told.filter_map(|drift| {
            let subject = format!("{} {}", Copies::name(copies), copies.subject(drift.mending.key));
            Some(Violation { invariant: INVARIANT, subject, detail: drift.fault.as_ref()?.to_string() })
        }));
        if repair && !page.drifts.is_empty() {
            let all = page.drifts.into_iter().map(|drift| drift.mending).collect();
            copies.mend(cx, all).await?;
        }
        match page.last {
            Some(last) => after = Some(last),
            None => return Ok(found),
        }
    }
}

/// What is not heard yet need not be copied.
async fn has_heard_all(feed: &Dispatcher) -> Result<bool, StoreError> {
    Ok(feed.ahead().await?.events == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_older_is_put_over_something_newer() {
        let key = Key(Default::default());
        let owned = Owned { key, version: 3, fact: () };
        let at = |version, heard| Some(At { version, heard });
        let replace = |heard| Verdict::Replace(&owned, At { version: 3, heard });
        let fill = Mending::filling(owned.clone());
        assert_eq!(fill.verdict(None), replace(3));
        assert_eq!(fill.verdict(at(2, 5)), replace(5), "it has heard of more");
        assert_eq!(fill.verdict(at(3, 3)), replace(3), "as new, and perhaps damaged");
        assert_eq!(fill.verdict(at(4, 4)), Verdict::Leave);

        let mend = Mending { seen: at(9, 9), ..fill };
        assert_eq!(mend.verdict(at(9, 9)), replace(3), "no owner ever had version 9");
        assert_eq!(mend.verdict(at(10, 10)), Verdict::Leave);
        let gone = Mending { owned: None, ..mend };
        assert_eq!((gone.verdict(at(9, 9)), gone.verdict(at(10, 10))), (Verdict::Remove, Verdict::Leave));
    }
}
