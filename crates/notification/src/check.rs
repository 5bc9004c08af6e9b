//! Invariant 7, as far as it is about mails: what was heard has its message, and a message is what became of its effect.

use identity_api::LetterEvent;
use kernel::{CallCtx, Envelope};
use notification_api::{MessageStatus, Template};
use platform::Violation;
use platform::effects::{self, EffectState};
use platform::events::subscription::Dispatcher;
use platform::store::{Db, Key, StoreError};

use crate::deliver::MAIL;
use crate::message::{Newsworthy, key_of};
use crate::module::{Heard, NotificationModule};
use crate::store::messages;

const PAGE: i64 = 500;

impl NotificationModule {
    pub(crate) async fn check_all(&self, cx: &CallCtx) -> Result<Vec<Violation>, StoreError> {
        let mut violations = self.check_messages(cx).await?;
        for heard in self.heard.iter() {
            violations.extend(self.check_heard(cx, heard).await?);
        }
        Ok(violations)
    }

    /// Each page in one snapshot, in which a message and its effect agree.
    async fn check_messages(&self, cx: &CallCtx) -> Result<Vec<Violation>, StoreError> {
        let (mut violations, mut after) = (Vec::new(), None);
        loop {
            let page = move |db: &mut Db<'_>| inspect_page(db, after);
            let (found, last) = self.foundation.store.read(cx, page).await?;
            violations.extend(found);
            let Some(last) = last else { return Ok(violations) };
            after = Some(last);
        }
    }

    /// Every event that was heard has its message, unless it is a dead letter, or not kept any more.
    async fn check_heard(&self, cx: &CallCtx, heard: &Heard) -> Result<Vec<Violation>, StoreError> {
        let until = heard.dispatcher.standing().await?.seq;
        let mut after = heard.feed.ahead(cx, 0).await?.first.saturating_sub(1).max(0);
        let mut missing = Vec::new();
        while after < until {
            let events = heard.feed.read(cx, after, PAGE).await?.events;
            let Some(last) = events.last() else { break };
            after = last.seq;
            let told = events.iter().filter(|logged| logged.seq <= until);
            let wanted: Vec<(i64, String)> =
                told.filter_map(|logged| Some((logged.seq, wanted_by(&logged.event)?))).collect();
            let keys: Vec<String> = wanted.iter().map(|(_, key)| key.clone()).collect();
            let known = self.foundation.store.read(cx, move |db| messages::known(db, &keys)).await?;
            missing.extend(wanted.into_iter().filter(|(_, key)| !known.contains(key)));
        }
        if missing.is_empty() {
            return Ok(Vec::new());
        }
        let put_aside = put_aside(&heard.dispatcher).await?;
        let missed = missing.into_iter().filter(|(seq, _)| !put_aside.contains(seq));
        let detail = "was heard and has no message".to_owned();
        Ok(missed.map(|(_, key)| Violation { invariant: 7, subject: key, detail: detail.clone() }).collect())
    }
}

/// The key of the message that an event must have.
fn wanted_by(event: &Envelope) -> Option<String> {
    let template = match event.event_type.as_str() {
        "order.created" => Template::OrderConfirmation,
        "order.cancelled" => Template::OrderCancellation,
        "order.shipped" => Template::OrderShipment,
        "payment.refunded" => Template::Refund,
        "stock.low" => Template::LowStock,
        "letter.requested" => event.read::<LetterEvent>().ok()?.news()?.template,
        _ => return None,
    };
    Some(key_of(event.event_id, template))
}

/// Places of events that could not be applied, or wait behind one that could not.
async fn put_aside(dispatcher: &Dispatcher) -> Result<Vec<i64>, StoreError> {
    let mut places: Vec<i64> = Vec::new();
    loop {
        let after = places.last().copied().unwrap_or(0);
        let letters = dispatcher.letters(after, PAGE).await?;
        if letters.is_empty() {
            return Ok(places);
        }
        places.extend(letters.iter().map(|letter| letter.seq));
    }
}

fn inspect_page(db: &mut Db<'_>, after: Option<Key>) -> Result<(Vec<Violation>, Option<Key>), StoreError> {
    let page = messages::walk(db, after, PAGE)?;
    let keys: Vec<String> = page.iter().map(|(_, key, _)| key.clone()).collect();
    let effects = effects::states(db, MAIL, &keys)?;
    let wrong = page.iter().filter_map(|(_, key, status)| {
        let detail = inspect(MessageStatus::parse(status), effects.get(key).copied())?;
        Some(Violation {
            invariant: 7,
            subject: key.clone(),
            detail: format!("the message is {status} and {detail}"),
        })
    });
    Ok((wrong.collect(), page.last().map(|(id, ..)| *id)))
}

/// What is wrong with a message and its effect. One that is done long ago is not kept. Pure.
fn inspect(status: Option<MessageStatus>, effect: Option<EffectState>) -> Option<&'static str> {
    use EffectState::{Dead, Discarded, Done, Waiting};
    match (status?, effect) {
        (MessageStatus::Queued, Some(Waiting))
        | (MessageStatus::Sent, Some(Done) | None)
        | (MessageStatus::Failed, Some(Dead | Discarded))
        // It may have been suppressed a moment before its effect is settled.
        | (MessageStatus::Suppressed, Some(Done | Waiting) | None) => None,
        (_, Some(Waiting)) => Some("is still to be sent"),
        (_, Some(Done)) => Some("its effect is done"),
        (_, Some(Dead)) => Some("its effect is given up"),
        (_, Some(Discarded)) => Some("its effect is discarded"),
        (_, None) => Some("nobody is to send it"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_what_became_of_its_effect() {
        use EffectState::{Dead, Discarded, Done, Waiting};
        let effects = [None, Some(Waiting), Some(Done), Some(Dead), Some(Discarded)];
        for (status, fine) in [
            (MessageStatus::Queued, vec![Some(Waiting)]),
            (MessageStatus::Sent, vec![None, Some(Done)]),
            (MessageStatus::Failed, vec![Some(Dead), Some(Discarded)]),
            (MessageStatus::Suppressed, vec![None, Some(Waiting), Some(Done)]),
        ] {
            for effect in effects {
                assert_eq!(
                    inspect(Some(status), effect).is_none(),
                    fine.contains(&effect),
                    "{status:?} {effect:?}"
                );
            }
        }
    }
}
