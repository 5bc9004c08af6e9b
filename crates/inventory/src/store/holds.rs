use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};
use inventory_api::{HoldState, Shortage};
use kernel::{Sku, Timestamp};
use platform::store::{Db, Document, Json, Key, Moment, StoreError, Time, Uid, corrupt, one_of};
use platform::{bug, insert_all, on, on_locked, with_rows};

use crate::schema::{backorders, hold_lines, holds};
use crate::shelf::Pick;

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = holds, treat_none_as_default_value = false)]
pub(crate) struct HoldRow {
    pub order_id: Key,
    pub state: String,
    pub expires_at: Time,
    pub shortages: Option<Json>,
}

impl HoldRow {
    pub(crate) fn state(&self) -> Result<HoldState, StoreError> {
        match self.state.as_str() {
            "held" => Ok(HoldState::Held),
            "confirmed" => Ok(HoldState::Confirmed),
            "released" => Ok(HoldState::Released),
            "refused" => Ok(HoldState::Refused),
            other => Err(corrupt("holds", "state", self.order_id.0, other)),
        }
    }

    pub(crate) fn shortages(&self) -> Result<Vec<Shortage>, StoreError> {
        let Some(Json(text)) = &self.shortages else { return Ok(Vec::new()) };
        serde_json::from_str(text).map_err(|error| corrupt("holds", "shortages", self.order_id.0, error))
    }
}

/// The stored name of a state.
pub(crate) fn name(state: HoldState) -> &'static str {
    match state {
        HoldState::Held => "held",
        HoldState::Confirmed => "confirmed",
        HoldState::Released => "released",
        HoldState::Refused => "refused",
    }
}

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = hold_lines)]
pub(crate) struct HoldLineRow {
    pub order_id: Key,
    pub sku_key: String,
    pub location: String,
    pub sku: String,
    pub quantity: i64,
}

impl HoldLineRow {
    pub(crate) fn of(order_id: Key, pick: &Pick) -> HoldLineRow {
        HoldLineRow {
            order_id,
            sku_key: pick.sku.key(),
            location: pick.location.clone(),
            sku: pick.sku.as_str().to_owned(),
            quantity: pick.quantity,
        }
    }

    pub(crate) fn sku(&self) -> Result<Sku, StoreError> {
        Sku::parse(&self.sku).map_err(|error| corrupt("hold_lines", "sku", self.order_id.0, error))
    }
}

pub(crate) fn find(db: &mut Db<'_>, orders: &[Key]) -> Result<Vec<HoldRow>, StoreError> {
    Ok(on!(db, |conn| holds::table
        .filter(one_of(holds::order_id, orders))
        .select(HoldRow::as_select())
        .load(conn))?)
}

pub(crate) fn lock(db: &mut Db<'_>, orders: &[Key]) -> Result<Vec<HoldRow>, StoreError> {
    Ok(on_locked!(
        db,
        holds::table
            .filter(one_of(holds::order_id, orders))
            .order(holds::order_id)
            .select(HoldRow::as_select()),
        |holds, conn| holds.load(conn)
    )?)
}

pub(crate) fn insert(db: &mut Db<'_>, rows: &[HoldRow]) -> Result<(), StoreError> {
    Ok(
        insert_all!(db, holds, rows, { order_id: Uid, state: Text, expires_at: Moment, shortages: Nullable<Document> })?,
    )
}

pub(crate) fn insert_lines(db: &mut Db<'_>, rows: &[HoldLineRow]) -> Result<(), StoreError> {
    Ok(insert_all!(db, hold_lines, rows, {
        order_id: Uid, sku_key: Text, location: Text, sku: Text, quantity: BigInt
    })?)
}

/// Adds to the lines that are there, and inserts those that are not; each is named once.
pub(crate) fn add_to_lines(db: &mut Db<'_>, rows: &[HoldLineRow]) -> Result<(), StoreError> {
    Ok(insert_all!(
        db,
        hold_lines,
        rows,
        { order_id: Uid, sku_key: Text, location: Text, sku: Text, quantity: BigInt },
        "ON CONFLICT (order_id, sku_key, location) DO UPDATE SET quantity = hold_lines.quantity + excluded.quantity"
    )?)
}

/// Leaves so much in lines that are there; a line with nothing left goes.
pub(crate) fn leave_in_lines(db: &mut Db<'_>, rows: &[HoldLineRow]) -> Result<(), StoreError> {
    let (empty, rest): (Vec<&HoldLineRow>, Vec<&HoldLineRow>) =
        rows.iter().partition(|row| row.quantity == 0);
    with_rows!(
        db,
        empty,
        { order_id: Uid, sku_key: Text, location: Text },
        "DELETE FROM hold_lines WHERE (order_id, sku_key, location) IN \
         (SELECT given.order_id, given.sku_key, given.location FROM given)"
    )?;
    with_rows!(
        db,
        rest,
        { order_id: Uid, sku_key: Text, location: Text, quantity: BigInt },
        "UPDATE hold_lines SET quantity = given.quantity FROM given \
         WHERE hold_lines.order_id = given.order_id AND hold_lines.sku_key = given.sku_key \
         AND hold_lines.location = given.location"
    )?;
    Ok(())
}

/// Which SKUs these orders hold or wait for.
pub(crate) fn sku_keys(db: &mut Db<'_>, orders: &[Key]) -> Result<Vec<String>, StoreError> {
    Ok(on!(db, |conn| hold_lines::table
        .filter(one_of(hold_lines::order_id, orders))
        .select(hold_lines::sku_key)
        .union(backorders::table.filter(one_of(backorders::order_id, orders)).select(backorders::sku_key))
        .load(conn))?)
}

pub(crate) fn find_lines(db: &mut Db<'_>, orders: &[Key]) -> Result<Vec<HoldLineRow>, StoreError> {
    Ok(on!(db, |conn| hold_lines::table
        .filter(one_of(hold_lines::order_id, orders))
        .order((hold_lines::order_id, hold_lines::sku_key, hold_lines::location))
        .select(HoldLineRow::as_select())
        .load(conn))?)
}

/// Moves holds from one state to another and says how many were in the first.
pub(crate) fn turn(
    db: &mut Db<'_>,
    orders: &[Key],
    from: HoldState,
    to: HoldState,
) -> Result<usize, StoreError> {
    struct Turn {
        order_id: Key,
        was: &'static str,
        becomes: &'static str,
    }
    let turns: Vec<Turn> =
        orders.iter().map(|order| Turn { order_id: *order, was: name(from), becomes: name(to) }).collect();
    Ok(with_rows!(
        db,
        turns,
        { order_id: Uid, was: Text, becomes: Text },
        "UPDATE holds SET state = given.becomes FROM given WHERE holds.order_id = given.order_id \
         AND state = given.was"
    )?)
}

/// Holds that ended before then, and of which nothing became. They are locked; those that a rival has are left to it.
pub(crate) fn expired(db: &mut Db<'_>, before: Timestamp, limit: i64) -> Result<Vec<Key>, StoreError> {
    let expired = holds::table
        // Written out, so that it is seen to be the condition of the index.
        .filter(diesel::dsl::sql::<diesel::sql_types::Bool>(if bug!(ExpiryUnguarded) {
            "TRUE"
        } else {
            "state = 'held'"
        }))
        .filter(holds::expires_at.lt(Time(before)))
        .order(holds::expires_at)
        .limit(limit);
    Ok(match db {
        Db::Postgres(conn) => expired.select(holds::order_id).for_update().skip_locked().load(*conn)?,
        Db::Sqlite(conn) => expired.select(holds::order_id).load(*conn)?,
    })
}

/// Makes a hold last until its new end; `false` when it is none any more.
pub(crate) fn extend(db: &mut Db<'_>, hold: &HoldRow) -> Result<bool, StoreError> {
    let extended = on!(db, |conn| diesel::update(
        holds::table.find(hold.order_id).filter(holds::state.eq(name(HoldState::Held)))
    )
    .set(holds::expires_at.eq(hold.expires_at))
    .execute(conn))?;
    Ok(extended == 1)
}
