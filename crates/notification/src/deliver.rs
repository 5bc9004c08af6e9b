//! Sending messages: the effects that were decided on with them. No transaction is open meanwhile.

use std::collections::HashMap;
use std::fmt::Display;
use std::future::ready;
use std::sync::Arc;
use std::time::Duration;

use customer_api::{CustomerApi, CustomerId};
use identity_api::{IdentityApi, LetterId};
use kernel::{BoxFut, CallCtx, Timestamp};
use notification_api::{Message, MessageId, MessageStatus, Suppression};
use order_api::OrderApi;
use platform::Foundation;
use platform::effects::{Call, Effect, Handler, Outcome, Policy, Settled};
use platform::store::{StoreError, Tx};

use crate::judge::{Sources, Verdict, judge_other};
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
    pub identity: Arc<dyn IdentityApi>,
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
                    effects.iter().map(|effect| self.call(cx, verdicts.remove(&effect.key))).collect()
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
            _ if stored.message.order_id.is_none() => Ok(judge_other(&self.settings, &stored.facts)),
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

    fn call<'a>(
        &'a self,
        cx: &'a CallCtx,
        judged: Option<(Message, Result<Verdict, Undelivered>)>,
    ) -> Call<'a> {
        match judged {
            Some((message, Ok(Verdict::Send(what)))) => Box::pin(async move {
                outcome(self.send(&message, &message.id.to_string(), &what.0, &what.1).await)
            }),
            Some((message, Ok(Verdict::Write(id)))) => {
                Box::pin(async move { outcome(self.write_and_send(cx, &message, id).await) })
            }
            Some((_, Ok(Verdict::Suppress(_) | Verdict::Settled))) => over(Ok(())),
            Some((_, Err(why))) => over(Err(why)),
            None => over(Err(Undelivered::Never("there is no such message".to_owned()))),
        }
    }

    /// A letter that is written again has another secret, and makes the one before worthless. So it is another mail: of two
    /// that are the same, people may get to see the first.
    async fn write_and_send(&self, cx: &CallCtx, message: &Message, id: LetterId) -> Result<(), Undelivered> {
        let copy: MessageId = self.foundation.ids.next(self.foundation.clock.now());
        match self.written(cx, message, id, copy).await? {
            Some((to, letter)) => self.send(message, &format!("{}.{copy}", message.id), &to, &letter).await,
            None => {
                let which = [(message.id, Suppression::Superseded)];
                let write = move |tx: &mut Tx<'_>| messages::suppress(tx, &which);
                self.foundation.store.write(cx, "notification.judge", write).await.map_err(later)
            }
        }
    }

    async fn send(
        &self,
        message: &Message,
        name: &str,
        to: &Party,
        letter: &Letter,
    ) -> Result<(), Undelivered> {
        let mail = Mail::compose(message, name, &self.settings.from, to, letter)?;
        let secret = letter.proof.as_ref().map_or("", |proof| proof.token.0.as_str());
        self.transport.send(&mail).await.map_err(|error| error.without(&to.email, secret))
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
    /// Mail servers repeat the address that they refuse, or the link, and reasons are logged and kept where neither belongs.
    fn without(self, address: &str, secret: &str) -> Undelivered {
        let redact = |why: &str| {
            let why = redact(&redact(why, address, "<recipient>"), secret, "<secret>");
            why.chars().take(LONGEST_REASON).collect()
        };
        match self {
            Undelivered::Later(why) => Undelivered::Later(redact(&why)),
            Undelivered::Never(why) => Undelivered::Never(redact(&why)),
        }
    }
}

fn redact(why: &str, what: &str, instead: &str) -> String {
    if what.is_empty() {
        return why.to_owned();
    }
    let (lower, what) = (why.to_ascii_lowercase(), what.to_ascii_lowercase());
    let (mut text, mut after) = (String::new(), 0);
    for (at, found) in lower.match_indices(&what) {
        text.push_str(why.get(after..at).unwrap_or_default());
        text.push_str(instead);
        after = at.saturating_add(found.len());
    }
    text.push_str(why.get(after..).unwrap_or_default());
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_kept_without_the_address_and_the_secret() {
        let kept = |why: &str, secret| match Undelivered::Later(why.to_owned())
            .without("alice@example.com", secret)
        {
            Undelivered::Later(why) | Undelivered::Never(why) => why,
        };
        let why = "550 <Alice@Example.com>: unknown; alice@example.com has moved";
        assert_eq!(kept(why, ""), "550 <<recipient>>: unknown; <recipient> has moved");
        assert_eq!(
            kept("554 https://lamps.example/ltr_1 is spam", "ltr_1"),
            "554 https://lamps.example/<secret> is spam"
        );
        assert_eq!(kept("Ä 421 später", "ltr_1"), "Ä 421 später");
        assert_eq!(kept(&"x".repeat(1000), "ltr_1").len(), LONGEST_REASON);
        let cut = format!("{}ltr_1", "x".repeat(LONGEST_REASON - 3));
        assert!(!kept(&cut, "ltr_1").contains("ltr"), "not even a part of it");
    }
}
