//! Sending messages: the effects that were decided on with them. No transaction is open meanwhile.

use std::collections::HashMap;
use std::fmt::Display;
use std::future::ready;
use std::sync::Arc;
use std::time::Duration;

use customer_api::{CustomerApi, CustomerId};
use kernel::{BoxFut, CallCtx, Timestamp};
use notification_api::{Message, MessageId, MessageStatus, Suppression};
use order_api::OrderApi;
use platform::Foundation;
use platform::effects::{Call, Effect, Handler, Outcome, Policy, Settled};
use platform::store::{StoreError, Tx};

use crate::judge::{Sources, Verdict, judge_alert};
use crate::letter::Letter;
use crate::mail::{Mail, Party};
use crate::settings::Settings;
use crate::store::messages::{self, Stored};
use crate::transport::Transport;

/// The kind of the effects.
pub(crate) const MAIL: &str = "notification.mail";

/// Why a message was not sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Undelivered {
    /// It may go well another time.
    Later(String),
    /// It never will.
    Never(String),
}

/// Sends mails.
#[derive(Clone)]
pub(crate) struct Postman {
    pub foundation: Foundation,
    pub settings: Arc<Settings>,
    pub transport: Arc<Transport>,
    pub customers: Arc<dyn CustomerApi>,
    pub orders: Arc<dyn OrderApi>,
}

/// What is to be done about the message of each key.
type Verdicts = HashMap<String, (Message, Result<Verdict, Undelivered>)>;

impl Handler for Postman {
    fn kind(&self) -> &'static str {
        MAIL
    }

    /// A mail server may be away for the better part of a day before anything is given up: the first waits are seconds, the
    /// later ones half an hour at most.
    fn policy(&self) -> Policy {
        Policy {
            concurrency: self.transport.at_once(),
            gather: self.transport.gather(),
            deadline: Duration::from_secs(20),
            attempts: 60,
            first_wait: Duration::from_secs(5),
            longest_wait: Duration::from_secs(30 * 60),
        }
    }

    fn calls<'a>(&'a self, cx: &'a CallCtx, effects: &'a [Effect]) -> BoxFut<'a, Vec<Call<'a>>> {
        Box::pin(async move {
            match self.judge(cx, effects).await {
                Ok(mut verdicts) => {
                    effects.iter().map(|effect| self.call(verdicts.remove(&effect.key))).collect()
                }
                Err(why) => effects.iter().map(|_| over(Err(why.clone()))).collect(),
            }
        })
    }

    fn note(&self, tx: &mut Tx<'_>, settled: &[Settled], now: Timestamp) -> Result<(), StoreError> {
        messages::settle(tx, settled, now)
    }
}

impl Postman {
    /// What is to be done about these messages. Who or what else is concerned is asked for once, for all of them; what
    /// that says about the messages themselves is written down.
    async fn judge(&self, cx: &CallCtx, effects: &[Effect]) -> Result<Verdicts, Undelivered> {
        let keys: Vec<String> = effects.iter().map(|effect| effect.key.clone()).collect();
        let found = self.foundation.store.peek(cx, move |db| messages::find(db, &keys)).await;
        let found = found.map_err(later)?;
        let asked = self.ask(cx, found.values().map(|stored| &stored.message)).await;
        let verdict = |stored: &Stored| match stored.message.status {
            // That was so before, and a crash kept it from being settled.
            MessageStatus::Sent | MessageStatus::Suppressed => Ok(Verdict::Settled),
            _ if stored.message.order_id.is_none() => Ok(judge_alert(&self.settings, &stored.facts)),
            _ => asked.as_ref().map_err(Clone::clone)?.judge(&self.settings, stored),
        };
        let verdicts: Verdicts = found
            .into_iter()
            .map(|(key, stored)| {
                let verdict = verdict(&stored);
                (key, (stored.message, verdict))
            })
            .collect();
        self.write_down(cx, &verdicts, asked.as_ref().ok()).await.map_err(later)?;
        Ok(verdicts)
    }

    async fn write_down(
        &self,
        cx: &CallCtx,
        verdicts: &Verdicts,
        asked: Option<&Sources>,
    ) -> Result<(), StoreError> {
        let whose: Vec<(MessageId, CustomerId)> = verdicts
            .values()
            .filter(|(message, _)| message.customer_id.is_none())
            .filter_map(|(message, _)| Some((message.id, asked?.customer_of(message)?)))
            .collect();
        let suppressed: Vec<(MessageId, Suppression)> = verdicts
            .values()
            .filter_map(|(message, verdict)| match verdict {
                Ok(Verdict::Suppress(why)) => Some((message.id, *why)),
                _ => None,
            })
            .collect();
        if whose.is_empty() && suppressed.is_empty() {
            return Ok(());
        }
        let write = move |tx: &mut Tx<'_>| {
            messages::address(tx, &whose)?;
            messages::suppress(tx, &suppressed)
        };
        self.foundation.store.write(cx, "notification.judge", write).await
    }

    fn call(&self, judged: Option<(Message, Result<Verdict, Undelivered>)>) -> Call<'_> {
        match judged {
            Some((message, Ok(Verdict::Send(what)))) => {
                Box::pin(async move { outcome(self.send(&message, &what.0, &what.1).await) })
            }
            Some((_, Ok(Verdict::Suppress(_) | Verdict::Settled))) => over(Ok(())),
            Some((_, Err(why))) => over(Err(why)),
            None => over(Err(Undelivered::Never("there is no such message".to_owned()))),
        }
    }

    async fn send(&self, message: &Message, to: &Party, letter: &Letter) -> Result<(), Undelivered> {
        let mail = Mail::compose(message.id, message.created_at, &self.settings.from, to, letter)?;
        self.transport.send(&mail).await.map_err(|error| error.without(&to.email))
    }
}

/// A call that need not be made.
fn over(how: Result<(), Undelivered>) -> Call<'static> {
    Box::pin(ready(outcome(how)))
}

fn outcome(how: Result<(), Undelivered>) -> Outcome {
    match how {
        Ok(()) => Outcome::Done,
        Err(Undelivered::Later(why)) => Outcome::Retry(why),
        Err(Undelivered::Never(why)) => Outcome::Failed(why),
    }
}

pub(crate) fn later(error: impl Display) -> Undelivered {
    Undelivered::Later(error.to_string())
}

/// Longer than any reason a mail server gives.
const LONGEST_REASON: usize = 500;

impl Undelivered {
    /// Mail servers repeat the address that they refuse, and reasons are logged and kept where no address belongs.
    fn without(self, address: &str) -> Undelivered {
        match self {
            Undelivered::Later(why) => Undelivered::Later(redact(&why, address)),
            Undelivered::Never(why) => Undelivered::Never(redact(&why, address)),
        }
    }
}

fn redact(why: &str, address: &str) -> String {
    let (lower, address) = (why.to_ascii_lowercase(), address.to_ascii_lowercase());
    let (mut text, mut after) = (String::new(), 0);
    for (at, found) in lower.match_indices(&address) {
        text.push_str(why.get(after..at).unwrap_or_default());
        text.push_str("<recipient>");
        after = at.saturating_add(found.len());
    }
    text.push_str(why.get(after..).unwrap_or_default());
    text.chars().take(LONGEST_REASON).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_kept_without_the_address() {
        let why = "550 <Alice@Example.com>: unknown; alice@example.com has moved";
        assert_eq!(redact(why, "alice@example.com"), "550 <<recipient>>: unknown; <recipient> has moved");
        assert_eq!(redact("Ä 421 später", "alice@example.com"), "Ä 421 später");
        assert_eq!(redact(&"x".repeat(1000), "a@b").len(), LONGEST_REASON);
    }
}
