//! Copies of customers and their addresses.

use std::collections::{BTreeMap, HashMap};

use customer_api::{AddressId, CustomerId};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};
use platform::copies::{At, Kept, Mending, PAGE, judge};
use platform::store::{Db, Document, Json, Key, Moment, StoreError, Time, Tx, Uid, one_of};
use platform::{insert_all, on, on_locked};

use crate::copies::{AddressFact, CopiedAddress, CustomerCopy, CustomerFact, freshness};
use crate::schema::{address_copies, customer_copies};

#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = customer_copies)]
struct CustomerRow {
    customer_id: Key,
    heard_version: i64,
    /// 0: nothing is copied yet.
    source_version: i64,
    as_of: Option<Time>,
    name: Option<String>,
}

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = address_copies)]
struct AddressRow {
    customer_id: Key,
    address_id: Key,
    version: i64,
    address: Json,
}

impl CustomerRow {
    fn at(&self) -> At {
        At { version: self.source_version, heard: self.heard_version }
    }

    fn heard_of(customer_id: Key, heard_version: i64) -> CustomerRow {
        CustomerRow { customer_id, heard_version, source_version: 0, as_of: None, name: None }
    }

    fn kept(self, addresses: BTreeMap<AddressId, AddressFact>) -> Kept<Key, CustomerFact> {
        let at = self.at();
        let as_of = self.as_of.map_or(kernel::Timestamp::from_micros(0), |at| at.0);
        let fact = CustomerFact { name: self.name.unwrap_or_default(), as_of, addresses };
        Kept { key: self.customer_id, at, fact }
    }
}

impl AddressRow {
    fn read(&self) -> AddressFact {
        AddressFact { version: self.version, fields: serde_json::from_str(&self.address.0).ok() }
    }
}

/// Notes the newest version of each customer that was heard of.
pub(crate) fn note(tx: &mut Tx<'_>, heard: &BTreeMap<Key, i64>) -> Result<(), StoreError> {
    let rows: Vec<CustomerRow> = heard.iter().map(|(id, heard)| CustomerRow::heard_of(*id, *heard)).collect();
    Ok(insert_all!(tx, customer_copies, &rows, {
        customer_id: Uid, heard_version: BigInt, source_version: BigInt
    }, "ON CONFLICT (customer_id) DO UPDATE SET heard_version = excluded.heard_version \
        WHERE customer_copies.heard_version < excluded.heard_version")?)
}

/// Copies that have heard of something newer, in the order of their keys, after one of them.
pub(crate) fn gaps(db: &mut Db<'_>, after: Key) -> Result<Vec<(Key, At)>, StoreError> {
    let rows: Vec<CustomerRow> = on!(db, |conn| customer_copies::table
        .filter(customer_copies::heard_version.gt(customer_copies::source_version))
        .filter(customer_copies::customer_id.gt(after))
        .order(customer_copies::customer_id)
        .limit(PAGE.into())
        .select(CustomerRow::as_select())
        .load(conn))?;
    Ok(rows.into_iter().map(|row| (row.customer_id, row.at())).collect())
}

/// A page of all copies, in the order of their keys.
pub(crate) fn page(db: &mut Db<'_>, after: Key) -> Result<Vec<Kept<Key, CustomerFact>>, StoreError> {
    let rows: Vec<CustomerRow> = on!(db, |conn| customer_copies::table
        .filter(customer_copies::customer_id.gt(after))
        .order(customer_copies::customer_id)
        .limit(PAGE.into())
        .select(CustomerRow::as_select())
        .load(conn))?;
    let ids: Vec<Key> = rows.iter().map(|row| row.customer_id).collect();
    let mut addresses: HashMap<Key, BTreeMap<AddressId, AddressFact>> = HashMap::new();
    let found: Vec<AddressRow> = on!(db, |conn| address_copies::table
        .filter(one_of(address_copies::customer_id, &ids))
        .select(AddressRow::as_select())
        .load(conn))?;
    for row in found {
        addresses.entry(row.customer_id).or_default().insert(row.address_id.id(), row.read());
    }
    Ok(rows
        .into_iter()
        .map(|row| {
            let addresses = addresses.remove(&row.customer_id).unwrap_or_default();
            row.kept(addresses)
        })
        .collect())
}

/// Makes copies anew, as far as nothing newer is there.
pub(crate) fn mend(tx: &mut Tx<'_>, all: &[Mending<Key, CustomerFact>]) -> Result<(), StoreError> {
    let now = lock(tx, all)?;
    let verdicts = judge(all, &now);
    let (mut rows, mut addresses) = (Vec::new(), Vec::new());
    for (owned, at) in &verdicts.replaced {
        rows.push(CustomerRow {
            customer_id: owned.key,
            heard_version: at.heard,
            source_version: at.version,
            as_of: Some(owned.fact.as_of.into()),
            name: Some(owned.fact.name.clone()),
        });
        addresses.extend(address_rows(owned.key, &owned.fact)?);
    }
    on!(tx, |conn| diesel::delete(
        address_copies::table.filter(one_of(address_copies::customer_id, &verdicts.changed()))
    )
    .execute(conn))?;
    on!(tx, |conn| diesel::delete(
        customer_copies::table.filter(one_of(customer_copies::customer_id, &verdicts.removed))
    )
    .execute(conn))?;
    save(tx, &rows)?;
    Ok(insert_all!(tx, address_copies, &addresses, {
        customer_id: Uid, address_id: Uid, version: BigInt, address: Document
    })?)
}

fn save(tx: &mut Tx<'_>, rows: &[CustomerRow]) -> Result<(), StoreError> {
    Ok(insert_all!(tx, customer_copies, rows, {
        customer_id: Uid, heard_version: BigInt, source_version: BigInt, as_of: Nullable<Moment>, name: Nullable<Text>
    }, "ON CONFLICT (customer_id) DO UPDATE SET heard_version = excluded.heard_version, \
        source_version = excluded.source_version, as_of = excluded.as_of, name = excluded.name")?)
}

/// Where the copies are, locked in the order of their keys. One that is not there yet is made, so that it can be.
fn lock(tx: &mut Tx<'_>, all: &[Mending<Key, CustomerFact>]) -> Result<HashMap<Key, At>, StoreError> {
    let wanted: Vec<Key> = all.iter().map(|one| one.key).collect();
    let new = all.iter().filter(|one| one.owned.is_some() && one.seen.is_none());
    let new: Vec<CustomerRow> = new.map(|one| CustomerRow::heard_of(one.key, 0)).collect();
    insert_all!(tx, customer_copies, &new, {
        customer_id: Uid, heard_version: BigInt, source_version: BigInt
    }, "ON CONFLICT DO NOTHING")?;
    let rows: Vec<CustomerRow> = on_locked!(
        tx,
        customer_copies::table
            .filter(one_of(customer_copies::customer_id, &wanted))
            .order(customer_copies::customer_id)
            .select(CustomerRow::as_select()),
        |rows, conn| rows.load(conn)
    )?;
    Ok(rows.into_iter().map(|row| (row.customer_id, row.at())).collect())
}

fn address_rows(customer_id: Key, fact: &CustomerFact) -> Result<Vec<AddressRow>, StoreError> {
    let row = |(id, address): (&AddressId, &AddressFact)| {
        let address_id = Key::from(*id);
        Ok(AddressRow {
            customer_id,
            address_id,
            version: address.version,
            address: Json::of(&address.fields)?,
        })
    };
    fact.addresses.iter().map(row).collect()
}

/// Where to send something, as it was copied.
pub(crate) fn find_address(
    db: &mut Db<'_>,
    customer: CustomerId,
    address: AddressId,
) -> Result<Option<CopiedAddress>, StoreError> {
    let Some((row, as_of, _)) = find_copied(db, customer)? else { return Ok(None) };
    let found: Option<AddressRow> = on!(db, |conn| address_copies::table
        .find((Key::from(customer), Key::from(address)))
        .select(AddressRow::as_select())
        .first(conn)
        .optional())?;
    let fields = found.and_then(|found| found.read().fields);
    Ok(fields.map(|fields| CopiedAddress { fields, source_version: row.source_version, as_of: as_of.0 }))
}

/// A customer, as it was copied.
pub(crate) fn find(db: &mut Db<'_>, customer: CustomerId) -> Result<Option<CustomerCopy>, StoreError> {
    let found = find_copied(db, customer)?;
    Ok(found.map(|(row, as_of, name)| CustomerCopy {
        name,
        freshness: freshness("customer", row.source_version, as_of.0),
    }))
}

fn find_copied(
    db: &mut Db<'_>,
    customer: CustomerId,
) -> Result<Option<(CustomerRow, Time, String)>, StoreError> {
    let row: Option<CustomerRow> = on!(db, |conn| customer_copies::table
        .find(Key::from(customer))
        .select(CustomerRow::as_select())
        .first(conn)
        .optional())?;
    Ok(row.and_then(|mut row| {
        let (as_of, name) = (row.as_of.take()?, row.name.take()?);
        Some((row, as_of, name))
    }))
}
