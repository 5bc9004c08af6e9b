//! Messages in their table.

use std::collections::HashMap;

use customer_api::CustomerId;
use diesel::prelude::*;
use diesel::sql_types::{Integer, Nullable, Text};
use kernel::{PageRequest, Timestamp};
use notification_api::{
    Channel, FindMessages, Message, MessageId, MessageStatus, Recipient, Suppression, Template,
};
use order_api::OrderId;
use platform::effects::{Settled, Settlement};
use platform::store::{Db, Document, Json, Key, Moment, StoreError, Time, Tx, Uid, corrupt, one_of};
use platform::{insert_all, on, with_rows};

use crate::message::{Facts, NewMessage, recipient_of};
use crate::schema::messages;

/// As many as one call may ask for.
const MOST_FOUND: i64 = 500;

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = messages, treat_none_as_default_value = false)]
struct MessageRow {
    id: Key,
    key: String,
    template: String,
    channel: String,
    recipient: String,
    customer_id: Option<Key>,
    order_id: Option<Key>,
    event_id: Key,
    facts: Json,
    status: String,
    suppression: Option<String>,
    attempts: i32,
    last_error: Option<String>,
    next_attempt_at: Option<Time>,
    created_at: Time,
    sent_at: Option<Time>,
}

/// A message, and what it has to say.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    pub message: Message,
    pub facts: Facts,
}

/// Which messages are wanted.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Filter {
    pub order_id: Option<OrderId>,
    pub status: Option<MessageStatus>,
}

impl MessageRow {
    fn of(new: &NewMessage) -> Result<MessageRow, StoreError> {
        let status = match new.suppression {
            Some(_) => MessageStatus::Suppressed,
            None => MessageStatus::Queued,
        };
        Ok(MessageRow {
            id: new.id.into(),
            key: new.key.clone(),
            template: new.news.template.name().to_owned(),
            channel: Channel::Email.name().to_owned(),
            recipient: recipient_of(new.news.template).name().to_owned(),
            customer_id: new.news.customer_id.map(Key::from),
            order_id: new.news.order_id.map(Key::from),
            event_id: new.event_id.into(),
            facts: Json::of(&new.news.facts)?,
            status: status.name().to_owned(),
            suppression: new.suppression.map(|why| why.name().to_owned()),
            attempts: 0,
            last_error: None,
            next_attempt_at: (status == MessageStatus::Queued).then_some(Time(new.at)),
            created_at: Time(new.at),
            sent_at: None,
        })
    }
}

impl TryFrom<MessageRow> for Stored {
    type Error = StoreError;

    fn try_from(row: MessageRow) -> Result<Stored, StoreError> {
        let bad = |column, detail: &str| corrupt("messages", column, row.id.0, detail);
        let facts = serde_json::from_str(&row.facts.0).map_err(|error| bad("facts", &error.to_string()))?;
        let suppression = match &row.suppression {
            Some(why) => Some(Suppression::parse(why).ok_or_else(|| bad("suppression", why))?),
            None => None,
        };
        let message = Message {
            id: row.id.id(),
            template: Template::parse(&row.template).ok_or_else(|| bad("template", &row.template))?,
            channel: Channel::parse(&row.channel).ok_or_else(|| bad("channel", &row.channel))?,
            recipient: Recipient::parse(&row.recipient).ok_or_else(|| bad("recipient", &row.recipient))?,
            customer_id: row.customer_id.map(Key::id),
            order_id: row.order_id.map(Key::id),
            event_id: row.event_id.id(),
            status: MessageStatus::parse(&row.status).ok_or_else(|| bad("status", &row.status))?,
            suppression,
            attempts: row.attempts,
            last_error: row.last_error,
            next_attempt_at: row.next_attempt_at.map(|at| at.0),
            created_at: row.created_at.0,
            sent_at: row.sent_at.map(|at| at.0),
        };
        Ok(Stored { message, facts })
    }
}

/// Writes down what was not decided before, and answers that.
pub(crate) fn insert_missing(tx: &mut Tx<'_>, new: Vec<NewMessage>) -> Result<Vec<NewMessage>, StoreError> {
    let keys: Vec<String> = new.iter().map(|message| message.key.clone()).collect();
    let known = known(tx, &keys)?;
    let new: Vec<NewMessage> = new.into_iter().filter(|message| !known.contains(&message.key)).collect();
    let rows: Vec<MessageRow> = new.iter().map(MessageRow::of).collect::<Result<_, _>>()?;
    insert_all!(tx, messages, &rows, {
        id: Uid, key: Text, template: Text, channel: Text, recipient: Text, customer_id: Nullable<Uid>,
        order_id: Nullable<Uid>, event_id: Uid, facts: Document, status: Text, suppression: Nullable<Text>,
        attempts: Integer, last_error: Nullable<Text>, next_attempt_at: Nullable<Moment>, created_at: Moment,
        sent_at: Nullable<Moment>
    })?;
    Ok(new)
}

/// Those of these keys that have a message.
pub(crate) fn known(db: &mut Db<'_>, keys: &[String]) -> Result<Vec<String>, StoreError> {
    Ok(on!(db, |conn| messages::table.filter(one_of(messages::key, keys)).select(messages::key).load(conn))?)
}

/// The messages of these keys; those without are absent.
pub(crate) fn find(db: &mut Db<'_>, keys: &[String]) -> Result<HashMap<String, Stored>, StoreError> {
    let rows: Vec<MessageRow> = on!(db, |conn| messages::table
        .filter(one_of(messages::key, keys))
        .select(MessageRow::as_select())
        .load(conn))?;
    rows.into_iter().map(|row| Ok((row.key.clone(), row.try_into()?))).collect()
}

/// Newest first; one row more than the page holds, if there are that many.
pub(crate) fn list(
    db: &mut Db<'_>,
    filter: Filter,
    page: &PageRequest<MessageId>,
) -> Result<Vec<Message>, StoreError> {
    let rows: Vec<MessageRow> = on!(db, |conn| {
        let mut query = messages::table.select(MessageRow::as_select()).into_boxed();
        if let Some(order) = filter.order_id {
            query = query.filter(messages::order_id.eq(Key::from(order)));
        }
        if let Some(status) = filter.status {
            query = query.filter(messages::status.eq(status.name()));
        }
        if let Some(after) = page.after {
            query = query.filter(messages::id.lt(Key::from(after)));
        }
        query.order(messages::id.desc()).limit(page.limit.plus_one()).load(conn)
    })?;
    rows.into_iter().map(|row| Stored::try_from(row).map(|stored| stored.message)).collect()
}

pub(crate) fn of_orders(db: &mut Db<'_>, wanted: &FindMessages) -> Result<Vec<Message>, StoreError> {
    let orders: Vec<Key> = wanted.orders.iter().copied().map(Key::from).collect();
    let rows: Vec<MessageRow> = on!(db, |conn| messages::table
        .filter(one_of(messages::order_id.assume_not_null(), &orders))
        .order(messages::id.desc())
        .limit(MOST_FOUND)
        .select(MessageRow::as_select())
        .load(conn))?;
    rows.into_iter().map(|row| Stored::try_from(row).map(|stored| stored.message)).collect()
}

/// A page of keys and their status, in the order of their ids, after a given one.
pub(crate) fn walk(
    db: &mut Db<'_>,
    after: Option<Key>,
    limit: i64,
) -> Result<Vec<(Key, String, String)>, StoreError> {
    let after = after.unwrap_or(Key(Default::default()));
    Ok(on!(db, |conn| messages::table
        .filter(messages::id.gt(after))
        .order(messages::id)
        .limit(limit)
        .select((messages::id, messages::key, messages::status))
        .load(conn))?)
}

/// It has been told whose these messages are.
pub(crate) fn address(tx: &mut Tx<'_>, whose: &[(MessageId, CustomerId)]) -> Result<(), StoreError> {
    struct Row {
        id: Key,
        customer_id: Key,
    }
    let row =
        |(id, customer): &(MessageId, CustomerId)| Row { id: (*id).into(), customer_id: (*customer).into() };
    let rows: Vec<Row> = whose.iter().map(row).collect();
    with_rows!(
        tx,
        rows,
        { id: Uid, customer_id: Uid },
        "UPDATE messages SET customer_id = given.customer_id FROM given WHERE messages.id = given.id"
    )?;
    Ok(())
}

/// They are not to be sent after all.
pub(crate) fn suppress(tx: &mut Tx<'_>, which: &[(MessageId, Suppression)]) -> Result<(), StoreError> {
    struct Row {
        id: Key,
        suppression: &'static str,
    }
    let row = |(id, why): &(MessageId, Suppression)| Row { id: (*id).into(), suppression: why.name() };
    let rows: Vec<Row> = which.iter().map(row).collect();
    with_rows!(
        tx,
        rows,
        { id: Uid, suppression: Text },
        "UPDATE messages SET status = 'suppressed', suppression = given.suppression, next_attempt_at = NULL \
         FROM given WHERE messages.id = given.id AND status = 'queued'"
    )?;
    Ok(())
}

struct SettledRow<'a> {
    key: &'a String,
    status: &'static str,
    attempts: i32,
    last_error: Option<&'a String>,
    next_attempt_at: Option<Time>,
    sent_at: Option<Time>,
}

impl SettledRow<'_> {
    fn of(Settled { effect, what }: &Settled, now: Timestamp) -> SettledRow<'_> {
        let (status, last_error) = match what {
            Settlement::Done => (MessageStatus::Sent, None),
            Settlement::Again { why, .. } => (MessageStatus::Queued, Some(why)),
            Settlement::Dead { why } => (MessageStatus::Failed, Some(why)),
        };
        let next_attempt_at = match what {
            Settlement::Again { at, .. } => Some(Time(*at)),
            Settlement::Done | Settlement::Dead { .. } => None,
        };
        SettledRow {
            key: &effect.key,
            status: status.name(),
            // An operator's wish comes with no attempt.
            attempts: effect.attempt.min(1),
            last_error,
            next_attempt_at,
            sent_at: (status == MessageStatus::Sent).then_some(Time(now)),
        }
    }
}

/// What attempts came to. One that was suppressed meanwhile stays so: nothing was sent. One that had failed is queued
/// again when an operator wants that.
pub(crate) fn settle(tx: &mut Tx<'_>, settled: &[Settled], now: Timestamp) -> Result<(), StoreError> {
    let rows: Vec<SettledRow<'_>> = settled.iter().map(|settled| SettledRow::of(settled, now)).collect();
    with_rows!(
        tx,
        rows,
        {
            key: Text, status: Text, attempts: Integer, last_error: Nullable<Text>, next_attempt_at: Nullable<Moment>,
            sent_at: Nullable<Moment>
        },
        "UPDATE messages SET status = given.status, attempts = messages.attempts + given.attempts, \
         last_error = COALESCE(given.last_error, messages.last_error), next_attempt_at = given.next_attempt_at, \
         sent_at = given.sent_at \
         FROM given WHERE messages.key = given.key \
         AND (messages.status = 'queued' OR messages.status = 'failed' AND given.status = 'queued')"
    )?;
    Ok(())
}
