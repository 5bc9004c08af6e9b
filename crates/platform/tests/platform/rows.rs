//! Rows that are written together, however many they are.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use platform::store::{Db, ROWS_AT_ONCE, StoreError, Tx};
use platform::{insert_all, on};

use crate::fixture::{counters, cx, on_both};

struct Row {
    name: String,
    value: i64,
}

/// In the order of their names.
fn rows(upto: usize) -> Vec<Row> {
    let value = |n: usize| i64::try_from(n).unwrap();
    (0..upto).map(|n| Row { name: format!("{n:04}"), value: value(n) }).collect()
}

fn add_all(tx: &mut Tx<'_>, rows: &[Row]) -> Result<(), StoreError> {
    Ok(insert_all!(
        tx, counters, rows, { name: Text, value: BigInt },
        "ON CONFLICT (name) DO UPDATE SET value = counters.value + excluded.value"
    )?)
}

fn all(db: &mut Db<'_>) -> Result<Vec<(String, i64)>, StoreError> {
    Ok(on!(db, |conn| counters::table.order(counters::name).load(conn))?)
}

#[test]
fn every_row_is_inserted_once_or_changes_the_one_that_is_there() {
    on_both(|store| async move {
        let mut wanted: Vec<(String, i64)> = Vec::new();
        for upto in [0, 1, ROWS_AT_ONCE - 1, ROWS_AT_ONCE, ROWS_AT_ONCE + 1, 3 * ROWS_AT_ONCE + 5] {
            store.write(&cx(), "add", move |tx| add_all(tx, &rows(upto))).await.unwrap();
            for Row { name, value } in rows(upto) {
                match wanted.iter_mut().find(|(known, _)| *known == name) {
                    Some((_, sum)) => *sum += value,
                    None => wanted.push((name, value)),
                }
            }
            assert_eq!(store.read(&cx(), all).await, Ok(wanted.clone()), "{upto} rows");
        }
    });
}
