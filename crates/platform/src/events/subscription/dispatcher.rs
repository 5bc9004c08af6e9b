//! Carries events from a feed to a listener, one subscription at a time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use kernel::{CallCtx, Timestamp};
use uuid::Uuid;

use super::super::feed::Heard;
use super::apply::{self, Done, Step};
use super::pages::Pages;
use super::rows::{self, Row};
use super::trouble::FIRST_WAIT;
use super::{Fault, Subscription};
use crate::backoff;
use crate::store::{Engine, Store, StoreError, Time, Tx};
use crate::workers::{Beat, Workers};
use crate::{Foundation, bug};

/// Events in one transaction. A module's other writes wait for it.
const PAGE: i64 = 500;
/// For how long a subscription is one instance's work.
/// After a crash it is nobody's for as long, and what orders let go must be free again 5 s later.
const LEASE: Duration = Duration::from_secs(4);
const BUDGET: Duration = Duration::from_secs(5);
/// How long events gather after some were applied. Those that come when all is quiet are heard at once.
const GATHER: Duration = Duration::from_millis(40);
/// How often somebody looks who was not woken: on PostgreSQL other instances append, too, and their bell may be out of
/// order.
const LOOK_POSTGRES: Duration = Duration::from_millis(500);
/// On SQLite only to say that nothing has come.
const LOOK_SQLITE: Duration = Duration::from_secs(5);
/// How old the note of when everything was heard may get while nothing comes.
const NOTE_EVERY: Duration = Duration::from_secs(5);

/// One subscription, as this process serves it. Cheap to clone.
#[derive(Clone)]
pub struct Dispatcher {
    pub(super) foundation: Foundation,
    pub(super) subscription: Arc<Subscription>,
    /// Who we are, for leases.
    owner: Uuid,
    /// How long to wait for the bell.
    look_every: Duration,
    gather: Duration,
    page: i64,
    /// Whether the source knows of it, and it of the source.
    introduced: Arc<AtomicBool>,
}

/// What to do after a look at the feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// There may be more.
    Look,
    /// There may be more soon: a busy source is heard in few large steps rather than in many small ones.
    Gather,
    /// All is applied; the feed rings when there is more than in this generation.
    Wait(u64),
    /// It is somebody else's, paused, or waits for its next attempt.
    Rest(Duration),
}

impl Dispatcher {
    pub fn new(foundation: Foundation, subscription: Subscription) -> Dispatcher {
        let owner = foundation.ids.uuid(foundation.clock.now());
        let look_every = match foundation.store.engine() {
            Engine::Sqlite => LOOK_SQLITE,
            Engine::Postgres => LOOK_POSTGRES,
        };
        let (subscription, introduced) = (Arc::new(subscription), Arc::default());
        Dispatcher { foundation, subscription, owner, look_every, gather: GATHER, page: PAGE, introduced }
    }

    /// The same, but relying on the bell for longer.
    #[must_use]
    pub fn look_every(self, look_every: Duration) -> Dispatcher {
        Dispatcher { look_every, ..self }
    }

    /// The same, but leaving a busy source more time between two steps: for a listener that nobody waits for.
    #[must_use]
    pub fn gathering(self, gather: Duration) -> Dispatcher {
        Dispatcher { gather, ..self }
    }

    /// The same, but with so many events in one transaction: for a listener whose module writes little else.
    #[must_use]
    pub fn paging(self, page: i64) -> Dispatcher {
        Dispatcher { page, ..self }
    }

    pub fn subscription(&self) -> &Subscription {
        &self.subscription
    }

    pub(super) fn cx(&self) -> CallCtx {
        CallCtx::system(self.subscription.name(), BUDGET)
    }

    /// Writes the subscriptions of one module down, where they are new. For the start of a process: on SQLite, where there is
    /// one, it takes the leases that a crash has left.
    ///
    /// # Errors
    /// [`StoreError::Migration`] when the store has one that is not among them: without its listener its events
    /// would wait unnoticed.
    pub async fn register(store: &Store, all: &[Dispatcher]) -> Result<(), StoreError> {
        let of: Vec<Arc<Subscription>> = all.iter().map(|one| Arc::clone(&one.subscription)).collect();
        let cx = CallCtx::system("subscriptions", BUDGET);
        let alone = store.engine() == Engine::Sqlite;
        let known = move |tx: &mut Tx<'_>| {
            of.iter().try_for_each(|one| rows::register(tx, one))?;
            if alone {
                rows::end_leases(tx)?;
            }
            rows::names(tx)
        };
        let stored = store.write(&cx, "platform.register_subscriptions", known).await?;
        let named = |name: &String| all.iter().any(|one| one.subscription.name() == name);
        match stored.into_iter().find(|name| !named(name)) {
            None => Ok(()),
            Some(orphan) => Err(StoreError::Migration(format!(
                "{} has the subscription {orphan}, which this version does not serve; delete its row from `subscription` \
                 if it is no longer wanted",
                store.module()
            ))),
        }
    }

    /// Tells the source who listens, once, and checks that the listener can read what it is yet to hear. Nothing is heard before
    /// that.
    ///
    /// # Errors
    /// [`StoreError::Migration`] when it cannot; [`StoreError`], of either store.
    pub async fn introduce(&self) -> Result<(), StoreError> {
        if self.introduced.load(Ordering::Relaxed) {
            return Ok(());
        }
        self.acknowledge().await?;
        self.check_types().await?;
        self.introduced.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// Checks that the listener can read every type of event that it is yet to hear, in its version.
    ///
    /// # Errors
    /// [`StoreError::Migration`] when it cannot; [`StoreError`], of either store.
    pub async fn check_types(&self) -> Result<(), StoreError> {
        let Subscription { name, feed, aggregate, readable, .. } = &*self.subscription;
        let seq = self.row().await?.seq;
        let unreadable = feed.unreadable(&self.cx(), aggregate, readable(), seq).await?;
        if unreadable.is_empty() {
            return Ok(());
        }
        let named = unreadable.iter().map(|of| format!("{} in version {}", of.event_type, of.version));
        Err(StoreError::Migration(format!(
            "the subscription {name} is yet to hear {} from {}, which this version cannot read",
            named.collect::<Vec<_>>().join(", "),
            feed.source()
        )))
    }

    /// Serves the subscription in the background.
    pub fn start(&self, workers: &Workers) {
        let this = self.clone();
        workers.spawn(self.subscription.name(), move |beat| async move {
            let mut pages = this.pages();
            loop {
                beat.show();
                match this.look(&mut pages).await {
                    Ok(Next::Look) => {}
                    Ok(Next::Gather) => tokio::time::sleep(this.gather).await,
                    Ok(Next::Wait(generation)) => this.wait(&beat, generation).await,
                    Ok(Next::Rest(time)) => beat.rest(time).await,
                    Err(error) => {
                        let name = this.subscription.name();
                        tracing::warn!(subscription = name, %error, "cannot hear events for now");
                        beat.rest(FIRST_WAIT).await;
                    }
                }
            }
        });
    }

    /// Leaves the subscription to others. To be called once the worker has stopped.
    ///
    /// # Errors
    /// [`StoreError`]; the lease then runs out by itself.
    pub async fn leave(&self) -> Result<(), StoreError> {
        let (name, owner) = (self.subscription.name(), self.owner);
        let leave = move |tx: &mut Tx<'_>| rows::unlease(tx, name, owner);
        self.foundation.store.write(&self.cx(), "platform.leave_subscription", leave).await
    }

    async fn wait(&self, beat: &Beat, generation: u64) {
        // Instances that started together need not look together.
        let jitter = backoff::jitter(self.look_every / 4, &self.foundation.ids, self.foundation.clock.now());
        let most = self.look_every.saturating_add(jitter);
        beat.show();
        // Running out of time is the ordinary case.
        let _ = tokio::time::timeout(most, self.subscription.feed.wait(generation)).await;
    }

    /// Applies all that there is, whoever's work it is, and returns once nothing is left; what fails is left to its next
    /// attempt. For tests and one-off commands.
    ///
    /// # Errors
    /// [`StoreError`] when the tables cannot be used.
    pub async fn catch_up(&self) -> Result<(), StoreError> {
        let mut pages = self.pages();
        loop {
            let row = self.row().await?;
            if row.paused || row.next_at.is_some_and(|at| at.0 > self.foundation.clock.now()) {
                return Ok(());
            }
            let heard = pages.after(&self.cx(), row.seq).await?;
            if heard.events.is_empty() && heard.complete_until.is_some() {
                return self.note(&row, &heard).await;
            }
            if heard.events.is_empty() {
                // Committed, and not in the log yet.
                let _ =
                    tokio::time::timeout(LOOK_POSTGRES / 10, self.subscription.feed.wait(heard.generation))
                        .await;
                continue;
            }
            self.advance(&row, heard, &mut pages).await?;
        }
    }

    async fn look(&self, pages: &mut Pages) -> Result<Next, StoreError> {
        self.introduce().await?;
        let (row, now) = (self.row().await?, self.foundation.clock.now());
        if row.paused {
            return Ok(Next::Rest(FIRST_WAIT));
        }
        if let Some(next_at) = row.next_at.filter(|at| at.0 > now) {
            return Ok(Next::Rest(next_at.0.since(now).min(FIRST_WAIT)));
        }
        if !self.holds(&row, now).await? {
            return Ok(Next::Rest(LEASE / 4));
        }
        let heard = pages.after(&self.cx(), row.seq).await?;
        if heard.events.is_empty() {
            self.note(&row, &heard).await?;
            return Ok(Next::Wait(heard.generation));
        }
        self.advance(&row, heard, pages).await
    }

    async fn row(&self) -> Result<Row, StoreError> {
        let name = self.subscription.name();
        self.foundation.store.peek(&self.cx(), move |db| rows::find(db, name)).await
    }

    fn pages(&self) -> Pages {
        Pages::of(Arc::clone(&self.subscription), self.page)
    }

    /// Whether the lease is ours for a while yet, or again.
    async fn holds(&self, row: &Row, now: Timestamp) -> Result<bool, StoreError> {
        let ours = row.lease_owner.is_some_and(|owner| owner.0 == self.owner);
        if ours && row.lease_until.is_some_and(|until| until.0 > now.saturating_add(LEASE / 2)) {
            return Ok(true);
        }
        let (name, owner) = (self.subscription.name(), self.owner);
        let lease = move |tx: &mut Tx<'_>| rows::lease(tx, name, owner, now, LEASE);
        self.foundation.store.write(&self.cx(), "platform.lease_subscription", lease).await
    }

    /// Writes down how far everything was heard, now and then.
    async fn note(&self, row: &Row, heard: &Heard) -> Result<(), StoreError> {
        let Some(until) = heard.complete_until else { return Ok(()) };
        let recent = |noted: Time| until.since(noted.0) < NOTE_EVERY;
        if row.heard_until.is_some_and(recent) || row.is_of_another_log(heard.log_id) {
            return Ok(());
        }
        let (name, log_id, seq) = (self.subscription.name(), heard.log_id, row.seq);
        let note = move |tx: &mut Tx<'_>| rows::advance(tx, name, log_id, (seq, seq), Some(until));
        self.foundation.store.write(&self.cx(), "platform.note_heard", note).await.map(drop)
    }

    async fn advance(&self, row: &Row, heard: Heard, pages: &mut Pages) -> Result<Next, StoreError> {
        if row.is_of_another_log(heard.log_id) {
            return self.stop("the source's log is another one: restored from a backup?").await;
        }
        let begin = heard.events.first().map_or(0, |first| first.seq.saturating_sub(1));
        if row.seq < begin {
            return self.skip(row.seq, begin).await;
        }
        let Heard { log_id, events, complete_until, .. } = heard;
        let full = pages.is_full(&events);
        let step = Step { log_id, from: row.seq, events: events.into(), heard_until: complete_until };
        let apply = self.apply(step.clone());
        let done = if full { pages.beside(&self.cx(), step.to(), apply).await } else { apply.await };
        match done {
            Ok(_) => return Ok(if full { Next::Look } else { Next::Gather }),
            Err(fault) => fault.outage().cloned().map_or(Ok(()), Err)?,
        }
        // One of them is at fault.
        for single in step.singles() {
            match self.apply(single.clone()).await {
                Ok(Done::Applied) => {}
                Ok(Done::Overtaken) => return Ok(Next::Look),
                Err(fault) => return self.failed(row, single, &fault).await,
            }
        }
        Ok(Next::Look)
    }

    async fn apply(&self, step: Step) -> Result<Done, Fault> {
        let (subscription, foundation, cx) =
            (Arc::clone(&self.subscription), self.foundation.clone(), self.cx());
        bug!(CursorApart => if !self.move_cursor(&step).await? { return Ok(Done::Overtaken) });
        let done = self
            .foundation
            .store
            .write(&self.cx(), self.subscription.name(), move |tx| {
                apply::apply(tx, &subscription, &foundation.change(&cx), &step)
            })
            .await?;
        if let (Done::Applied, Some(bell)) = (done, &self.subscription.bell) {
            bell.notify_one();
        }
        Ok(done)
    }

    /// In a transaction of its own.
    #[cfg(feature = "deliberate-bugs")]
    async fn move_cursor(&self, step: &Step) -> Result<bool, StoreError> {
        let (name, log_id, places, until) =
            (self.subscription.name(), step.log_id, (step.from, step.to()), step.heard_until);
        let advance = move |tx: &mut Tx<'_>| rows::advance(tx, name, log_id, places, until);
        self.foundation.store.write(&self.cx(), "platform.move_cursor", advance).await
    }
}
