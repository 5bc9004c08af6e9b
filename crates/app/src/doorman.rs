//! Whom bearer tokens stand for, as far as this process knows. The identity module is asked about a credential once; what it said
//! is remembered for as long as its log has told of no change, and this process has heard its log to the end just now.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use identity_api::{
    ApiKeyEvent, ApiKeyKind, Credential, IdentityApi, IdentityError, Presented, PrincipalEvent, RoleEvent,
    SessionEvent, SessionKind, Verified, Verify,
};
use kernel::{ApiError, BoxFut, CallCtx, Clock, Event};
use platform::events::feed::{Feed, Logged};
use platform::http::{Bearer, Bearers, Credentials, Known, Problem};
use platform::store::StoreError;
use platform::workers::Workers;
use uuid::Uuid;

/// What is remembered counts for this long after the log was heard to its end. Together with the time that hearing it takes, a
/// credential that was revoked in another process opens nothing after two seconds.
const TRUSTED: Duration = Duration::from_millis(1_500);
const LISTENS_EVERY: Duration = Duration::from_millis(500);
const HEARS_WITHIN: Duration = Duration::from_secs(1);
const AT_ONCE: i64 = 1_000;

/// Lets people and programs in by what they show. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Doorman {
    bearers: Arc<Bearers>,
    identity: Arc<dyn IdentityApi>,
    log: Arc<dyn Feed>,
    clock: Arc<dyn Clock>,
    born: Instant,
    /// When the log was last heard to its end, in milliseconds after `born`; 0 before.
    heard: Arc<AtomicU64>,
}

impl Doorman {
    pub(crate) fn new(
        bearers: Arc<Bearers>,
        identity: Arc<dyn IdentityApi>,
        log: Arc<dyn Feed>,
        clock: Arc<dyn Clock>,
    ) -> Doorman {
        Doorman { bearers, identity, log, clock, born: Instant::now(), heard: Arc::default() }
    }

    /// Starts hearing what holds no longer.
    pub(crate) fn start(&self, workers: &Workers) {
        let doorman = self.clone();
        workers.spawn("doorman", move |beat| async move {
            let mut place = None;
            loop {
                beat.show();
                let began = Instant::now();
                let generation = match doorman.listen(&mut place).await {
                    Ok((generation, complete)) => {
                        if complete {
                            doorman.note(began);
                        }
                        Some(generation)
                    }
                    Err(error) => {
                        tracing::debug!(%error, "the log of the identity module cannot be heard");
                        None
                    }
                };
                let bell = async {
                    match generation {
                        Some(generation) => doorman.log.wait(generation).await,
                        None => std::future::pending().await,
                    }
                };
                // Whichever comes first.
                let _ = tokio::time::timeout(LISTENS_EVERY, bell).await;
            }
        });
    }

    /// Hears what is new. `place` is in the log of that id.
    async fn listen(&self, place: &mut Option<(Uuid, i64)>) -> Result<(u64, bool), StoreError> {
        let cx = CallCtx::system("doorman", HEARS_WITHIN);
        let (known, after) = match *place {
            Some((log, seq)) => (Some(log), seq),
            // What is there already is in what the module answers from now on.
            None => (None, self.log.ahead(&cx, 0).await?.events),
        };
        let heard = self.log.read(&cx, after, AT_ONCE).await?;
        let follows = heard.events.first().is_none_or(|first| first.seq == after.saturating_add(1));
        if known.is_some_and(|log| log != heard.log_id) || !follows {
            // Another log, such as a backup that was restored, or events that nobody can hear any more.
            self.bearers.forget_all();
            *place = None;
            return Ok((heard.generation, false));
        }
        heard.events.iter().for_each(|logged| self.apply(logged));
        *place = Some((heard.log_id, heard.events.last().map_or(after, |last| last.seq)));
        Ok((heard.generation, heard.complete_until.is_some()))
    }

    fn apply(&self, logged: &Logged) {
        let aggregate = logged.event.aggregate_type.as_str();
        let read = match aggregate {
            SessionEvent::AGGREGATE => {
                logged.event.read().map(|SessionEvent::Ended { session_id, .. }| {
                    self.bearers.forget(session_id.uuid());
                })
            }
            PrincipalEvent::AGGREGATE => logged.event.read().map(|event| match event {
                PrincipalEvent::Updated { principal, .. } => self.bearers.forget_principal(&principal),
                PrincipalEvent::Created { .. } => {}
            }),
            ApiKeyEvent::AGGREGATE => logged.event.read().map(|event| match event {
                ApiKeyEvent::Revoked { api_key_id } => self.bearers.forget(api_key_id.uuid()),
                ApiKeyEvent::Created { .. } => {}
            }),
            RoleEvent::AGGREGATE => logged.event.read().map(|event| match event {
                RoleEvent::Updated { .. } | RoleEvent::Removed { .. } => self.bearers.forget_all(),
                RoleEvent::Created { .. } => {}
            }),
            _ => Ok(()),
        };
        if let Err(error) = read {
            // A newer module tells what this process does not understand: that may be anything.
            tracing::warn!(%error, aggregate, "an event of the identity module cannot be read");
            self.bearers.forget_all();
        }
    }

    fn note(&self, began: Instant) {
        let millis = began.saturating_duration_since(self.born).as_millis();
        self.heard.store(u64::try_from(millis).unwrap_or(u64::MAX).max(1), Ordering::Release);
    }

    /// Whether what is remembered can be relied on.
    fn is_current(&self) -> bool {
        let heard = self.heard.load(Ordering::Acquire);
        heard > 0 && self.born.elapsed().saturating_sub(Duration::from_millis(heard)) < TRUSTED
    }

    async fn find(&self, cx: &CallCtx, presented: Presented) -> Result<Option<Bearer>, Problem> {
        let (id, digest, session) = match presented {
            Presented::Session { id, digest } => (id.uuid(), digest.0, Some(id.uuid())),
            Presented::ApiKey { id, digest } => (id.uuid(), digest.0, None),
        };
        let current = self.is_current();
        if current && let Some(bearer) = self.bearers.get(id, &digest, self.clock.now()) {
            return Ok(Some(bearer));
        }
        let epoch = self.bearers.epoch();
        match self.identity.verify(cx, Verify { presented }).await {
            Ok(Verified { principal, permissions, expires_at }) => {
                let bearer = Bearer { principal, permissions, session };
                if current {
                    self.bearers.put(epoch, id, Known { bearer: bearer.clone(), digest, expires_at });
                }
                Ok(Some(bearer))
            }
            Err(ApiError::Domain(IdentityError::UnknownCredential | IdentityError::UnknownLetter)) => {
                Ok(None)
            }
            Err(error) => Err(Problem::from(&error)),
        }
    }
}

impl Credentials for Doorman {
    fn bearer<'a>(&'a self, cx: &'a CallCtx, token: &'a str) -> BoxFut<'a, Result<Option<Bearer>, Problem>> {
        Box::pin(async move {
            match presented(token) {
                Some(presented) => self.find(cx, presented).await,
                None => Ok(None),
            }
        })
    }
}

/// What a token says that it is; nobody is asked about anything else.
fn presented(token: &str) -> Option<Presented> {
    if let Ok(Credential::<SessionKind> { id, digest }) = token.parse() {
        return Some(Presented::Session { id, digest });
    }
    let Credential::<ApiKeyKind> { id, digest } = token.parse().ok()?;
    Some(Presented::ApiKey { id, digest })
}
