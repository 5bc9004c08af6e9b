//! Sending a message: the effect that was decided on with it. No transaction is open meanwhile.

use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;

use customer_api::{Customer, CustomerApi, CustomerId, FindCustomers};
use kernel::{BoxFut, CallCtx, Timestamp};
use notification_api::{Message, MessageStatus, Suppression, Template};
use order_api::{FindOrders, Order, OrderApi, OrderId, OrderStatus};
use platform::Foundation;
use platform::effects::{Effect, Handler, Outcome, Policy, Settlement};
use platform::store::{StoreError, Tx};

use crate::letter::Letter;
use crate::locale::Locale;
use crate::mail::{Mail, Party};
use crate::message::Facts;
use crate::settings::Settings;
use crate::store::messages::Stored;
use crate::store::{messages, preferences};
use crate::transport::Transport;
use crate::words;

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

/// What is to be done with a message.
enum Verdict {
    Send(Box<(Party, Letter)>),
    Suppress(Suppression),
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

impl Handler for Postman {
    fn kind(&self) -> &'static str {
        MAIL
    }

    /// A mail server may be away for the better part of a day before anything is given up: the first waits are seconds, the
    /// later ones half an hour at most.
    fn policy(&self) -> Policy {
        Policy {
            concurrency: self.transport.concurrency(),
            deadline: Duration::from_secs(20),
            attempts: 60,
            first_wait: Duration::from_secs(5),
            longest_wait: Duration::from_secs(30 * 60),
        }
    }

    fn call<'a>(&'a self, cx: &'a CallCtx, effect: &'a Effect) -> BoxFut<'a, Outcome> {
        Box::pin(async move {
            match self.deliver(cx, &effect.key).await {
                Ok(()) => Outcome::Done,
                Err(Undelivered::Later(why)) => Outcome::Retry(why),
                Err(Undelivered::Never(why)) => Outcome::Failed(why),
            }
        })
    }

    fn note(
        &self,
        tx: &mut Tx<'_>,
        effect: &Effect,
        what: &Settlement,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        match what {
            Settlement::Done => messages::sent(tx, &effect.key, now),
            // An operator's wish comes with no attempt.
            Settlement::Again { at, why } => {
                messages::put_off(tx, &effect.key, effect.attempt.min(1), why, *at)
            }
            Settlement::Dead { why } => messages::failed(tx, &effect.key, why),
        }
    }
}

impl Postman {
    async fn deliver(&self, cx: &CallCtx, key: &str) -> Result<(), Undelivered> {
        let (store, wanted) = (&self.foundation.store, key.to_owned());
        let found = store.peek(cx, move |db| messages::find(db, &wanted)).await.map_err(later)?;
        let Stored { message, facts } =
            found.ok_or_else(|| Undelivered::Never("there is no such message".to_owned()))?;
        // It was sent or suppressed, and a crash kept that from being settled.
        if matches!(message.status, MessageStatus::Sent | MessageStatus::Suppressed) {
            return Ok(());
        }
        match self.judge(cx, &message, &facts).await? {
            Verdict::Send(of) => {
                let (to, letter) = *of;
                let mail = Mail::compose(message.id, message.created_at, &self.settings.from, &to, &letter)?;
                self.transport.send(&mail).await.map_err(|error| error.without(&to.email))
            }
            Verdict::Suppress(why) => {
                let suppress = move |tx: &mut Tx<'_>| messages::suppress(tx, message.id, why);
                store.write(cx, "notification.suppress", suppress).await.map_err(later)
            }
        }
    }

    /// Whether the message is to be sent, to whom, and what it says.
    async fn judge(&self, cx: &CallCtx, message: &Message, facts: &Facts) -> Result<Verdict, Undelivered> {
        let Some(order_id) = message.order_id else { return Ok(self.judge_alert(facts)) };
        let order = self.order(cx, order_id).await?;
        if message.customer_id.is_none() {
            let (id, customer) = (message.id, order.customer_id.into());
            let address = move |tx: &mut Tx<'_>| messages::address(tx, id, customer);
            self.foundation.store.write(cx, "notification.address", address).await.map_err(later)?;
        }
        if message.template == Template::OrderConfirmation && order.status == OrderStatus::Cancelled {
            return Ok(Verdict::Suppress(Suppression::Superseded));
        }
        let customer_id = order.customer_id;
        let choices = self.foundation.store.peek(cx, move |db| preferences::find(db, customer_id));
        let choices = choices.await.map_err(later)?;
        if !choices.email.wants(message.template) {
            return Ok(Verdict::Suppress(Suppression::OptedOut));
        }
        let customer = self.customer(cx, customer_id).await?;
        let locale = choices.locale.as_deref().and_then(Locale::parse).unwrap_or(self.settings.locale);
        let letter = words::to_customer(locale, message.template, &customer.name, &order, facts)
            .ok_or_else(|| Undelivered::Never("the message and its facts do not fit".to_owned()))?;
        let to = Party { name: Some(customer.name), email: customer.email };
        Ok(Verdict::Send(Box::new((to, letter))))
    }

    fn judge_alert(&self, facts: &Facts) -> Verdict {
        match (&self.settings.shop, facts) {
            (Some(shop), Facts::Stock { sku, available, threshold }) => {
                let letter = words::low_stock(self.settings.locale, sku, *available, *threshold);
                Verdict::Send(Box::new((shop.clone(), letter)))
            }
            _ => Verdict::Suppress(Suppression::NoAddress),
        }
    }

    async fn order(&self, cx: &CallCtx, id: OrderId) -> Result<Order, Undelivered> {
        let found = self.orders.find(cx, FindOrders { ids: vec![id] }).await.map_err(later)?;
        let absent = || Undelivered::Never("the order module knows no such order".to_owned());
        found.orders.into_iter().next().ok_or_else(absent)
    }

    async fn customer(&self, cx: &CallCtx, id: CustomerId) -> Result<Customer, Undelivered> {
        let found = self.customers.find(cx, FindCustomers { ids: vec![id] }).await.map_err(later)?;
        let absent = || Undelivered::Never("the customer module knows no such customer".to_owned());
        found.customers.into_iter().next().ok_or_else(absent)
    }
}

fn later(error: impl Display) -> Undelivered {
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
