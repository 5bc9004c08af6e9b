//! What is decided on the events of orders, payments, stock and accounts.

use kernel::Event;
use platform::Change;
use platform::effects::NewEffect;
use platform::events::subscription::{Fault, Told};
use platform::store::{StoreError, Tx};

use crate::deliver::MAIL;
use crate::message::{NewMessage, Newsworthy, Rules, decide};
use crate::store::messages;

/// Names of the subscriptions; cursors are stored under them.
pub(crate) const FOLLOW_ORDERS: &str = "notification.follow_orders";
pub(crate) const FOLLOW_LETTERS: &str = "notification.follow_letters";
pub(crate) const FOLLOW_PAYMENTS: &str = "notification.follow_payments";
pub(crate) const FOLLOW_STOCK: &str = "notification.follow_stock";

/// One message per piece of news, and for each that is to be sent the effect that sends it, in the transaction that moves
/// the cursor. What was decided before stays as it is.
pub(crate) fn follow<E: Event + Newsworthy>(
    rules: Rules,
    tx: &mut Tx<'_>,
    change: &Change,
    told: &[Told<'_, E>],
) -> Result<(), Fault> {
    let news = told.iter().filter_map(|told| Some((told.event.news()?, told.envelope)));
    let decided: Vec<NewMessage> = news
        .map(|(news, event)| decide(news, event, rules, change.ids.next(change.now), change.now))
        .collect();
    if decided.is_empty() {
        return Ok(());
    }
    let new = messages::insert_missing(tx, decided)?;
    let to_send = new.iter().filter(|message| message.suppression.is_none());
    let effects: Vec<NewEffect> = to_send
        .map(|message| NewEffect::new(change, MAIL, &message.key, &message.id))
        .collect::<Result<_, StoreError>>()?;
    Ok(tx.effects(&effects)?)
}
