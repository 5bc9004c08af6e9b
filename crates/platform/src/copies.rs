//! Copies that a module keeps of what another one owns, compared with their owner and made anew from it.
//!
//! A copy says from which version of the owner's thing it is, and may have heard of a newer one: that is a gap which everybody
//! can see, and not a fault. A copy that differs from its owner at its own version is one, and so is a copy that nothing tells
//! of being behind.

mod mending;
mod merge;

use std::collections::BTreeMap;
use std::fmt::Display;
use std::time::Duration;

use kernel::{BoxFut, CallCtx};

pub use self::mending::{Mending, Verdict, Verdicts, judge};
use self::merge::{Drift, merge};
use crate::events::subscription::Dispatcher;
use crate::patience::Patience;
use crate::store::{Db, StoreError, Tx};
use crate::{Change, Foundation, Violation};

/// Things that are compared at once.
pub const PAGE: u32 = 100;
/// At a page where something is on its way, when all patience was needed before.
const LOOKS: u8 = 2;
/// Every cached copy equals its source at its source version.
const INVARIANT: u8 = 10;

/// A thing as its owner has it.
#[derive(Clone, Debug, PartialEq)]
pub struct Owned<K, F> {
    pub key: K,
    pub version: i64,
    pub fact: F,
}

/// A thing as a copy has it.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept<K, F> {
    pub key: K,
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

impl At {
    /// Of a copy whose events say all there is to copy.
    pub fn told(version: i64) -> At {
        At { version, heard: version }
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

/// A page of a walk.
pub type Page<T> = Result<Vec<T>, StoreError>;

/// One that is asked for.
pub type Walked<'a, T> = BoxFut<'a, Page<T>>;

/// One kind of copies, as the module that keeps them gives them.
pub trait Copies: Send + Sync + 'static {
    /// What a thing is known by. Both walks are in this order; of text that is the order of its bytes
    /// ([`by_bytes`](crate::store::by_bytes)).
    type Key: Clone + Ord + Send + Sync + 'static;

    /// What is copied.
    type Fact: Clone + PartialEq + Send + Sync + 'static;

    /// Such as `order.customer_copies`.
    fn name(&self) -> &'static str;

    /// What people call the thing behind a key.
    fn subject(&self, key: &Self::Key) -> String;

    /// By which events it hears that there is something newer.
    fn feed(&self) -> &Dispatcher;

    /// Whether a copy that is not as its owner has it, or that there is none, is as good as one that is, since no event
    /// tells of what is otherwise. The copy is never from a newer version. By default events tell everything.
    fn is_as_good(
        &self,
        _kept: Option<&Kept<Self::Key, Self::Fact>>,
        _owned: &Owned<Self::Key, Self::Fact>,
    ) -> bool {
        false
    }

    /// At most [`PAGE`] copies, in the order of their keys, after one of them.
    fn page(db: &mut Db<'_>, after: Option<Self::Key>) -> Page<Kept<Self::Key, Self::Fact>>;

    /// At most [`PAGE`] things of the owner, in the same order.
    fn owned<'a>(
        &'a self,
        cx: &'a CallCtx,
        after: Option<Self::Key>,
    ) -> Walked<'a, Owned<Self::Key, Self::Fact>>;

    /// Makes copies anew. The owner is not touched.
    fn mend(
        tx: &mut Tx<'_>,
        change: &Change,
        all: &[Mending<Self::Key, Self::Fact>],
    ) -> Result<(), StoreError>;

    /// What a walk fails with when the owner does not answer.
    fn away(&self, error: impl Display) -> StoreError {
        StoreError::Unavailable(format!("{}: {error}", self.feed().subscription().source()))
    }
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
    let foundation = copies.feed().foundation();
    let (patience, mut found, mut looks) = (Patience::begin(), Vec::new(), 0);
    let mut after: Option<C::Key> = None;
    loop {
        // The copies first: whatever they have, the owner has had by the time it is asked.
        let place = after.clone();
        let kept = foundation.store.read(cx, move |db| C::page(db, place)).await?;
        let owned = copies.owned(cx, after.clone()).await?;
        let page = merge(kept, owned, |kept, owned| copies.is_as_good(kept, owned));
        let within = if looks < LOOKS { Duration::MAX } else { Patience::SETTLES_WITHIN };
        if page.drifts.iter().any(Drift::may_settle) && patience.look_again(within).await {
            looks = looks.saturating_add(1);
            continue;
        }
        looks = 0;
        let heard_all = has_heard_all(copies.feed()).await?;
        let told = page.drifts.iter().filter(|drift| heard_all || !drift.may_settle());
        found.extend(told.filter_map(|drift| {
            let subject = format!("{} {}", Copies::name(copies), copies.subject(&drift.mending.key));
            Some(Violation { invariant: INVARIANT, subject, detail: drift.fault.as_ref()?.to_string() })
        }));
        if repair && !page.drifts.is_empty() {
            let all: Vec<_> = page.drifts.into_iter().map(|drift| drift.mending).collect();
            mend::<C>(foundation, cx, all).await?;
        }
        match page.last {
            Some(last) => after = Some(last),
            None => return Ok(found),
        }
    }
}

async fn mend<C: Copies>(
    foundation: &Foundation,
    cx: &CallCtx,
    all: Vec<Mending<C::Key, C::Fact>>,
) -> Result<(), StoreError> {
    let change = foundation.change(cx);
    foundation.store.write(cx, "platform.mend_copies", move |tx| C::mend(tx, &change, &all)).await
}

/// What is not heard yet need not be copied.
async fn has_heard_all(feed: &Dispatcher) -> Result<bool, StoreError> {
    Ok(feed.ahead().await?.events == 0)
}
