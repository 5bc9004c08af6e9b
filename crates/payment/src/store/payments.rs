use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Nullable, Text};
use kernel::{Currency, Money, Token};
use order_api::OrderId;
use payment_api::{FindPayments, PayMethod, PaymentId, WalkPayments, order_of, payment_of};
use platform::store::{Db, Key, Moment, StoreError, Time, Tx, Uid, corrupt, one_of};
use platform::{insert_all, on, on_locked};

use crate::payment::{Payment, State};
use crate::schema::payments;

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = payments, treat_none_as_default_value = false, treat_none_as_null = true)]
struct PaymentRow {
    id: Key,
    method: String,
    provider: String,
    currency: String,
    amount: i64,
    authorised: i64,
    capturing: i64,
    captured: i64,
    refunding: i64,
    refunded: i64,
    state: String,
    unwanted: bool,
    token: Option<String>,
    return_url: Option<String>,
    reference: Option<String>,
    redirect_url: Option<String>,
    decline_reason: Option<String>,
    version: i64,
    created_at: Time,
    updated_at: Time,
}

fn method_name(method: PayMethod) -> &'static str {
    match method {
        PayMethod::Invoice => "invoice",
        PayMethod::Manual => "manual",
        PayMethod::Card => "card",
    }
}

fn state_name(state: &State) -> &'static str {
    match state {
        State::Pending => "pending",
        State::RequiresAction { .. } => "requires_action",
        State::Unknown => "unknown",
        State::Authorised => "authorised",
        State::Declined { .. } => "declined",
        State::Voiding => "voiding",
        State::Voided => "voided",
    }
}

impl From<&Payment> for PaymentRow {
    fn from(payment: &Payment) -> PaymentRow {
        let (mut redirect_url, mut decline_reason) = (None, None);
        match &payment.state {
            State::RequiresAction { redirect_url: url } => redirect_url = Some(url.clone()),
            State::Declined { reason } => decline_reason = Some(reason.clone()),
            _ => {}
        }
        PaymentRow {
            id: payment.id.into(),
            method: method_name(payment.method).to_owned(),
            provider: payment.provider.clone(),
            currency: payment.amount.currency().code().to_owned(),
            amount: payment.amount.minor(),
            authorised: payment.authorised.minor(),
            capturing: payment.capturing.minor(),
            captured: payment.captured.minor(),
            refunding: payment.refunding.minor(),
            refunded: payment.refunded.minor(),
            state: state_name(&payment.state).to_owned(),
            unwanted: payment.unwanted,
            token: payment.token.as_ref().map(|token| token.0.clone()),
            return_url: payment.return_url.clone(),
            reference: payment.reference.clone(),
            redirect_url,
            decline_reason,
            version: payment.version,
            created_at: payment.created_at.into(),
            updated_at: payment.updated_at.into(),
        }
    }
}

impl TryFrom<PaymentRow> for Payment {
    type Error = StoreError;

    fn try_from(row: PaymentRow) -> Result<Payment, StoreError> {
        let bad = |column, detail: &str| corrupt("payments", column, row.id.0, detail);
        let currency = Currency::parse(&row.currency).map_err(|_| bad("currency", &row.currency))?;
        let method = match row.method.as_str() {
            "invoice" => PayMethod::Invoice,
            "manual" => PayMethod::Manual,
            "card" => PayMethod::Card,
            other => return Err(bad("method", other)),
        };
        let state = match row.state.as_str() {
            "pending" => State::Pending,
            "requires_action" => State::RequiresAction {
                redirect_url: row.redirect_url.ok_or_else(|| bad("redirect_url", "missing"))?,
            },
            "unknown" => State::Unknown,
            "authorised" => State::Authorised,
            "declined" => State::Declined {
                reason: row.decline_reason.ok_or_else(|| bad("decline_reason", "missing"))?,
            },
            "voiding" => State::Voiding,
            "voided" => State::Voided,
            other => return Err(bad("state", other)),
        };
        let money = |minor| Money::new(minor, currency);
        Ok(Payment {
            id: row.id.id(),
            order_id: order_of(row.id.id()),
            method,
            provider: row.provider,
            amount: money(row.amount),
            authorised: money(row.authorised),
            capturing: money(row.capturing),
            captured: money(row.captured),
            refunding: money(row.refunding),
            refunded: money(row.refunded),
            state,
            unwanted: row.unwanted,
            token: row.token.map(Token),
            return_url: row.return_url,
            reference: row.reference,
            version: row.version,
            created_at: row.created_at.0,
            updated_at: row.updated_at.0,
        })
    }
}

/// Writes the payment of an order that has none; says whether it was that.
pub(crate) fn insert(tx: &mut Tx<'_>, payment: &Payment) -> Result<bool, StoreError> {
    let row = PaymentRow::from(payment);
    // A rival that is writing the same order's is waited for.
    let inserted = on!(tx, |conn| diesel::insert_into(payments::table)
        .values(&row)
        .on_conflict_do_nothing()
        .execute(conn))?;
    Ok(inserted == 1)
}

/// Writes the payments of orders that have none yet.
pub(crate) fn insert_missing(tx: &mut Tx<'_>, new: &[Payment]) -> Result<(), StoreError> {
    let ids: Vec<Key> = new.iter().map(|payment| payment.id.into()).collect();
    let known: Vec<Key> =
        on!(tx, |conn| payments::table.filter(one_of(payments::id, &ids)).select(payments::id).load(conn))?;
    let rows: Vec<PaymentRow> =
        new.iter().map(PaymentRow::from).filter(|row| !known.contains(&row.id)).collect();
    Ok(insert_all!(tx, payments, &rows, {
        id: Uid, method: Text, provider: Text, currency: Text, amount: BigInt, authorised: BigInt,
        capturing: BigInt, captured: BigInt, refunding: BigInt, refunded: BigInt, state: Text, unwanted: Bool,
        token: Nullable<Text>, return_url: Nullable<Text>, reference: Nullable<Text>, redirect_url: Nullable<Text>,
        decline_reason: Nullable<Text>, version: BigInt, created_at: Moment, updated_at: Moment
    })?)
}

pub(crate) fn save(tx: &mut Tx<'_>, payment: &Payment) -> Result<(), StoreError> {
    let row = PaymentRow::from(payment);
    on!(tx, |conn| diesel::update(payments::table.find(row.id)).set(&row).execute(conn))?;
    Ok(())
}

pub(crate) fn lock(tx: &mut Tx<'_>, id: PaymentId) -> Result<Option<Payment>, StoreError> {
    let row: Option<PaymentRow> = on_locked!(
        tx,
        payments::table.find(Key::from(id)).select(PaymentRow::as_select()),
        |payment, conn| payment.first(conn).optional()
    )?;
    row.map(Payment::try_from).transpose()
}

pub(crate) fn lock_of_order(tx: &mut Tx<'_>, order: OrderId) -> Result<Option<Payment>, StoreError> {
    lock(tx, payment_of(order))
}

pub(crate) fn exists(db: &mut Db<'_>, id: Key) -> Result<bool, StoreError> {
    let found: Option<Key> =
        on!(db, |conn| payments::table.find(id).select(payments::id).first(conn).optional())?;
    Ok(found.is_some())
}

pub(crate) fn find(db: &mut Db<'_>, wanted: &FindPayments) -> Result<Vec<Payment>, StoreError> {
    let of_orders = wanted.orders.iter().copied().map(payment_of);
    let ids: Vec<Key> = wanted.ids.iter().copied().chain(of_orders).map(Key::from).collect();
    let rows: Vec<PaymentRow> = on!(db, |conn| payments::table
        .filter(one_of(payments::id, &ids))
        .order(payments::id)
        .select(PaymentRow::as_select())
        .load(conn))?;
    rows.into_iter().map(Payment::try_from).collect()
}

/// In the order of their ids.
pub(crate) fn walk(db: &mut Db<'_>, walk: WalkPayments) -> Result<Vec<Payment>, StoreError> {
    let after = walk.after.map_or(Key(Default::default()), Key::from);
    let rows: Vec<PaymentRow> = on!(db, |conn| payments::table
        .filter(payments::id.gt(after))
        .order(payments::id)
        .limit(walk.limit.into())
        .select(PaymentRow::as_select())
        .load(conn))?;
    rows.into_iter().map(Payment::try_from).collect()
}
