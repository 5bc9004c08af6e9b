use customer_api::{CustomerId, PaymentMethodId};
use diesel::prelude::*;
use kernel::{PageRequest, Token};
use platform::on;
use platform::store::{Db, Key, StoreError, Time, Tx};

use crate::payment_method::PaymentMethod;
use crate::schema::payment_methods;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = payment_methods)]
struct PaymentMethodRow {
    id: Key,
    customer_id: Key,
    provider: String,
    token: String,
    brand: String,
    last4: String,
    exp_month: i32,
    exp_year: i32,
    version: i64,
    created_at: Time,
}

impl From<PaymentMethodRow> for PaymentMethod {
    fn from(row: PaymentMethodRow) -> PaymentMethod {
        PaymentMethod {
            id: row.id.id(),
            provider: row.provider,
            token: Token(row.token),
            brand: row.brand,
            last4: row.last4,
            exp_month: row.exp_month,
            exp_year: row.exp_year,
            version: row.version,
            created_at: row.created_at.0,
        }
    }
}

/// Under this customer only. Who changes it holds the lock on the customer.
pub(crate) fn find(
    db: &mut Db<'_>,
    customer: CustomerId,
    id: PaymentMethodId,
) -> Result<Option<PaymentMethod>, StoreError> {
    let row: Option<PaymentMethodRow> = on!(db, |conn| payment_methods::table
        .find(Key::from(id))
        .filter(payment_methods::customer_id.eq(Key::from(customer)))
        .select(PaymentMethodRow::as_select())
        .first(conn)
        .optional())?;
    Ok(row.map(PaymentMethod::from))
}

/// Newest first; one row more than the page holds, if there are that many.
pub(crate) fn list(
    db: &mut Db<'_>,
    customer: CustomerId,
    page: &PageRequest<PaymentMethodId>,
) -> Result<Vec<PaymentMethod>, StoreError> {
    let rows: Vec<PaymentMethodRow> = on!(db, |conn| {
        let mut query = payment_methods::table
            .filter(payment_methods::customer_id.eq(Key::from(customer)))
            .select(PaymentMethodRow::as_select())
            .into_boxed();
        if let Some(after) = page.after {
            query = query.filter(payment_methods::id.lt(Key::from(after)));
        }
        query.order(payment_methods::id.desc()).limit(page.limit.plus_one()).load(conn)
    })?;
    Ok(rows.into_iter().map(PaymentMethod::from).collect())
}

pub(crate) fn insert(
    tx: &mut Tx<'_>,
    customer: CustomerId,
    method: &PaymentMethod,
) -> Result<(), StoreError> {
    let row = PaymentMethodRow {
        id: method.id.into(),
        customer_id: customer.into(),
        provider: method.provider.clone(),
        token: method.token.0.clone(),
        brand: method.brand.clone(),
        last4: method.last4.clone(),
        exp_month: method.exp_month,
        exp_year: method.exp_year,
        version: method.version,
        created_at: method.created_at.into(),
    };
    on!(tx, |conn| diesel::insert_into(payment_methods::table).values(&row).execute(conn))?;
    Ok(())
}

pub(crate) fn delete(tx: &mut Tx<'_>, id: PaymentMethodId) -> Result<(), StoreError> {
    on!(tx, |conn| diesel::delete(payment_methods::table.find(Key::from(id))).execute(conn))?;
    Ok(())
}
