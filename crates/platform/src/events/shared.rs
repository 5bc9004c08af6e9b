//! A log that several listen to in one process: its newest events are kept, so that each is read once, and its fact with it,
//! however many listen. Whoever is further behind reads for himself.

use std::collections::VecDeque;
use std::sync::Arc;

use kernel::{BoxFut, CallCtx};
use tokio::sync::Mutex;
use uuid::Uuid;

use super::EventVersion;
use super::feed::{Ahead, Feed, Heard, Logged};
use crate::store::StoreError;

/// Events that are kept of a log. Listeners that keep up are less than this apart in a busy shop.
const KEPT: usize = 1_000;

/// The log of a module, wherever that is.
pub struct SharedFeed {
    feed: Arc<dyn Feed>,
    newest: Mutex<Newest>,
}

/// The newest events that somebody has read.
#[derive(Default)]
struct Newest {
    /// None before anybody has.
    log_id: Option<Uuid>,
    /// Where they begin: after this place.
    after: i64,
    events: VecDeque<Logged>,
}

impl SharedFeed {
    pub fn new(feed: Arc<dyn Feed>) -> SharedFeed {
        SharedFeed { feed, newest: Mutex::default() }
    }

    async fn read_on(&self, cx: &CallCtx, after: i64, limit: i64) -> Result<Heard, StoreError> {
        // One at a time: who comes next finds what this one has read.
        let mut newest = self.newest.lock().await;
        let Some(known) = newest.end_of(after) else {
            drop(newest);
            return self.read_anew(cx, after, limit).await;
        };
        let heard = self.feed.read(cx, known, limit).await?;
        // Otherwise the log is another one, or events were deleted that nobody here has read.
        let next = heard.events.first().map_or(known, |first| first.seq.saturating_sub(1));
        if newest.log_id != Some(heard.log_id) || next != known {
            *newest = Newest::default();
            drop(newest);
            return self.read_anew(cx, after, limit).await;
        }
        newest.events.extend(heard.events);
        let events = newest.after(after, limit);
        let all = events.last().map_or(after, |last| last.seq) == newest.end();
        newest.forget();
        Ok(Heard { events, complete_until: heard.complete_until.filter(|_| all), ..heard })
    }

    async fn read_anew(&self, cx: &CallCtx, after: i64, limit: i64) -> Result<Heard, StoreError> {
        let heard = self.feed.read(cx, after, limit).await?;
        if heard.complete_until.is_some() {
            let read =
                Newest { log_id: Some(heard.log_id), after, events: heard.events.iter().cloned().collect() };
            let mut newest = self.newest.lock().await;
            if newest.log_id != read.log_id || newest.end() <= read.end() {
                *newest = read;
                newest.forget();
            }
        }
        Ok(heard)
    }
}

impl Newest {
    /// The last place that is known, if everything between it and `after` is.
    fn end_of(&self, after: i64) -> Option<i64> {
        let end = self.end();
        (self.log_id.is_some() && (self.after..=end).contains(&after)).then_some(end)
    }

    fn end(&self) -> i64 {
        self.events.back().map_or(self.after, |last| last.seq)
    }

    fn after(&self, after: i64, limit: i64) -> Vec<Logged> {
        let first = self.events.partition_point(|logged| logged.seq <= after);
        let limit = usize::try_from(limit).unwrap_or(0);
        self.events.range(first..).take(limit).cloned().collect()
    }

    fn forget(&mut self) {
        let too_many = self.events.len().saturating_sub(KEPT);
        if let Some(last) = self.events.drain(..too_many).next_back() {
            self.after = last.seq;
        }
    }
}

impl Feed for SharedFeed {
    fn source(&self) -> &'static str {
        self.feed.source()
    }

    fn read<'a>(&'a self, cx: &'a CallCtx, after: i64, limit: i64) -> BoxFut<'a, Result<Heard, StoreError>> {
        Box::pin(self.read_on(cx, after, limit))
    }

    fn wait(&self, generation: u64) -> BoxFut<'static, ()> {
        self.feed.wait(generation)
    }

    fn ahead<'a>(&'a self, cx: &'a CallCtx, seq: i64) -> BoxFut<'a, Result<Ahead, StoreError>> {
        self.feed.ahead(cx, seq)
    }

    fn unreadable<'a>(
        &'a self,
        cx: &'a CallCtx,
        aggregate: &'a str,
        readable: Vec<EventVersion>,
        seq: i64,
    ) -> BoxFut<'a, Result<Vec<EventVersion>, StoreError>> {
        self.feed.unreadable(cx, aggregate, readable, seq)
    }

    fn acknowledge<'a>(
        &'a self,
        cx: &'a CallCtx,
        subscription: &'a str,
        seq: i64,
    ) -> BoxFut<'a, Result<i64, StoreError>> {
        self.feed.acknowledge(cx, subscription, seq)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex as Lock;
    use std::time::Duration;

    use kernel::{Clock, Envelope, Event, Ids, SystemClock, Timestamp};
    use serde::{Deserialize, Serialize};

    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);
    const ALL: i64 = 10_000;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(tag = "type", content = "data")]
    enum LampEvent {
        #[serde(rename = "lamp.lit")]
        Lit { lumen: i64 },
    }

    impl Event for LampEvent {
        const AGGREGATE: &'static str = "lamp";
        const TYPES: &'static [&'static str] = &["lamp.lit"];

        fn event_type(&self) -> &'static str {
            "lamp.lit"
        }
    }

    /// A log that counts what is read of it.
    #[derive(Default)]
    struct Log {
        id: Lock<Uuid>,
        events: Lock<Vec<Logged>>,
        read: Lock<usize>,
    }

    impl Log {
        fn grow(&self, count: i64) {
            let mut events = self.events.lock().unwrap();
            for _ in 0..count {
                let seq = events.last().map_or(1, |last| last.seq + 1);
                let event = LampEvent::Lit { lumen: seq };
                events.push(Logged::new(
                    seq,
                    Envelope {
                        event_id: Ids::new().next(SystemClock.now()),
                        event_type: event.event_type().to_owned(),
                        schema_version: 1,
                        occurred_at: NOW,
                        aggregate_type: "lamp".to_owned(),
                        aggregate_id: "lamp".to_owned(),
                        aggregate_version: seq,
                        correlation_id: "test".to_owned(),
                        causation_id: None,
                        traceparent: None,
                        actor: "test".to_owned(),
                        data: event.data().unwrap(),
                    },
                ));
            }
        }

        /// Events that were read since this was asked last.
        fn read_since(&self) -> usize {
            std::mem::take(&mut self.read.lock().unwrap())
        }
    }

    impl Feed for Log {
        fn source(&self) -> &'static str {
            "lamps"
        }

        fn read<'a>(
            &'a self,
            _: &'a CallCtx,
            after: i64,
            limit: i64,
        ) -> BoxFut<'a, Result<Heard, StoreError>> {
            let limit = usize::try_from(limit).unwrap();
            let events = self.events.lock().unwrap();
            let events: Vec<Logged> =
                events.iter().filter(|logged| logged.seq > after).take(limit).cloned().collect();
            *self.read.lock().unwrap() += events.len();
            let complete_until = (events.len() < limit).then_some(NOW);
            let heard = Heard { log_id: *self.id.lock().unwrap(), events, complete_until, generation: 0 };
            Box::pin(std::future::ready(Ok(heard)))
        }

        fn wait(&self, _: u64) -> BoxFut<'static, ()> {
            Box::pin(std::future::pending())
        }
    }

    async fn read(feed: &SharedFeed, after: i64, limit: i64) -> Heard {
        feed.read(&CallCtx::system("test", Duration::from_secs(10)), after, limit).await.unwrap()
    }

    fn places(heard: &Heard) -> Vec<i64> {
        heard.events.iter().map(|logged| logged.seq).collect()
    }

    fn shared() -> (Arc<Log>, SharedFeed) {
        let log = Arc::new(Log::default());
        (Arc::clone(&log), SharedFeed::new(log))
    }

    #[tokio::test]
    async fn what_several_hear_is_read_once() {
        let (log, feed) = shared();
        log.grow(3);
        let (one, other) = (read(&feed, 0, ALL).await, read(&feed, 0, ALL).await);
        assert_eq!((places(&one), places(&other), log.read_since()), (vec![1, 2, 3], vec![1, 2, 3], 3));
        let fact = |heard: &Heard| std::ptr::from_ref(heard.events[2].fact::<LampEvent>().unwrap());
        assert_eq!(fact(&one), fact(&other));
        log.grow(2);
        let (ahead, behind) = (read(&feed, 3, ALL).await, read(&feed, 1, ALL).await);
        assert_eq!((places(&ahead), places(&behind), log.read_since()), (vec![4, 5], vec![2, 3, 4, 5], 2));
        assert_eq!((ahead.complete_until, behind.complete_until), (Some(NOW), Some(NOW)));
    }

    #[tokio::test]
    async fn a_page_is_not_longer_than_was_asked_for() {
        let (log, feed) = shared();
        log.grow(3);
        read(&feed, 0, ALL).await;
        log.grow(3);
        let page = read(&feed, 0, 4).await;
        assert_eq!((places(&page), page.complete_until), (vec![1, 2, 3, 4], None));
        let rest = read(&feed, 4, 4).await;
        assert_eq!((places(&rest), rest.complete_until), (vec![5, 6], Some(NOW)));
    }

    #[tokio::test]
    async fn whoever_is_further_behind_reads_for_himself() {
        let (log, feed) = shared();
        log.grow(10);
        read(&feed, 0, ALL).await;
        let kept = i64::try_from(KEPT).unwrap();
        log.grow(kept);
        read(&feed, 10, ALL).await;
        log.read_since();
        assert_eq!(places(&read(&feed, 9, 3).await), [10, 11, 12]);
        assert_eq!(log.read_since(), 3);
        assert_eq!(places(&read(&feed, 10, ALL).await).len(), KEPT);
        assert_eq!(log.read_since(), 0);
    }

    #[tokio::test]
    async fn what_is_kept_is_not_joined_to_what_does_not_follow() {
        let (log, feed) = shared();
        log.grow(5);
        read(&feed, 0, ALL).await;
        log.grow(5);
        log.events.lock().unwrap().drain(..7);
        assert_eq!(places(&read(&feed, 3, ALL).await), [8, 9, 10], "events 6 and 7 are gone");
        *log.id.lock().unwrap() = Uuid::max();
        let heard = read(&feed, 9, ALL).await;
        assert_eq!((heard.log_id, places(&heard)), (Uuid::max(), vec![10]));
        assert_eq!(places(&read(&feed, 0, ALL).await), [8, 9, 10]);
    }
}
