use customer_api::{Address, AddressFields, AddressId, CustomerId};
use diesel::prelude::*;
use kernel::PageRequest;
use platform::on;
use platform::store::{Db, Key, StoreError, Tx, one_of};

use crate::schema::addresses;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = addresses)]
struct AddressRow {
    id: Key,
    customer_id: Key,
    name: String,
    line1: String,
    line2: Option<String>,
    city: String,
    region: Option<String>,
    postal_code: String,
    country: String,
    phone: Option<String>,
    version: i64,
}

impl AddressRow {
    fn of(customer: CustomerId, address: &Address) -> AddressRow {
        let AddressFields { name, line1, line2, city, region, postal_code, country, phone } =
            address.fields.clone();
        AddressRow {
            id: address.id.into(),
            customer_id: customer.into(),
            name,
            line1,
            line2,
            city,
            region,
            postal_code,
            country,
            phone,
            version: address.version,
        }
    }
}

impl From<AddressRow> for Address {
    fn from(row: AddressRow) -> Address {
        Address {
            id: row.id.id(),
            fields: AddressFields {
                name: row.name,
                line1: row.line1,
                line2: row.line2,
                city: row.city,
                region: row.region,
                postal_code: row.postal_code,
                country: row.country,
                phone: row.phone,
            },
            version: row.version,
        }
    }
}

/// Under this customer only. Who changes it holds the lock on the customer.
pub(crate) fn find(
    db: &mut Db<'_>,
    customer: CustomerId,
    id: AddressId,
) -> Result<Option<Address>, StoreError> {
    let row: Option<AddressRow> = on!(db, |conn| addresses::table
        .find(Key::from(id))
        .filter(addresses::customer_id.eq(Key::from(customer)))
        .select(AddressRow::as_select())
        .first(conn)
        .optional())?;
    Ok(row.map(Address::from))
}

/// Whoever's they are.
pub(crate) fn find_all(db: &mut Db<'_>, ids: &[AddressId]) -> Result<Vec<(CustomerId, Address)>, StoreError> {
    let keys: Vec<Key> = ids.iter().copied().map(Key::from).collect();
    let rows: Vec<AddressRow> = on!(db, |conn| addresses::table
        .filter(one_of(addresses::id, &keys))
        .select(AddressRow::as_select())
        .load(conn))?;
    Ok(rows.into_iter().map(|row| (row.customer_id.id(), row.into())).collect())
}

/// Of these customers, in the order of their ids.
pub(crate) fn of_customers(
    db: &mut Db<'_>,
    customers: &[CustomerId],
) -> Result<Vec<(CustomerId, Address)>, StoreError> {
    let keys: Vec<Key> = customers.iter().copied().map(Key::from).collect();
    let rows: Vec<AddressRow> = on!(db, |conn| addresses::table
        .filter(one_of(addresses::customer_id, &keys))
        .order(addresses::id)
        .select(AddressRow::as_select())
        .load(conn))?;
    Ok(rows.into_iter().map(|row| (row.customer_id.id(), row.into())).collect())
}

/// Newest first; one row more than the page holds, if there are that many.
pub(crate) fn list(
    db: &mut Db<'_>,
    customer: CustomerId,
    page: &PageRequest<AddressId>,
) -> Result<Vec<Address>, StoreError> {
    let rows: Vec<AddressRow> = on!(db, |conn| {
        let mut query = addresses::table
            .filter(addresses::customer_id.eq(Key::from(customer)))
            .select(AddressRow::as_select())
            .into_boxed();
        if let Some(after) = page.after {
            query = query.filter(addresses::id.lt(Key::from(after)));
        }
        query.order(addresses::id.desc()).limit(page.limit.plus_one()).load(conn)
    })?;
    Ok(rows.into_iter().map(Address::from).collect())
}

pub(crate) fn insert(tx: &mut Tx<'_>, customer: CustomerId, address: &Address) -> Result<(), StoreError> {
    let row = AddressRow::of(customer, address);
    on!(tx, |conn| diesel::insert_into(addresses::table).values(&row).execute(conn))?;
    Ok(())
}

pub(crate) fn update(tx: &mut Tx<'_>, address: &Address) -> Result<(), StoreError> {
    let AddressFields { name, line1, line2, city, region, postal_code, country, phone } = &address.fields;
    on!(tx, |conn| diesel::update(addresses::table.find(Key::from(address.id)))
        .set((
            addresses::name.eq(name),
            addresses::line1.eq(line1),
            addresses::line2.eq(line2),
            addresses::city.eq(city),
            addresses::region.eq(region),
            addresses::postal_code.eq(postal_code),
            addresses::country.eq(country),
            addresses::phone.eq(phone),
            addresses::version.eq(address.version),
        ))
        .execute(conn))?;
    Ok(())
}

pub(crate) fn delete(tx: &mut Tx<'_>, id: AddressId) -> Result<(), StoreError> {
    on!(tx, |conn| diesel::delete(addresses::table.find(Key::from(id))).execute(conn))?;
    Ok(())
}
