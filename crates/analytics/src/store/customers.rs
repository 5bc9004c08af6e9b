//! Which group customers were in, from when on.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};
use kernel::Timestamp;
use platform::store::{Db, Key, Moment, StoreError, Time, Tx, Uid, one_of};
use platform::{insert_all, on};

use super::generation::Generation;
use crate::history::{History, Version};
use crate::schema::customer_groups;

/// The group that a customer came into with one version; none if out of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct GroupVersion {
    pub customer: Key,
    pub version: i64,
    pub since: Timestamp,
    pub group: Option<String>,
}

#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = customer_groups)]
struct GroupRow {
    generation: i64,
    customer_id: Key,
    version: i64,
    since: Time,
    customer_group: Option<String>,
}

/// Notes versions; what is known stays as it is.
pub(crate) fn note(
    tx: &mut Tx<'_>,
    Generation(generation): Generation,
    versions: &[GroupVersion],
) -> Result<(), StoreError> {
    let rows: Vec<GroupRow> = versions
        .iter()
        .map(|one| GroupRow {
            generation,
            customer_id: one.customer,
            version: one.version,
            since: one.since.into(),
            customer_group: one.group.clone(),
        })
        .collect();
    Ok(insert_all!(tx, customer_groups, &rows, {
        generation: BigInt, customer_id: Uid, version: BigInt, since: Moment, customer_group: Nullable<Text>
    }, "ON CONFLICT DO NOTHING")?)
}

/// The groups that these customers were in; who was in none is absent.
pub(crate) fn groups(
    db: &mut Db<'_>,
    Generation(generation): Generation,
    customers: &[Key],
) -> Result<HashMap<Key, History<Option<String>>>, StoreError> {
    let rows: Vec<GroupRow> = on!(db, |conn| customer_groups::table
        .filter(customer_groups::generation.eq(generation))
        .filter(one_of(customer_groups::customer_id, customers))
        .select(GroupRow::as_select())
        .load(conn))?;
    let mut histories: HashMap<Key, History<Option<String>>> = HashMap::new();
    for row in rows {
        let version = Version { version: row.version, since: row.since.0, value: row.customer_group };
        histories.entry(row.customer_id).or_default().push(version);
    }
    Ok(histories)
}
