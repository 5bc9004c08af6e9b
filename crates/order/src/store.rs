//! The module's tables: an order is a saga while it is pending, and a row of `orders` from then on.

pub(crate) mod customer_copies;
pub(crate) mod orders;
pub(crate) mod payments;
pub(crate) mod product_copies;
pub(crate) mod reviews;
mod rows;
pub(crate) mod shipments;

use std::cmp::Reverse;
use std::collections::HashSet;

use customer_api::CustomerId;
use order_api::{OrderId, OrderStatus};
use platform::saga;
use platform::store::{Db, Key, StoreError, Tx};

use crate::error::Error;
use crate::order::Order;
use crate::placing::{Pending, Placing};

/// What a list of orders is narrowed to.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Filter {
    pub customer_id: Option<Key>,
    pub status: Option<OrderStatus>,
}

/// Those of these orders that exist, in no particular order.
pub(crate) fn load(db: &mut Db<'_>, ids: &[Key]) -> Result<Vec<Order>, StoreError> {
    let mut found = orders::find(db, ids)?;
    if found.len() < ids.len() {
        let known: HashSet<Key> = found.iter().map(|order| order.id.into()).collect();
        let others: Vec<Key> = ids.iter().copied().filter(|id| !known.contains(id)).collect();
        found.extend(saga::find::<Pending>(db, &others)?.into_iter().map(|pending| pending.order));
    }
    payments::tell(db, &mut found)?;
    Ok(found)
}

/// Newest first, older than `after`.
pub(crate) fn list(
    db: &mut Db<'_>,
    filter: Filter,
    after: Option<Key>,
    limit: i64,
) -> Result<Vec<Order>, StoreError> {
    let mut found = match filter.status {
        Some(OrderStatus::Pending) => Vec::new(),
        _ => orders::list(db, filter, after, limit)?,
    };
    if matches!(filter.status, None | Some(OrderStatus::Pending)) {
        found.extend(list_pending(db, filter.customer_id, after, limit)?);
        found.sort_by_key(|order| Reverse(Key::from(order.id)));
        found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    }
    payments::tell(db, &mut found)?;
    Ok(found)
}

/// Pending orders, newest first, older than `after`.
pub(crate) fn list_pending(
    db: &mut Db<'_>,
    customer: Option<Key>,
    after: Option<Key>,
    limit: i64,
) -> Result<Vec<Order>, StoreError> {
    let pending = saga::list::<Placing>(db, customer, after, limit)?;
    Ok(pending.into_iter().map(|pending| pending.order).collect())
}

/// Orders whose outcome is known, oldest first, after `after`.
pub(crate) fn walk(db: &mut Db<'_>, after: Option<Key>, limit: i64) -> Result<Vec<Order>, StoreError> {
    let mut found = orders::walk(db, after, limit)?;
    payments::tell(db, &mut found)?;
    Ok(found)
}

pub(crate) fn find_by_number(db: &mut Db<'_>, number: i64) -> Result<Option<Order>, StoreError> {
    let mut found: Vec<Order> = orders::find_by_number(db, number)?.into_iter().collect();
    payments::tell(db, &mut found)?;
    Ok(found.pop())
}

/// An order whose outcome is known, locked for a change.
pub(crate) fn lock_decided(tx: &mut Tx<'_>, id: OrderId) -> Result<Order, Error> {
    lock_decided_of(tx, id, None)
}

/// The same, if it is one of this customer's: any other is as good as absent.
pub(crate) fn lock_decided_of(
    tx: &mut Tx<'_>,
    id: OrderId,
    whose: Option<CustomerId>,
) -> Result<Order, Error> {
    let theirs = |order: &Order| whose.is_none_or(|own| own == order.customer_id);
    match orders::lock(tx, id)? {
        Some(order) if !theirs(&order) => Err(Error::NotFound),
        Some(order) => {
            let mut order = [order];
            payments::tell(tx, &mut order)?;
            let [order] = order;
            Ok(order)
        }
        None => match saga::find::<Pending>(tx, &[id.into()])?.pop() {
            Some(pending) if theirs(&pending.order) => Err(Error::NotPlaced(OrderStatus::Pending)),
            _ => Err(Error::NotFound),
        },
    }
}

/// Those of these orders that stand so, locked for a change.
pub(crate) fn lock_standing(
    tx: &mut Tx<'_>,
    ids: &[Key],
    status: OrderStatus,
) -> Result<Vec<Order>, StoreError> {
    let mut found = orders::lock_standing(tx, ids, status)?;
    payments::tell(tx, &mut found)?;
    Ok(found)
}
