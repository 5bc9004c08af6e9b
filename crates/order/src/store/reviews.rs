//! What is to be reviewed. Only orders whose status says so are looked up here.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};
use order_api::{OrderId, OrderStatus};
use platform::store::{Db, Key, Moment, StoreError, Time, Tx, Uid, corrupt, one_of};
use platform::{insert_all, on};

use crate::order::Order;
use crate::review::{Finding, Review};
use crate::schema::reviews;

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = reviews, treat_none_as_default_value = false)]
struct ReviewRow {
    order_id: Key,
    address_id: Key,
    source_version: i64,
    as_of: Time,
    finding: Option<String>,
}

impl ReviewRow {
    fn of(order: &Order) -> Option<ReviewRow> {
        let review = order.review.as_ref()?;
        Some(ReviewRow {
            order_id: order.id.into(),
            address_id: review.address_id.into(),
            source_version: review.source_version,
            as_of: review.as_of.into(),
            finding: review.finding.map(|finding| finding.name().to_owned()),
        })
    }

    fn read(self) -> Result<Review, StoreError> {
        let finding = self.finding.as_deref().map(|name| {
            let known = Finding::ALL.into_iter().find(|finding| finding.name() == name);
            known.ok_or_else(|| corrupt("reviews", "finding", self.order_id.0, name))
        });
        Ok(Review {
            address_id: self.address_id.id(),
            source_version: self.source_version,
            as_of: self.as_of.0,
            finding: finding.transpose()?,
        })
    }
}

/// Writes the reviews of those of these orders that are kept for one.
pub(crate) fn insert<'a>(tx: &mut Tx<'_>, orders: impl Iterator<Item = &'a Order>) -> Result<(), StoreError> {
    let kept = orders.filter(|order| order.kind() == OrderStatus::NeedsReview);
    let rows: Vec<ReviewRow> = kept.filter_map(ReviewRow::of).collect();
    Ok(insert_all!(tx, reviews, &rows, {
        order_id: Uid, address_id: Uid, source_version: BigInt, as_of: Moment, finding: Nullable<Text>
    })?)
}

/// Orders whose address the owner is yet to be asked about, oldest first, after one of them.
pub(crate) fn waiting(db: &mut Db<'_>, after: Key, limit: i64) -> Result<Vec<Key>, StoreError> {
    Ok(on!(db, |conn| reviews::table
        .filter(reviews::finding.is_null())
        .filter(reviews::order_id.gt(after))
        .order(reviews::order_id)
        .limit(limit)
        .select(reviews::order_id)
        .load(conn))?)
}

/// Writes down what the owner said otherwise.
pub(crate) fn note(tx: &mut Tx<'_>, order: OrderId, finding: Finding) -> Result<(), StoreError> {
    on!(tx, |conn| diesel::update(reviews::table.find(Key::from(order)))
        .set(reviews::finding.eq(finding.name()))
        .execute(conn))?;
    Ok(())
}

/// Their reviews are over.
pub(crate) fn remove(tx: &mut Tx<'_>, orders: &[Key]) -> Result<(), StoreError> {
    on!(tx, |conn| diesel::delete(reviews::table.filter(one_of(reviews::order_id, orders))).execute(conn))?;
    Ok(())
}

/// Gives orders their reviews.
pub(super) fn join(db: &mut Db<'_>, orders: &mut [Order]) -> Result<(), StoreError> {
    let under_review = |order: &&Order| order.kind() == OrderStatus::NeedsReview;
    let ids: Vec<Key> = orders.iter().filter(under_review).map(|order| order.id.into()).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let rows: Vec<ReviewRow> = on!(db, |conn| reviews::table
        .filter(one_of(reviews::order_id, &ids))
        .select(ReviewRow::as_select())
        .load(conn))?;
    let mut found: HashMap<Key, ReviewRow> = rows.into_iter().map(|row| (row.order_id, row)).collect();
    for order in orders {
        order.review = found.remove(&order.id.into()).map(ReviewRow::read).transpose()?;
    }
    Ok(())
}
