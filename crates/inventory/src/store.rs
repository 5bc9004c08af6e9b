//! Rows and queries. Writers lock levels in (sku, location) order.

use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Nullable, Text};
use inventory_api::{HoldState, LineQuantity, Shortage};
use kernel::{Sku, Timestamp};
use platform::store::{Db, Document, Json, Key, Moment, Prepared, StoreError, Time, Uid, corrupt, one_of};
use platform::{bug, insert_all, on, on_locked};

use crate::levels::{Level, Levels, Pick};
use crate::schema::{hold_lines, holds, stock_items, stock_ledger, stock_levels};

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = stock_items)]
pub(crate) struct ItemRow {
    pub sku_key: String,
    pub sku: String,
    pub version: i64,
    pub updated_at: Time,
}

impl ItemRow {
    pub(crate) fn sku(&self) -> Result<Sku, StoreError> {
        Sku::parse(&self.sku).map_err(|error| corrupt("stock_items", "sku", &self.sku_key, error))
    }
}

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = stock_levels)]
pub(crate) struct LevelRow {
    pub sku_key: String,
    pub location: String,
    pub on_hand: i64,
    pub reserved: i64,
    pub version: i64,
    pub updated_at: Time,
}

impl LevelRow {
    pub(crate) fn level(&self) -> Level {
        Level { on_hand: self.on_hand, reserved: self.reserved }
    }
}

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
            sku_key: pick.sku_key.clone(),
            location: pick.location.clone(),
            sku: pick.sku.as_str().to_owned(),
            quantity: pick.quantity,
        }
    }

    pub(crate) fn line(&self) -> Result<LineQuantity, StoreError> {
        let sku =
            Sku::parse(&self.sku).map_err(|error| corrupt("hold_lines", "sku", self.order_id.0, error))?;
        Ok(LineQuantity { sku, quantity: self.quantity })
    }
}

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

/// How much a level's reserved figure moves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ReservedDelta {
    pub sku_key: String,
    pub location: String,
    pub delta: i64,
}

pub(crate) fn find_item(db: &mut Db<'_>, sku: &Sku) -> Result<Option<ItemRow>, StoreError> {
    Ok(on!(db, |conn| stock_items::table
        .find(sku.key())
        .select(ItemRow::as_select())
        .first(conn)
        .optional())?)
}

/// Finds or makes the item, and locks it: adjustments of one SKU take turns.
pub(crate) fn lock_item(db: &mut Db<'_>, sku: &Sku, now: Timestamp) -> Result<ItemRow, StoreError> {
    let fresh =
        ItemRow { sku_key: sku.key(), sku: sku.as_str().to_owned(), version: 0, updated_at: now.into() };
    on!(db, |conn| diesel::insert_into(stock_items::table)
        .values(&fresh)
        .on_conflict_do_nothing()
        .execute(conn))?;
    Ok(on_locked!(db, stock_items::table.find(sku.key()).select(ItemRow::as_select()), |item, conn| item
        .first(conn))?)
}

pub(crate) fn save_item(db: &mut Db<'_>, item: &ItemRow) -> Result<(), StoreError> {
    on!(db, |conn| diesel::update(stock_items::table.find(&item.sku_key))
        .set((stock_items::version.eq(item.version), stock_items::updated_at.eq(item.updated_at)))
        .execute(conn))?;
    Ok(())
}

pub(crate) fn levels_of(db: &mut Db<'_>, sku_key: &str) -> Result<Vec<LevelRow>, StoreError> {
    Ok(on!(db, |conn| stock_levels::table
        .filter(stock_levels::sku_key.eq(sku_key))
        .order(stock_levels::location)
        .select(LevelRow::as_select())
        .load(conn))?)
}

/// Locks all levels of these SKUs.
pub(crate) fn lock_levels(db: &mut Db<'_>, sku_keys: &[String]) -> Result<Levels, StoreError> {
    let rows: Vec<LevelRow> = on_locked!(
        db,
        stock_levels::table
            .filter(one_of(stock_levels::sku_key, sku_keys))
            .order((stock_levels::sku_key, stock_levels::location))
            .select(LevelRow::as_select()),
        |levels, conn| levels.load(conn)
    )?;
    let mut levels = Levels::default();
    for row in rows {
        let level = row.level();
        levels.insert(row.sku_key, row.location, level);
    }
    Ok(levels)
}

/// Adds to what is on hand at a location, where `reserved` still fits; `None` where it does not.
pub(crate) fn add_on_hand(
    db: &mut Db<'_>,
    sku_key: &str,
    location: &str,
    delta: i64,
    now: Timestamp,
) -> Result<Option<LevelRow>, StoreError> {
    let fresh = LevelRow {
        sku_key: sku_key.to_owned(),
        location: location.to_owned(),
        on_hand: 0,
        reserved: 0,
        version: 0,
        updated_at: now.into(),
    };
    on!(db, |conn| diesel::insert_into(stock_levels::table)
        .values(&fresh)
        .on_conflict_do_nothing()
        .execute(conn))?;
    Ok(on!(db, |conn| diesel::update(stock_levels::table.find((sku_key, location)))
        .filter((stock_levels::on_hand + delta).ge(stock_levels::reserved))
        .set((
            stock_levels::on_hand.eq(stock_levels::on_hand + delta),
            stock_levels::version.eq(stock_levels::version + 1),
            stock_levels::updated_at.eq(Time(now)),
        ))
        .returning(LevelRow::as_returning())
        .get_result(conn)
        .optional())?)
}

pub(crate) fn find_level(
    db: &mut Db<'_>,
    sku_key: &str,
    location: &str,
) -> Result<Option<LevelRow>, StoreError> {
    Ok(on!(db, |conn| stock_levels::table
        .find((sku_key, location))
        .select(LevelRow::as_select())
        .first(conn)
        .optional())?)
}

const MOVE_RESERVED: &str = "\
    UPDATE stock_levels l SET reserved = l.reserved + d.delta, version = l.version + 1, updated_at = d.at \
    FROM unnest(";
const WITHIN_BOUNDS: &str = "\
    ) AS d (sku_key, location, delta, at) \
    WHERE l.sku_key = d.sku_key AND l.location = d.location \
      AND l.reserved + d.delta BETWEEN 0 AND l.on_hand";

/// Moves the reserved figures; each level is named once.
///
/// # Errors
/// [`StoreError::Contended`] when a level would leave its bounds: nobody may have changed a locked one.
pub(crate) fn move_reserved(
    db: &mut Db<'_>,
    deltas: &[ReservedDelta],
    now: Timestamp,
) -> Result<(), StoreError> {
    let moved = match db {
        Db::Postgres(conn) => {
            let (keys, locations): (Vec<_>, Vec<_>) =
                deltas.iter().map(|delta| (delta.sku_key.as_str(), delta.location.as_str())).unzip();
            let amounts: Vec<i64> = deltas.iter().map(|delta| delta.delta).collect();
            let times = vec![Time(now); deltas.len()];
            let binds = (
                keys.into_sql::<Array<Text>>(),
                locations.into_sql::<Array<Text>>(),
                amounts.into_sql::<Array<BigInt>>(),
                times.into_sql::<Array<Moment>>(),
            );
            enum MoveReserved {}
            Prepared::<MoveReserved, _>::new(MOVE_RESERVED, binds, WITHIN_BOUNDS).execute(*conn)?
        }
        Db::Sqlite(conn) => deltas.iter().try_fold(0, |moved, delta| {
            let reserved = stock_levels::reserved + delta.delta;
            diesel::update(stock_levels::table.find((&delta.sku_key, &delta.location)))
                .filter(reserved.ge(0))
                .filter(reserved.le(stock_levels::on_hand))
                .set((
                    stock_levels::reserved.eq(reserved),
                    stock_levels::version.eq(stock_levels::version + 1),
                    stock_levels::updated_at.eq(Time(now)),
                ))
                .execute(*conn)
                .map(|rows| moved + rows)
        })?,
    };
    if moved == deltas.len() {
        Ok(())
    } else {
        Err(StoreError::Contended("a stock level changed under its lock".to_owned()))
    }
}

pub(crate) fn find_holds(db: &mut Db<'_>, orders: &[Key]) -> Result<Vec<HoldRow>, StoreError> {
    Ok(on!(db, |conn| holds::table
        .filter(one_of(holds::order_id, orders))
        .select(HoldRow::as_select())
        .load(conn))?)
}

pub(crate) fn lock_holds(db: &mut Db<'_>, orders: &[Key]) -> Result<Vec<HoldRow>, StoreError> {
    Ok(on_locked!(
        db,
        holds::table
            .filter(one_of(holds::order_id, orders))
            .order(holds::order_id)
            .select(HoldRow::as_select()),
        |holds, conn| holds.load(conn)
    )?)
}

pub(crate) fn insert_holds(db: &mut Db<'_>, rows: &[HoldRow]) -> Result<(), StoreError> {
    Ok(
        insert_all!(db, holds, rows, { order_id: Uid, state: Text, expires_at: Moment, shortages: Nullable<Document> })?,
    )
}

pub(crate) fn insert_hold_lines(db: &mut Db<'_>, rows: &[HoldLineRow]) -> Result<(), StoreError> {
    Ok(insert_all!(db, hold_lines, rows, {
        order_id: Uid, sku_key: Text, location: Text, sku: Text, quantity: BigInt
    })?)
}

pub(crate) fn find_hold_lines(db: &mut Db<'_>, orders: &[Key]) -> Result<Vec<HoldLineRow>, StoreError> {
    Ok(on!(db, |conn| hold_lines::table
        .filter(one_of(hold_lines::order_id, orders))
        .order((hold_lines::order_id, hold_lines::sku_key, hold_lines::location))
        .select(HoldLineRow::as_select())
        .load(conn))?)
}

/// Moves holds from one state to another and says how many were in the first.
pub(crate) fn move_holds(
    db: &mut Db<'_>,
    orders: &[Key],
    from: HoldState,
    to: HoldState,
) -> Result<usize, StoreError> {
    Ok(on!(db, |conn| diesel::update(
        holds::table.filter(one_of(holds::order_id, orders)).filter(holds::state.eq(name(from)))
    )
    .set(holds::state.eq(name(to)))
    .execute(conn))?)
}

/// Holds that ended before then, and of which nothing became. They are locked; those that a rival has are left to it.
pub(crate) fn expired_holds(db: &mut Db<'_>, before: Timestamp, limit: i64) -> Result<Vec<Key>, StoreError> {
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
pub(crate) fn extend_hold(db: &mut Db<'_>, hold: &HoldRow) -> Result<bool, StoreError> {
    let extended = on!(db, |conn| diesel::update(
        holds::table.find(hold.order_id).filter(holds::state.eq(name(HoldState::Held)))
    )
    .set(holds::expires_at.eq(hold.expires_at))
    .execute(conn))?;
    Ok(extended == 1)
}

pub(crate) fn append_ledger(db: &mut Db<'_>, rows: &[NewLedgerRow]) -> Result<(), StoreError> {
    Ok(insert_all!(db, stock_ledger, rows, {
        sku_key: Text, location: Text, kind: Text, on_hand_delta: BigInt, reserved_delta: BigInt,
        on_hand_after: BigInt, reason: Nullable<Text>, cause: Nullable<Text>, at: Moment
    })?)
}

/// Newest first, below `before`.
pub(crate) fn list_ledger(
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
