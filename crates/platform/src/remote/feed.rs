//! The log of a module in another process.

use std::future::Future;
use std::sync::OnceLock;
use std::time::Duration;

use kernel::{ApiError, BoxFut, CallCtx, Timestamp, WireReply};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::runtime::Handle;
use tokio::sync::watch;
use uuid::Uuid;

use super::Link;
use crate::events::EventVersion;
use crate::events::feed::{Ahead, Feed, Heard, LocalFeed, Logged};
use crate::store::StoreError;

/// For how long the owner keeps somebody waiting who wants to hear of news.
const LONG_POLL: Duration = Duration::from_secs(10);
/// The answer of such a wait, on its way back.
const GRACE: Duration = Duration::from_secs(5);
/// Before an owner is asked again who was away.
const RETRY_AFTER: Duration = Duration::from_millis(250);

const READ: &str = "feed/read";
const WAIT: &str = "feed/wait";
const AHEAD: &str = "feed/ahead";
const UNREADABLE: &str = "feed/unreadable";
const ACKNOWLEDGE: &str = "feed/acknowledge";

#[derive(Serialize, Deserialize)]
struct Read {
    after: i64,
    limit: i64,
}

#[derive(Serialize, Deserialize)]
struct Page {
    log_id: Uuid,
    events: Vec<Logged>,
    complete_until: Option<Timestamp>,
}

/// What the asker knows: nothing at first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct News {
    /// Of the owner's process: another one counts anew.
    process: Uuid,
    generation: u64,
}

#[derive(Serialize, Deserialize)]
struct Unreadable {
    aggregate: String,
    readable: Vec<EventVersion>,
    after: i64,
}

#[derive(Serialize, Deserialize)]
struct Acknowledge {
    subscription: String,
    seq: i64,
}

/// A module's log, read from the process that the module runs in. One request waits there for news, whatever the number of
/// subscriptions.
pub struct RemoteFeed {
    link: Link,
    runtime: Handle,
    /// Rises whenever the log may have grown. Begun by the first who waits.
    bell: OnceLock<watch::Receiver<u64>>,
}

impl RemoteFeed {
    pub fn new(link: Link, runtime: Handle) -> RemoteFeed {
        RemoteFeed { link, runtime, bell: OnceLock::new() }
    }

    async fn ask<Q: Serialize, R: DeserializeOwned>(
        &self,
        cx: &CallCtx,
        method: &str,
        request: &Q,
    ) -> Result<R, StoreError> {
        ask(&self.link, cx, method, request).await.map_err(failed)
    }

    fn bell(&self) -> &watch::Receiver<u64> {
        self.bell.get_or_init(|| {
            let (ring, bell) = watch::channel(0);
            self.runtime.spawn(listen(self.link.clone(), ring));
            bell
        })
    }
}

impl Feed for RemoteFeed {
    fn source(&self) -> &'static str {
        self.link.module()
    }

    fn read<'a>(&'a self, cx: &'a CallCtx, after: i64, limit: i64) -> BoxFut<'a, Result<Heard, StoreError>> {
        Box::pin(async move {
            // Before the rows are read: what is committed meanwhile is for the next time.
            let generation = *self.bell().borrow();
            let Page { log_id, events, complete_until } = self.ask(cx, READ, &Read { after, limit }).await?;
            Ok(Heard { log_id, events, complete_until, generation })
        })
    }

    fn wait(&self, generation: u64) -> BoxFut<'static, ()> {
        let mut bell = self.bell().clone();
        Box::pin(async move {
            // Fails only when nobody listens any more.
            let _ = bell.wait_for(|now| *now != generation).await;
        })
    }

    fn ahead<'a>(&'a self, cx: &'a CallCtx, seq: i64) -> BoxFut<'a, Result<Ahead, StoreError>> {
        Box::pin(async move { self.ask(cx, AHEAD, &seq).await })
    }

    fn unreadable<'a>(
        &'a self,
        cx: &'a CallCtx,
        aggregate: &'a str,
        readable: Vec<EventVersion>,
        after: i64,
    ) -> BoxFut<'a, Result<Vec<EventVersion>, StoreError>> {
        let request = Unreadable { aggregate: aggregate.to_owned(), readable, after };
        Box::pin(async move { self.ask(cx, UNREADABLE, &request).await })
    }

    fn acknowledge<'a>(
        &'a self,
        cx: &'a CallCtx,
        subscription: &'a str,
        seq: i64,
    ) -> BoxFut<'a, Result<i64, StoreError>> {
        let request = Acknowledge { subscription: subscription.to_owned(), seq };
        Box::pin(async move { self.ask(cx, ACKNOWLEDGE, &request).await })
    }
}

async fn ask<Q: Serialize, R: DeserializeOwned>(
    link: &Link,
    cx: &CallCtx,
    method: &str,
    request: &Q,
) -> Result<R, ApiError<std::convert::Infallible>> {
    let incompatible = |error: serde_json::Error| ApiError::Incompatible(format!("{method}: {error}"));
    let body = serde_json::to_vec(request).map_err(incompatible)?;
    match link.ask(method, cx, body, None).await? {
        Ok(reply) => serde_json::from_slice(&reply).map_err(incompatible),
        Err(_) => Err(ApiError::Incompatible(format!("{method} was refused"))),
    }
}

/// To a listener a log that cannot be read is away, for whatever reason: it tries again, and loses nothing.
fn failed(error: ApiError<std::convert::Infallible>) -> StoreError {
    match error {
        ApiError::DeadlineExceeded => StoreError::Timeout,
        ApiError::Unavailable(why) => StoreError::Unavailable(why),
        other => StoreError::Unavailable(other.to_string()),
    }
}

/// Rings whenever the owner says that its log has grown, and when it has been away: nobody knows what it did meanwhile.
async fn listen(link: Link, ring: watch::Sender<u64>) {
    let mut known: Option<News> = None;
    loop {
        let cx = CallCtx::system("feed", LONG_POLL.saturating_add(GRACE));
        let news = tokio::select! {
            news = ask::<_, News>(&link, &cx, WAIT, &known) => news,
            () = ring.closed() => return,
        };
        match news {
            Ok(news) if known == Some(news) => {}
            Ok(news) => {
                known = Some(news);
                ring.send_modify(|count| *count = count.wrapping_add(1));
            }
            Err(error) => {
                tracing::debug!(module = link.module(), %error, "the log cannot be waited for");
                known = None;
                tokio::time::sleep(RETRY_AFTER).await;
            }
        }
    }
}

/// The owner's side of the log, for those in other processes.
pub(super) struct Served {
    feed: LocalFeed,
    /// Tells two runs of the owner apart.
    process: Uuid,
}

impl Served {
    pub(super) fn new(feed: LocalFeed, process: Uuid) -> Served {
        Served { feed, process }
    }

    /// `None` if this is no method of a log.
    pub(super) async fn answer(
        &self,
        method: &str,
        cx: &CallCtx,
        body: &[u8],
        stopping: impl Future<Output = ()>,
    ) -> Option<WireReply> {
        let feed = &self.feed;
        Some(match method {
            READ => answer(body, async |Read { after, limit }| self.page(cx, after, limit).await).await,
            WAIT => answer(body, async |known| self.news(known, stopping).await).await,
            AHEAD => answer(body, async |seq| feed.ahead(cx, seq).await).await,
            UNREADABLE => {
                answer(body, async |Unreadable { aggregate, readable, after }| {
                    feed.unreadable(cx, &aggregate, readable, after).await
                })
                .await
            }
            ACKNOWLEDGE => {
                answer(body, async |Acknowledge { subscription, seq }| {
                    feed.acknowledge(cx, &subscription, seq).await
                })
                .await
            }
            _ => return None,
        })
    }

    async fn page(&self, cx: &CallCtx, after: i64, limit: i64) -> Result<Page, StoreError> {
        let Heard { log_id, events, complete_until, .. } = self.feed.read(cx, after, limit).await?;
        Ok(Page { log_id, events, complete_until })
    }

    /// At once if there is news, else when there is, or after a while.
    async fn news(
        &self,
        known: Option<News>,
        stopping: impl Future<Output = ()>,
    ) -> Result<News, StoreError> {
        if let Some(News { process, generation }) = known
            && process == self.process
        {
            tokio::select! {
                () = self.feed.wait(generation) => {}
                () = tokio::time::sleep(LONG_POLL) => {}
                // Who asked looks elsewhere, or later.
                () = stopping => return Err(StoreError::Unavailable("the process stops".to_owned())),
            }
        }
        Ok(News { process: self.process, generation: self.feed.generation() })
    }
}

async fn answer<Q: DeserializeOwned, R: Serialize>(
    body: &[u8],
    work: impl AsyncFnOnce(Q) -> Result<R, StoreError>,
) -> WireReply {
    let incompatible = |error: serde_json::Error| ApiError::Incompatible(error.to_string());
    let request = serde_json::from_slice(body).map_err(incompatible)?;
    let reply = work(request).await.map_err(StoreError::into_api)?;
    serde_json::to_vec(&reply).map_err(incompatible).map(Ok)
}
