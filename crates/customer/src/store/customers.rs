use customer_api::{Customer, CustomerId};
use diesel::prelude::*;
use kernel::PageRequest;
use platform::store::{Db, Key, StoreError, Time, Tx, one_of};
use platform::{on, on_locked};

use crate::customer::email_key;
use crate::error::Error;
use crate::schema::customers;

const EMAIL_UNIQUE: &str = "customers_email_key_key";

#[derive(Queryable, Selectable)]
#[diesel(table_name = customers)]
struct CustomerRow {
    id: Key,
    email: String,
    name: String,
    phone: Option<String>,
    customer_group: Option<String>,
    default_shipping_address_id: Option<Key>,
    default_billing_address_id: Option<Key>,
    version: i64,
    created_at: Time,
    updated_at: Time,
}

#[derive(Insertable)]
#[diesel(table_name = customers)]
struct NewCustomerRow<'a> {
    id: Key,
    email: &'a str,
    email_key: String,
    name: &'a str,
    phone: Option<&'a str>,
    customer_group: Option<&'a str>,
    version: i64,
    created_at: Time,
    updated_at: Time,
}

impl From<CustomerRow> for Customer {
    fn from(row: CustomerRow) -> Customer {
        Customer {
            id: row.id.id(),
            email: row.email,
            name: row.name,
            phone: row.phone,
            group: row.customer_group,
            default_shipping_address_id: row.default_shipping_address_id.map(Key::id),
            default_billing_address_id: row.default_billing_address_id.map(Key::id),
            version: row.version,
            created_at: row.created_at.0,
            updated_at: row.updated_at.0,
        }
    }
}

pub(crate) fn find(db: &mut Db<'_>, id: CustomerId) -> Result<Option<Customer>, StoreError> {
    let row: Option<CustomerRow> = on!(db, |conn| customers::table
        .find(Key::from(id))
        .select(CustomerRow::as_select())
        .first(conn)
        .optional())?;
    Ok(row.map(Customer::from))
}

/// In any case.
pub(crate) fn find_by_email(db: &mut Db<'_>, email: &str) -> Result<Option<Customer>, StoreError> {
    let row: Option<CustomerRow> = on!(db, |conn| customers::table
        .filter(customers::email_key.eq(email_key(email)))
        .select(CustomerRow::as_select())
        .first(conn)
        .optional())?;
    Ok(row.map(Customer::from))
}

/// Those of these that exist.
pub(crate) fn find_all(db: &mut Db<'_>, ids: &[CustomerId]) -> Result<Vec<Customer>, StoreError> {
    let keys: Vec<Key> = ids.iter().copied().map(Key::from).collect();
    let rows: Vec<CustomerRow> = on!(db, |conn| customers::table
        .filter(one_of(customers::id, &keys))
        .select(CustomerRow::as_select())
        .load(conn))?;
    Ok(rows.into_iter().map(Customer::from).collect())
}

/// In the order of their ids, after `after`.
pub(crate) fn walk(
    db: &mut Db<'_>,
    after: Option<CustomerId>,
    limit: i64,
) -> Result<Vec<Customer>, StoreError> {
    let after = after.map_or(Key(Default::default()), Key::from);
    let rows: Vec<CustomerRow> = on!(db, |conn| customers::table
        .filter(customers::id.gt(after))
        .order(customers::id)
        .limit(limit)
        .select(CustomerRow::as_select())
        .load(conn))?;
    Ok(rows.into_iter().map(Customer::from).collect())
}

/// Refuses an id that nobody has.
pub(crate) fn must_exist(db: &mut Db<'_>, id: CustomerId) -> Result<(), Error> {
    match among(db, &[id])?.is_empty() {
        true => Err(Error::CustomerNotFound(id)),
        false => Ok(()),
    }
}

/// Those of these ids that are customers'.
pub(crate) fn among(db: &mut Db<'_>, ids: &[CustomerId]) -> Result<Vec<CustomerId>, StoreError> {
    let keys: Vec<Key> = ids.iter().copied().map(Key::from).collect();
    let found: Vec<Key> = on!(db, |conn| customers::table
        .filter(one_of(customers::id, &keys))
        .select(customers::id)
        .load(conn))?;
    Ok(found.into_iter().map(Key::id).collect())
}

/// A customer that the transaction is about to change, or something that belongs to it.
pub(crate) fn lock(tx: &mut Tx<'_>, id: CustomerId) -> Result<Customer, Error> {
    let row: Option<CustomerRow> = on_locked!(
        tx,
        customers::table.find(Key::from(id)).select(CustomerRow::as_select()),
        |query, conn| query.first(conn).optional()
    )
    .map_err(StoreError::from)?;
    row.map(Customer::from).ok_or(Error::CustomerNotFound(id))
}

/// Newest first; one row more than the page holds, if there are that many.
pub(crate) fn list(
    db: &mut Db<'_>,
    email: Option<&str>,
    page: &PageRequest<CustomerId>,
) -> Result<Vec<Customer>, StoreError> {
    let rows: Vec<CustomerRow> = on!(db, |conn| {
        let mut query = customers::table.select(CustomerRow::as_select()).into_boxed();
        if let Some(email) = email {
            query = query.filter(customers::email_key.eq(email_key(email)));
        }
        if let Some(after) = page.after {
            query = query.filter(customers::id.lt(Key::from(after)));
        }
        query.order(customers::id.desc()).limit(page.limit.plus_one()).load(conn)
    })?;
    Ok(rows.into_iter().map(Customer::from).collect())
}

pub(crate) fn insert(tx: &mut Tx<'_>, customer: &Customer) -> Result<(), Error> {
    let row = NewCustomerRow {
        id: customer.id.into(),
        email: &customer.email,
        email_key: email_key(&customer.email),
        name: &customer.name,
        phone: customer.phone.as_deref(),
        customer_group: customer.group.as_deref(),
        version: customer.version,
        created_at: customer.created_at.into(),
        updated_at: customer.updated_at.into(),
    };
    on!(tx, |conn| diesel::insert_into(customers::table).values(&row).execute(conn)).map_err(refusal)?;
    Ok(())
}

pub(crate) fn update(tx: &mut Tx<'_>, customer: &Customer) -> Result<(), Error> {
    on!(tx, |conn| diesel::update(customers::table.find(Key::from(customer.id)))
        .set((
            customers::email.eq(&customer.email),
            customers::email_key.eq(email_key(&customer.email)),
            customers::name.eq(&customer.name),
            customers::phone.eq(&customer.phone),
            customers::customer_group.eq(&customer.group),
            customers::default_shipping_address_id.eq(customer.default_shipping_address_id.map(Key::from)),
            customers::default_billing_address_id.eq(customer.default_billing_address_id.map(Key::from)),
            customers::version.eq(customer.version),
            customers::updated_at.eq(Time(customer.updated_at)),
        ))
        .execute(conn))
    .map_err(refusal)?;
    Ok(())
}

/// Saves the version and when it came to be, and which addresses are the defaults: what a change of what belongs to the
/// customer changes of the customer.
pub(crate) fn touch(tx: &mut Tx<'_>, customer: &Customer) -> Result<(), StoreError> {
    on!(tx, |conn| diesel::update(customers::table.find(Key::from(customer.id)))
        .set((
            customers::default_shipping_address_id.eq(customer.default_shipping_address_id.map(Key::from)),
            customers::default_billing_address_id.eq(customer.default_billing_address_id.map(Key::from)),
            customers::version.eq(customer.version),
            customers::updated_at.eq(Time(customer.updated_at)),
        ))
        .execute(conn))?;
    Ok(())
}

fn refusal(error: diesel::result::Error) -> Error {
    match StoreError::from(error) {
        StoreError::Duplicate(name) if name == EMAIL_UNIQUE => Error::EmailTaken,
        other => other.into(),
    }
}
