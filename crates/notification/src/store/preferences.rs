//! Preferences in their table.

use std::collections::HashMap;

use customer_api::CustomerId;
use diesel::prelude::*;
use kernel::Timestamp;
use platform::store::{Db, Key, StoreError, Time, Tx, one_of};
use platform::{on, on_locked};

use crate::preferences::{EmailTopics, Preferences};
use crate::schema::preferences;

#[derive(Clone, Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = preferences, treat_none_as_default_value = false, treat_none_as_null = true)]
struct PreferencesRow {
    customer_id: Key,
    locale: Option<String>,
    email_orders: bool,
    email_refunds: bool,
    version: i64,
    updated_at: Time,
}

impl PreferencesRow {
    fn of(preferences: &Preferences, now: Timestamp) -> PreferencesRow {
        PreferencesRow {
            customer_id: preferences.customer_id.into(),
            locale: preferences.locale.clone(),
            email_orders: preferences.email.orders,
            email_refunds: preferences.email.refunds,
            version: preferences.version,
            updated_at: Time(preferences.updated_at.unwrap_or(now)),
        }
    }
}

impl From<PreferencesRow> for Preferences {
    fn from(row: PreferencesRow) -> Preferences {
        Preferences {
            customer_id: row.customer_id.id(),
            locale: row.locale,
            email: EmailTopics { orders: row.email_orders, refunds: row.email_refunds },
            version: row.version,
            updated_at: (row.version > 0).then_some(row.updated_at.0),
        }
    }
}

pub(crate) fn find(db: &mut Db<'_>, customer: CustomerId) -> Result<Preferences, StoreError> {
    let row: Option<PreferencesRow> = on!(db, |conn| preferences::table
        .find(Key::from(customer))
        .select(PreferencesRow::as_select())
        .first(conn)
        .optional())?;
    Ok(row.map_or_else(|| Preferences::unsaid(customer), Preferences::from))
}

/// What these customers have said; those who have said nothing are absent.
pub(crate) fn find_all(
    db: &mut Db<'_>,
    customers: &[CustomerId],
) -> Result<HashMap<CustomerId, Preferences>, StoreError> {
    let keys: Vec<Key> = customers.iter().copied().map(Key::from).collect();
    let rows: Vec<PreferencesRow> = on!(db, |conn| preferences::table
        .filter(one_of(preferences::customer_id, &keys))
        .select(PreferencesRow::as_select())
        .load(conn))?;
    Ok(rows.into_iter().map(Preferences::from).map(|of| (of.customer_id, of)).collect())
}

/// The row that the transaction is about to change. One that is missing is made first, so that two who are the first to
/// choose take turns.
pub(crate) fn lock(tx: &mut Tx<'_>, customer: CustomerId, now: Timestamp) -> Result<Preferences, StoreError> {
    let unsaid = PreferencesRow::of(&Preferences::unsaid(customer), now);
    on!(tx, |conn| diesel::insert_into(preferences::table)
        .values(&unsaid)
        .on_conflict_do_nothing()
        .execute(conn))?;
    let row: PreferencesRow = on_locked!(
        tx,
        preferences::table.find(Key::from(customer)).select(PreferencesRow::as_select()),
        |row, conn| row.first(conn)
    )?;
    Ok(row.into())
}

pub(crate) fn save(tx: &mut Tx<'_>, changed: &Preferences) -> Result<(), StoreError> {
    let row = PreferencesRow::of(changed, Timestamp::from_micros(0));
    on!(tx, |conn| diesel::update(preferences::table.find(row.customer_id)).set(&row).execute(conn))?;
    Ok(())
}
