//! Which group customers were in, from when on.

use std::collections::{BTreeMap, HashMap};

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};
use kernel::Timestamp;
use platform::copies::{At, Kept, Mending, PAGE, judge};
use platform::store::{Db, Key, Moment, StoreError, Time, Tx, Uid, one_of};
use platform::{insert_all, on};

use super::generation::Generation;
use crate::drift::GroupFact;
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

/// The newest version of each of a page of customers who were ever in a group, in the order of their keys.
pub(crate) fn page(
    db: &mut Db<'_>,
    of: Generation,
    after: Key,
) -> Result<Vec<Kept<Key, GroupFact>>, StoreError> {
    let customers: Vec<Key> = on!(db, |conn| customer_groups::table
        .filter(customer_groups::generation.eq(of.0))
        .filter(customer_groups::customer_id.gt(after))
        .select(customer_groups::customer_id)
        .distinct()
        .order(customer_groups::customer_id)
        .limit(PAGE.into())
        .load(conn))?;
    let kept = |(key, row): (Key, GroupRow)| Kept {
        key,
        at: At::told(row.version),
        fact: GroupFact { group: row.customer_group, since: row.since.0 },
    };
    Ok(newest(db, of, &customers)?.into_iter().map(kept).collect())
}

fn newest(
    db: &mut Db<'_>,
    Generation(generation): Generation,
    customers: &[Key],
) -> Result<BTreeMap<Key, GroupRow>, StoreError> {
    let rows: Vec<GroupRow> = on!(db, |conn| customer_groups::table
        .filter(customer_groups::generation.eq(generation))
        .filter(one_of(customer_groups::customer_id, customers))
        .order(customer_groups::version)
        .select(GroupRow::as_select())
        .load(conn))?;
    // The last of several is the newest.
    Ok(rows.into_iter().map(|row| (row.customer_id, row)).collect())
}

/// Has the newest version of customers say what their owner says, and names those of whom it said something else. The
/// generation is locked.
pub(crate) fn mend(
    tx: &mut Tx<'_>,
    of: Generation,
    all: &[Mending<Key, GroupFact>],
) -> Result<Vec<Key>, StoreError> {
    let wanted: Vec<Key> = all.iter().map(|one| one.key).collect();
    let now = newest(tx, of, &wanted)?.into_iter().map(|(key, row)| (key, At::told(row.version))).collect();
    let verdicts = judge(all, &now);
    let mut versions = Vec::with_capacity(verdicts.replaced.len());
    let gone = verdicts.removed.iter().map(|key| (*key, 0));
    for (customer, since) in gone.chain(verdicts.replaced.iter().map(|(owned, at)| (owned.key, at.version))) {
        let rows = customer_groups::table
            .filter(customer_groups::generation.eq(of.0))
            .filter(customer_groups::customer_id.eq(customer))
            .filter(customer_groups::version.ge(since));
        on!(tx, |conn| diesel::delete(rows).execute(conn))?;
    }
    for (owned, at) in &verdicts.replaced {
        versions.push(GroupVersion {
            customer: owned.key,
            version: at.version,
            since: owned.fact.since,
            group: owned.fact.group.clone(),
        });
    }
    note(tx, of, &versions)?;
    Ok(verdicts.changed())
}
