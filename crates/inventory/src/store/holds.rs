use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::QueryFragment;
use diesel::sql_types::{Array, BigInt, Nullable, Text};
use inventory_api::{HoldState, Shortage};
use kernel::{Sku, Timestamp};
use platform::store::{Db, Document, Json, Key, Moment, Prepared, StoreError, Time, Uid, corrupt, one_of};
use platform::{bug, insert_all, on, on_locked};

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

const ADD_TO_LINES: &str = "\
    INSERT INTO hold_lines (order_id, sku_key, location, sku, quantity) SELECT * FROM unnest(";
const OR_INSERT: &str = "\
    ) ON CONFLICT (order_id, sku_key, location) DO UPDATE SET quantity = hold_lines.quantity + excluded.quantity";

/// Adds to the lines that are there, and inserts those that are not; each is named once.
pub(crate) fn add_to_lines(db: &mut Db<'_>, rows: &[HoldLineRow]) -> Result<(), StoreError> {
    match db {
        _ if rows.is_empty() => {}
        Db::Postgres(conn) => {
            let text = |of: fn(&HoldLineRow) -> &str| rows.iter().map(of).collect::<Vec<_>>();
            let binds = (
                rows.iter().map(|row| row.order_id).collect::<Vec<_>>().into_sql::<Array<Uid>>(),
                text(|row| &row.sku_key).into_sql::<Array<Text>>(),
                text(|row| &row.location).into_sql::<Array<Text>>(),
                text(|row| &row.sku).into_sql::<Array<Text>>(),
                rows.iter().map(|row| row.quantity).collect::<Vec<_>>().into_sql::<Array<BigInt>>(),
            );
            enum AddToLines {}
            Prepared::<AddToLines, _>::new(ADD_TO_LINES, binds, OR_INSERT).execute(*conn)?;
        }
        Db::Sqlite(conn) => {
            for row in rows {
                diesel::insert_into(hold_lines::table)
                    .values(row)
                    .on_conflict((hold_lines::order_id, hold_lines::sku_key, hold_lines::location))
                    .do_update()
                    .set(hold_lines::quantity.eq(hold_lines::quantity + row.quantity))
                    .execute(*conn)?;
            }
        }
    }
    Ok(())
}

const EMPTY_LINES: &str = "DELETE FROM hold_lines h USING unnest(";
const SHRINK_LINES: &str = "UPDATE hold_lines h SET quantity = d.quantity FROM unnest(";
const EACH_LINE: &str = "\
    ) AS d (order_id, sku_key, location, quantity) \
    WHERE h.order_id = d.order_id AND h.sku_key = d.sku_key AND h.location = d.location";

/// Leaves so much in lines that are there; a line with nothing left goes.
pub(crate) fn leave_in_lines(db: &mut Db<'_>, rows: &[HoldLineRow]) -> Result<(), StoreError> {
    let (empty, rest): (Vec<&HoldLineRow>, Vec<&HoldLineRow>) =
        rows.iter().partition(|row| row.quantity == 0);
    match db {
        Db::Postgres(conn) => {
            enum Empty {}
            enum Shrink {}
            if !empty.is_empty() {
                Prepared::<Empty, _>::new(EMPTY_LINES, places(&empty), EACH_LINE).execute(*conn)?;
            }
            if !rest.is_empty() {
                Prepared::<Shrink, _>::new(SHRINK_LINES, places(&rest), EACH_LINE).execute(*conn)?;
            }
        }
        Db::Sqlite(conn) => {
            let line = |row: &HoldLineRow| (row.order_id, row.sku_key.clone(), row.location.clone());
            for row in empty {
                diesel::delete(hold_lines::table.find(line(row))).execute(*conn)?;
            }
            for row in rest {
                let left = hold_lines::quantity.eq(row.quantity);
                diesel::update(hold_lines::table.find(line(row))).set(left).execute(*conn)?;
            }
        }
    }
    Ok(())
}

/// Lines, and what is left in them.
fn places(rows: &[&HoldLineRow]) -> impl QueryFragment<Pg> {
    fn column<'r, T>(rows: &[&'r HoldLineRow], of: impl Fn(&'r HoldLineRow) -> T) -> Vec<T> {
        rows.iter().map(|row| of(row)).collect()
    }
    (
        column(rows, |row| row.order_id).into_sql::<Array<Uid>>(),
        column(rows, |row| row.sku_key.as_str()).into_sql::<Array<Text>>(),
        column(rows, |row| row.location.as_str()).into_sql::<Array<Text>>(),
        column(rows, |row| row.quantity).into_sql::<Array<BigInt>>(),
    )
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
    Ok(on!(db, |conn| diesel::update(
        holds::table.filter(one_of(holds::order_id, orders)).filter(holds::state.eq(name(from)))
    )
    .set(holds::state.eq(name(to)))
    .execute(conn))?)
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
