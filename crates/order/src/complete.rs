//! Ending orders that are shipped, once they are paid for.

use order_api::OrderStatus;
use platform::Change;
use platform::store::{Key, StoreError, Tx};

use crate::store::{self, orders};

/// Of these orders, those that wait for nothing else than the money end.
pub(crate) fn complete(tx: &mut Tx<'_>, change: &Change, paid: &[Key]) -> Result<(), StoreError> {
    if paid.is_empty() {
        return Ok(());
    }
    for mut order in store::lock_standing(tx, paid, OrderStatus::Shipped)? {
        if let Some(event) = order.complete() {
            orders::save(tx, &order)?;
            change.append(tx, &order.id, order.version, &event)?;
        }
    }
    Ok(())
}
