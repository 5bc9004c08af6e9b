use diesel::prelude::*;
use kernel::{Currency, Money, Timestamp};
use payment_api::{PaymentId, TransactionId};
use platform::on;
use platform::store::{Db, Json, Key, StoreError, Time, Tx, corrupt, one_of};

use crate::payment::Payment;
use crate::schema::{payment_transactions, payments};
use crate::transaction::{Action, Progress, Transaction};

const OPEN: [&str; 3] = ["started", "unknown", "requires_action"];

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = payment_transactions, treat_none_as_default_value = false, treat_none_as_null = true)]
struct TransactionRow {
    id: Key,
    payment_id: Key,
    kind: String,
    amount: i64,
    state: String,
    failure: Option<String>,
    scope: Option<Key>,
    origin: Option<Json>,
    attempts: i32,
    sent_at: Time,
    lease_until: Time,
    created_at: Time,
}

fn kind(action: Action) -> &'static str {
    match action {
        Action::Authorise => "authorise",
        Action::Capture => "capture",
        Action::Void => "void",
        Action::Refund => "refund",
    }
}

impl TransactionRow {
    fn of(transaction: &Transaction) -> Result<TransactionRow, StoreError> {
        let (state, failure) = match &transaction.progress {
            Progress::Started => ("started", None),
            Progress::Unknown => ("unknown", None),
            Progress::RequiresAction => ("requires_action", None),
            Progress::Succeeded => ("succeeded", None),
            Progress::Failed(reason) => ("failed", Some(reason.clone())),
        };
        Ok(TransactionRow {
            id: transaction.id.into(),
            payment_id: transaction.payment_id.into(),
            kind: kind(transaction.action).to_owned(),
            amount: transaction.amount.minor(),
            state: state.to_owned(),
            failure,
            scope: transaction.scope.map(Key),
            origin: transaction.origin.as_ref().map(Json::of).transpose()?,
            attempts: transaction.attempts,
            sent_at: transaction.sent_at.into(),
            lease_until: transaction.lease_until.into(),
            created_at: transaction.created_at.into(),
        })
    }

    fn read(self, currency: Currency) -> Result<Transaction, StoreError> {
        let bad = |column, detail: &str| corrupt("payment_transactions", column, self.id.0, detail);
        let action = match self.kind.as_str() {
            "authorise" => Action::Authorise,
            "capture" => Action::Capture,
            "void" => Action::Void,
            "refund" => Action::Refund,
            other => return Err(bad("kind", other)),
        };
        let progress = match self.state.as_str() {
            "started" => Progress::Started,
            "unknown" => Progress::Unknown,
            "requires_action" => Progress::RequiresAction,
            "succeeded" => Progress::Succeeded,
            "failed" => Progress::Failed(self.failure.unwrap_or_default()),
            other => return Err(bad("state", other)),
        };
        let origin = self.origin.map(|Json(origin)| serde_json::from_str(&origin)).transpose();
        Ok(Transaction {
            id: self.id.id(),
            payment_id: self.payment_id.id(),
            action,
            amount: Money::new(self.amount, currency),
            progress,
            scope: self.scope.map(|Key(scope)| scope),
            origin: origin.map_err(|error| corrupt("payment_transactions", "origin", self.id.0, error))?,
            attempts: self.attempts,
            sent_at: self.sent_at.0,
            lease_until: self.lease_until.0,
            created_at: self.created_at.0,
        })
    }
}

pub(crate) fn insert(tx: &mut Tx<'_>, transaction: &Transaction) -> Result<(), StoreError> {
    let row = TransactionRow::of(transaction)?;
    on!(tx, |conn| diesel::insert_into(payment_transactions::table).values(&row).execute(conn))?;
    Ok(())
}

pub(crate) fn save(tx: &mut Tx<'_>, transaction: &Transaction) -> Result<(), StoreError> {
    let row = TransactionRow::of(transaction)?;
    on!(tx, |conn| diesel::update(payment_transactions::table.find(row.id)).set(&row).execute(conn))?;
    Ok(())
}

/// Whose payment a transaction is.
pub(crate) fn payment_of(db: &mut Db<'_>, id: TransactionId) -> Result<Option<PaymentId>, StoreError> {
    let payment: Option<Key> = on!(db, |conn| payment_transactions::table
        .find(Key::from(id))
        .select(payment_transactions::payment_id)
        .first(conn)
        .optional())?;
    Ok(payment.map(Key::id))
}

/// All of a payment, oldest first.
pub(crate) fn of(db: &mut Db<'_>, payment: &Payment) -> Result<Vec<Transaction>, StoreError> {
    let rows: Vec<TransactionRow> = on!(db, |conn| payment_transactions::table
        .filter(payment_transactions::payment_id.eq(Key::from(payment.id)))
        .order(payment_transactions::id)
        .select(TransactionRow::as_select())
        .load(conn))?;
    rows.into_iter().map(|row| row.read(payment.amount.currency())).collect()
}

/// Whether the lease of an open transaction has run out.
pub(crate) fn any_due(db: &mut Db<'_>, now: Timestamp) -> Result<bool, StoreError> {
    let due: Option<Key> = on!(db, |conn| payment_transactions::table
        .filter(payment_transactions::state.eq_any(OPEN))
        .filter(payment_transactions::lease_until.le(Time(now)))
        .select(payment_transactions::id)
        .first(conn)
        .optional())?;
    Ok(due.is_some())
}

/// Takes open transactions whose lease has run out, and leases them until `lease_until`. Rivals get others.
pub(crate) fn claim(
    db: &mut Db<'_>,
    now: Timestamp,
    lease_until: Timestamp,
    limit: i64,
) -> Result<Vec<TransactionId>, StoreError> {
    let expired = payment_transactions::table
        .filter(payment_transactions::state.eq_any(OPEN))
        .filter(payment_transactions::lease_until.le(Time(now)))
        .order(payment_transactions::lease_until)
        .limit(limit)
        .select(payment_transactions::id);
    let ids: Vec<Key> = match db {
        Db::Postgres(conn) => expired.for_update().skip_locked().load(*conn)?,
        Db::Sqlite(conn) => expired.load(*conn)?,
    };
    on!(db, |conn| diesel::update(
        payment_transactions::table.filter(one_of(payment_transactions::id, &ids))
    )
    .set((
        payment_transactions::lease_until.eq(Time(lease_until)),
        payment_transactions::attempts.eq(payment_transactions::attempts + 1),
    ))
    .execute(conn))?;
    Ok(ids.into_iter().map(Key::id).collect())
}

/// Lets whoever looks first take the open transactions of a payment.
pub(crate) fn wake(db: &mut Db<'_>, payment: PaymentId, now: Timestamp) -> Result<usize, StoreError> {
    Ok(on!(db, |conn| diesel::update(payment_transactions::table)
        .filter(payment_transactions::payment_id.eq(Key::from(payment)))
        .filter(payment_transactions::state.eq_any(OPEN))
        .set(payment_transactions::lease_until.eq(Time(now)))
        .execute(conn))?)
}

/// The payment that a provider calls so.
pub(crate) fn payment_by_reference(
    db: &mut Db<'_>,
    provider: &str,
    reference: &str,
) -> Result<Option<PaymentId>, StoreError> {
    let id: Option<Key> = on!(db, |conn| payments::table
        .filter(payments::provider.eq(provider))
        .filter(payments::reference.eq(reference))
        .select(payments::id)
        .first(conn)
        .optional())?;
    Ok(id.map(Key::id))
}
