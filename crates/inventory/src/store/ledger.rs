use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};
use kernel::Sku;
use platform::store::{Db, Moment, StoreError, Time};
use platform::{insert_all, on};

use crate::schema::stock_ledger;

#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = stock_ledger, treat_none_as_default_value = false)]
pub(crate) struct NewLedgerRow {
    pub sku_key: String,
    pub location: String,
    pub kind: &'static str,
    pub on_hand_delta: i64,
    pub reserved_delta: i64,
    pub on_hand_after: i64,
    pub reason: Option<String>,
    pub cause: Option<String>,
    pub at: Time,
}

#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = stock_ledger)]
pub(crate) struct LedgerRow {
    pub seq: i64,
    pub location: String,
    pub kind: String,
    pub on_hand_delta: i64,
    pub reserved_delta: i64,
    pub on_hand_after: i64,
    pub reason: Option<String>,
    pub cause: Option<String>,
    pub at: Time,
}

pub(crate) fn append(db: &mut Db<'_>, rows: &[NewLedgerRow]) -> Result<(), StoreError> {
    Ok(insert_all!(db, stock_ledger, rows, {
        sku_key: Text, location: Text, kind: Text, on_hand_delta: BigInt, reserved_delta: BigInt,
        on_hand_after: BigInt, reason: Nullable<Text>, cause: Nullable<Text>, at: Moment
    })?)
}

/// Newest first, below `before`.
pub(crate) fn list(
    db: &mut Db<'_>,
    sku: &Sku,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<LedgerRow>, StoreError> {
    Ok(on!(db, |conn| stock_ledger::table
        .filter(stock_ledger::sku_key.eq(sku.key()))
        .filter(stock_ledger::seq.lt(before.unwrap_or(i64::MAX)))
        .order(stock_ledger::seq.desc())
        .limit(limit)
        .select(LedgerRow::as_select())
        .load(conn))?)
}
