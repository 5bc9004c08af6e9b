//! What customers want to hear of. Who has said nothing wants to hear of everything.

use customer_api::{CustomerId, FindCustomers};
use kernel::{CallCtx, Timestamp};
use notification_api::{Template, Topic};
use platform::Change;
use platform::http::IfMatch;
use platform::store::Tx;
use serde::Serialize;
use utoipa::ToSchema;

use crate::error::Error;
use crate::message::topic_of;
use crate::module::NotificationModule;
use crate::store::preferences;

/// What a customer wants to get by mail. The confirmation of an order is always sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct EmailTopics {
    /// What becomes of an order, beyond its confirmation.
    pub orders: bool,
    /// Money that goes back.
    pub refunds: bool,
}

/// A customer's choices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Choices {
    /// The language to write in, as a tag like `de` or `de-AT`; the shop's own if absent, or if mails are not
    /// written in it.
    pub locale: Option<String>,
    pub email: EmailTopics,
}

/// What a customer wants to hear of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = NotificationPreferences)]
pub(crate) struct Preferences {
    pub customer_id: CustomerId,
    /// The language to write in; the shop's own if null, or if mails are not written in it.
    #[schema(required)]
    pub locale: Option<String>,
    pub email: EmailTopics,
    /// 0 as long as nobody has said anything.
    pub version: i64,
    #[schema(required)]
    pub updated_at: Option<Timestamp>,
}

impl Default for Choices {
    fn default() -> Choices {
        Choices { locale: None, email: EmailTopics { orders: true, refunds: true } }
    }
}

impl EmailTopics {
    pub(crate) fn wants(self, template: Template) -> bool {
        match topic_of(template) {
            None => true,
            Some(Topic::Orders) => self.orders,
            Some(Topic::Refunds) => self.refunds,
        }
    }
}

impl Preferences {
    pub(crate) fn unsaid(customer_id: CustomerId) -> Preferences {
        let Choices { locale, email } = Choices::default();
        Preferences { customer_id, locale, email, version: 0, updated_at: None }
    }

    /// Makes other choices, and says whether they are others.
    fn choose(&mut self, choices: &Choices, now: Timestamp) -> bool {
        if self.version > 0 && (&self.locale, self.email) == (&choices.locale, choices.email) {
            return false;
        }
        self.locale.clone_from(&choices.locale);
        self.email = choices.email;
        self.version = self.version.saturating_add(1);
        self.updated_at = Some(now);
        true
    }
}

/// Replaces a customer's choices.
pub(crate) fn replace(
    tx: &mut Tx<'_>,
    change: &Change,
    customer: CustomerId,
    expected: &IfMatch,
    choices: &Choices,
) -> Result<Preferences, Error> {
    let mut preferences = preferences::lock(tx, customer, change.now)?;
    expected.check(preferences.version).map_err(|_| Error::Stale(preferences.version))?;
    if preferences.choose(choices, change.now) {
        preferences::save(tx, &preferences)?;
    }
    Ok(preferences)
}

impl NotificationModule {
    /// Refuses an id that no customer has: customers are another module's to know.
    pub(crate) async fn must_exist(&self, cx: &CallCtx, id: CustomerId) -> Result<(), Error> {
        let found = self.others.customers.find(cx, FindCustomers { ids: vec![id] }).await?;
        if found.customers.is_empty() { Err(Error::CustomerNotFound(id)) } else { Ok(()) }
    }

    pub(crate) async fn preferences_of(&self, cx: &CallCtx, id: CustomerId) -> Result<Preferences, Error> {
        Ok(self.foundation.store.peek(cx, move |db| preferences::find(db, id)).await?)
    }
}
