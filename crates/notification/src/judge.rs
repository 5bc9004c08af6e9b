//! Whether a message is to be sent, to whom, and what it says. What the owners know is asked of them for many messages
//! at once.

use std::collections::{HashMap, HashSet};

use customer_api::{Customer, CustomerId, FindCustomers};
use identity_api::{IdentityError, LetterId, WriteLetter};
use kernel::{ApiError, CallCtx};
use notification_api::{Message, MessageId, MessageStatus, Suppression, Template};
use order_api::{FindOrders, Order, OrderId, OrderStatus};

use crate::deliver::{Postman, Undelivered, later};
use crate::letter::Letter;
use crate::locale::Locale;
use crate::mail::Party;
use crate::message::{Facts, key_of, template_of};
use crate::preferences::Preferences;
use crate::settings::Settings;
use crate::store::messages::Stored;
use crate::store::preferences;
use crate::words;

/// What is to be done with a message.
#[derive(Debug)]
pub(crate) enum Verdict {
    Send(Box<(Party, Letter)>),
    Suppress(Suppression),
    /// What it says is asked for when it is sent.
    Write(LetterId),
    /// Nothing: it is not queued any more.
    Settled,
}

/// What the owners say about the orders that messages are about.
#[derive(Default)]
pub(crate) struct Sources {
    orders: HashMap<OrderId, Order>,
    customers: HashMap<CustomerId, Customer>,
    /// Of those who have said anything.
    choices: HashMap<CustomerId, Preferences>,
}

impl Postman {
    /// What is needed to judge these messages, as far as they are queued.
    pub(crate) async fn ask(
        &self,
        cx: &CallCtx,
        messages: impl Iterator<Item = &Message>,
    ) -> Result<Sources, Undelivered> {
        let ids: HashSet<OrderId> = messages
            .filter(|message| message.status == MessageStatus::Queued)
            .filter_map(|message| message.order_id)
            .collect();
        if ids.is_empty() {
            return Ok(Sources::default());
        }
        let orders = self.orders.find(cx, FindOrders { ids: ids.into_iter().collect() }).await;
        let orders = orders.map_err(later)?.orders;
        let whose: HashSet<CustomerId> = orders.iter().map(|order| order.customer_id).collect();
        let whose: Vec<CustomerId> = whose.into_iter().collect();
        let asked = whose.clone();
        let (customers, choices) = tokio::join!(
            self.customers.find(cx, FindCustomers { ids: whose }),
            self.foundation.store.peek(cx, move |db| preferences::find_all(db, &asked)),
        );
        let customers = customers.map_err(later)?.customers;
        Ok(Sources {
            orders: orders.into_iter().map(|order| (order.id, order)).collect(),
            customers: customers.into_iter().map(|customer| (customer.id, customer)).collect(),
            choices: choices.map_err(later)?,
        })
    }
}

impl Postman {
    /// What a letter about an account says, and to whom; `None` if it is not wanted any more. `copy` is another one each
    /// time, so that this is no repetition: no secret is kept that could be answered again.
    pub(crate) async fn written(
        &self,
        cx: &CallCtx,
        message: &Message,
        id: LetterId,
        copy: MessageId,
    ) -> Result<Option<(Party, Letter)>, Undelivered> {
        let key = format!("{}:{copy}", key_of(message.event_id, message.template));
        let written = match self.identity.write_letter(&cx.with_key(key), WriteLetter { id }).await {
            Ok(written) => written,
            Err(ApiError::Domain(IdentityError::UnknownLetter)) => return Ok(None),
            // It may quote what could not be read, and with it the secret.
            Err(ApiError::Incompatible(_)) => {
                return Err(Undelivered::Later("what the identity module says cannot be read".to_owned()));
            }
            Err(error) => return Err(later(error)),
        };
        let (settings, template) = (&self.settings, message.template);
        let letter = words::to_account(settings.locale, template, &written, settings.account_link.as_deref());
        let letter = letter.filter(|_| template_of(written.purpose) == template).ok_or_else(misfit)?;
        Ok(Some((Party { name: written.name, email: written.email }, letter)))
    }
}

impl Sources {
    /// Whom the order of a message belongs to.
    pub(crate) fn customer_of(&self, message: &Message) -> Option<CustomerId> {
        Some(self.orders.get(&message.order_id?)?.customer_id)
    }

    /// Of a message about an order.
    pub(crate) fn judge(
        &self,
        settings: &Settings,
        Stored { message, facts }: &Stored,
    ) -> Result<Verdict, Undelivered> {
        let order = message.order_id.and_then(|id| self.orders.get(&id)).ok_or_else(|| absent("order"))?;
        if message.template == Template::OrderConfirmation && order.status == OrderStatus::Cancelled {
            return Ok(Verdict::Suppress(Suppression::Superseded));
        }
        let choices = self.choices.get(&order.customer_id);
        if choices.is_some_and(|choices| !choices.email.wants(message.template)) {
            return Ok(Verdict::Suppress(Suppression::OptedOut));
        }
        let customer = self.customers.get(&order.customer_id).ok_or_else(|| absent("customer"))?;
        let wanted = choices.and_then(|choices| choices.locale.as_deref());
        let locale = wanted.and_then(Locale::parse).unwrap_or(settings.locale);
        let letter =
            words::to_customer(locale, message.template, &customer.name, order, facts).ok_or_else(misfit)?;
        let to = Party { name: Some(customer.name.clone()), email: customer.email.clone() };
        Ok(Verdict::Send(Box::new((to, letter))))
    }
}

fn misfit() -> Undelivered {
    Undelivered::Never("the message and its facts do not fit".to_owned())
}

fn absent(what: &str) -> Undelivered {
    Undelivered::Never(format!("the {what} module knows no such {what}"))
}

/// Of a message that is about no order.
pub(crate) fn judge_other(settings: &Settings, facts: &Facts) -> Verdict {
    match (&settings.shop, facts) {
        (_, Facts::Letter { id }) => Verdict::Write(*id),
        (Some(shop), Facts::Stock { sku, available, threshold }) => {
            let letter = words::low_stock(settings.locale, sku, *available, *threshold);
            Verdict::Send(Box::new((shop.clone(), letter)))
        }
        _ => Verdict::Suppress(Suppression::NoAddress),
    }
}
