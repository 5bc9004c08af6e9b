//! What has left of orders. Only orders whose status says so are looked up here: one that was merely placed costs no query.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer};
use order_api::OrderStatus;
use platform::store::{Db, Key, StoreError, Time, Uid, one_of};
use platform::{insert_all, on};

use crate::order::Order;
use crate::schema::{shipment_lines, shipments};
use crate::shipment::{Shipment, ShippedLine};

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = shipments)]
struct ShipmentRow {
    order_id: Key,
    /// Among the shipments of the order, from 0 on.
    position: i32,
    id: Key,
    carrier: Option<String>,
    tracking: Option<String>,
    shipped_at: Time,
}

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = shipment_lines)]
struct ShipmentLineRow {
    order_id: Key,
    /// Its position.
    shipment: i32,
    /// Of the line of the order.
    position: i32,
    quantity: i64,
}

impl ShipmentRow {
    fn read(self, lines: Vec<ShippedLine>) -> Shipment {
        Shipment {
            id: self.id.id(),
            lines,
            carrier: self.carrier,
            tracking: self.tracking,
            at: self.shipped_at.0,
        }
    }
}

/// Writes the last shipment of an order that is locked.
pub(crate) fn insert_last(db: &mut Db<'_>, order: &Order) -> Result<(), StoreError> {
    let Some((last, before)) = order.shipments.split_last() else { return Ok(()) };
    let (order_id, shipment) = (Key::from(order.id), i32::try_from(before.len()).unwrap_or(i32::MAX));
    let row = ShipmentRow {
        order_id,
        position: shipment,
        id: last.id.into(),
        carrier: last.carrier.clone(),
        tracking: last.tracking.clone(),
        shipped_at: last.at.into(),
    };
    on!(db, |conn| diesel::insert_into(shipments::table).values(&row).execute(conn))?;
    let line = |line: &ShippedLine| ShipmentLineRow {
        order_id,
        shipment,
        position: line.position,
        quantity: line.quantity,
    };
    let lines: Vec<ShipmentLineRow> = last.lines.iter().map(line).collect();
    Ok(insert_all!(db, shipment_lines, &lines, {
        order_id: Uid, shipment: Integer, position: Integer, quantity: BigInt
    })?)
}

/// Gives orders their shipments.
pub(super) fn join(db: &mut Db<'_>, orders: &mut [Order]) -> Result<(), StoreError> {
    let ids: Vec<Key> =
        orders.iter().filter(|order| has_shipped(order)).map(|order| order.id.into()).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let mut found = find(db, &ids)?;
    for order in orders {
        order.shipments = found.remove(&order.id.into()).unwrap_or_default();
    }
    Ok(())
}

fn has_shipped(order: &Order) -> bool {
    matches!(order.kind(), OrderStatus::PartiallyShipped | OrderStatus::Shipped | OrderStatus::Completed)
}

fn find(db: &mut Db<'_>, orders: &[Key]) -> Result<HashMap<Key, Vec<Shipment>>, StoreError> {
    let lines: Vec<ShipmentLineRow> = on!(db, |conn| shipment_lines::table
        .filter(one_of(shipment_lines::order_id, orders))
        .order((shipment_lines::order_id, shipment_lines::shipment, shipment_lines::position))
        .select(ShipmentLineRow::as_select())
        .load(conn))?;
    let mut by_shipment: HashMap<(Key, i32), Vec<ShippedLine>> = HashMap::new();
    for ShipmentLineRow { order_id, shipment, position, quantity } in lines {
        by_shipment.entry((order_id, shipment)).or_default().push(ShippedLine { position, quantity });
    }
    let rows: Vec<ShipmentRow> = on!(db, |conn| shipments::table
        .filter(one_of(shipments::order_id, orders))
        .order((shipments::order_id, shipments::position))
        .select(ShipmentRow::as_select())
        .load(conn))?;
    let mut found: HashMap<Key, Vec<Shipment>> = HashMap::new();
    for row in rows {
        let lines = by_shipment.remove(&(row.order_id, row.position)).unwrap_or_default();
        found.entry(row.order_id).or_default().push(row.read(lines));
    }
    Ok(found)
}
