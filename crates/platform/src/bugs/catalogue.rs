//! The bugs there are, and what they need to go wrong.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Display;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{LazyLock, Mutex, PoisonError};

use diesel::connection::SimpleConnection;
use diesel::{PgConnection, QueryResult};
use kernel::{Currency, Money};

/// Each was made by somebody, somewhere, in good faith.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bug {
    /// Stock is reserved without a look at how much there is.
    MissingStockGuard,
    /// An event is appended once its change is committed.
    EventAfterCommit,
    /// Places in the log are given before commits happen, so `seq > cursor` passes over what commits late.
    UnsequencedLog,
    /// Releasing a hold twice gives its stock back twice.
    ReleaseTwice,
    /// The cursor moves in another transaction than the effect of its events.
    CursorApart,
    /// The idempotency record commits in another transaction than the first effect.
    KeyApart,
    /// Stock levels are locked in the order in which a request names them.
    UnsortedLocks,
    /// The payment of an order that is no more is kept.
    PaymentKept,
    /// Holds expire by the clock alone, whatever was not heard yet.
    ExpiryByClock,
    /// Expiry does not ask whether the hold was confirmed.
    ExpiryUnguarded,
    /// A price that was quoted once is quoted for ever.
    StalePrice,
    /// An authorisation whose answer was lost is asked for again under another key.
    AnotherPaymentKey,
}

impl Bug {
    const ALL: [Bug; 12] = [
        Bug::MissingStockGuard,
        Bug::EventAfterCommit,
        Bug::UnsequencedLog,
        Bug::ReleaseTwice,
        Bug::CursorApart,
        Bug::KeyApart,
        Bug::UnsortedLocks,
        Bug::PaymentKept,
        Bug::ExpiryByClock,
        Bug::ExpiryUnguarded,
        Bug::StalePrice,
        Bug::AnotherPaymentKey,
    ];

    /// Whether this process has it.
    pub fn strikes(self) -> bool {
        static CHOSEN: LazyLock<Option<Bug>> = LazyLock::new(|| {
            let name = std::env::var("HOLDFAST_BUG").ok()?;
            Bug::ALL.into_iter().find(|bug| format!("{bug:?}") == name)
        });
        *CHOSEN == Some(self)
    }
}

const LOG_AT_ONCE: &str = "\
    WITH moved AS (DELETE FROM outbox RETURNING *) INSERT INTO event_log SELECT * FROM moved";

/// Gives staged events the places that they were staged under, in the transaction that staged them.
///
/// # Errors
/// The database's.
pub fn log_at_once(conn: &mut PgConnection) -> QueryResult<()> {
    conn.batch_execute(LOG_AT_ONCE)
}

/// A key that nobody has seen.
pub fn another_key(key: &str) -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    format!("{key}-{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// Puts the prices that a SKU of a product had when they were first asked for.
pub fn as_first_seen(product: impl Display, sku: impl Display, prices: &mut HashMap<Currency, Money>) {
    static SEEN: Mutex<BTreeMap<String, HashMap<Currency, Money>>> = Mutex::new(BTreeMap::new());
    let mut seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
    prices.clone_from(seen.entry(format!("{product} {sku}")).or_insert_with(|| prices.clone()));
}
