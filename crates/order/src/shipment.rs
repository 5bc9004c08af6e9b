//! Goods of an order that leave: what may, and what has. Pure.

use std::collections::BTreeMap;

use inventory_api::HoldLine;
use kernel::{Sku, Timestamp};
use order_api::{OrderEvent, OrderStatus, ShipmentId};
use serde::{Deserialize, Serialize};

use crate::order::{Order, Status};
use crate::wanted::Wanted;

/// Goods that left together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Shipment {
    pub id: ShipmentId,
    /// In the order of the order's lines.
    pub lines: Vec<ShippedLine>,
    pub carrier: Option<String>,
    pub tracking: Option<String>,
    pub at: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ShippedLine {
    /// Of the line of the order.
    pub position: i32,
    pub quantity: i64,
}

/// What is about to leave.
#[derive(Clone, Debug)]
pub(crate) struct Parcel {
    /// Each SKU once.
    pub lines: Vec<Wanted>,
    pub carrier: Option<String>,
    pub tracking: Option<String>,
}

/// Why it cannot leave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unshippable {
    /// The order's status forbids it.
    Status(OrderStatus),
    /// These lines of the request are at fault.
    Lines(Vec<BadLine>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BadLine {
    /// Of the line of the request.
    pub position: i32,
    pub sku: Sku,
    pub requested: i64,
    pub fault: LineFault,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LineFault {
    NotOrdered,
    /// More than was ordered and has not left.
    Exceeds {
        remaining: i64,
    },
    /// More than is there for the order.
    Backordered {
        available: i64,
    },
}

impl Order {
    /// Ships goods, all lines or none; `held` is what the order has in stock, or had a moment ago.
    pub(crate) fn ship(
        &mut self,
        id: ShipmentId,
        parcel: &Parcel,
        held: &[HoldLine],
        now: Timestamp,
    ) -> Result<OrderEvent, Unshippable> {
        let placed = match self.status {
            Status::Placed(placed)
            | Status::PartiallyShipped(placed)
            | Status::Shipped(placed)
            | Status::Completed(placed) => placed,
            Status::Pending | Status::NeedsReview | Status::Rejected { .. } | Status::Cancelled { .. } => {
                return Err(Unshippable::Status(self.kind()));
            }
        };
        let lines = self.judge(parcel, held).map_err(Unshippable::Lines)?;
        let (carrier, tracking) = (parcel.carrier.clone(), parcel.tracking.clone());
        let shipment = Shipment { id, lines, carrier, tracking, at: now };
        let told = shipment.view(self);
        self.shipments.push(shipment);
        let all = self.is_all_shipped();
        self.turn(if all { Status::Shipped(placed) } else { Status::PartiallyShipped(placed) });
        Ok(OrderEvent::Shipped { order: self.view(), shipment: told })
    }

    /// Ends an order of which everything has left, once it is paid for. `None` when it is not so far, or has ended already.
    pub(crate) fn complete(&mut self) -> Option<OrderEvent> {
        match self.status {
            Status::Shipped(placed) if self.payment.covers(self.total) => {
                self.turn(Status::Completed(placed));
                Some(OrderEvent::Completed { order: self.view() })
            }
            _ => None,
        }
    }

    /// How much has left of each line, by its position.
    pub(crate) fn shipped(&self) -> BTreeMap<i32, i64> {
        let mut shipped = BTreeMap::new();
        for line in self.shipments.iter().flat_map(|shipment| &shipment.lines) {
            let sum: &mut i64 = shipped.entry(line.position).or_default();
            *sum = sum.saturating_add(line.quantity);
        }
        shipped
    }

    pub(crate) fn is_all_shipped(&self) -> bool {
        let shipped = self.shipped();
        self.lines.iter().all(|line| shipped.get(&line.position) == Some(&line.quantity))
    }

    fn judge(&self, parcel: &Parcel, held: &[HoldLine]) -> Result<Vec<ShippedLine>, Vec<BadLine>> {
        let (shipped, mut lines, mut bad) = (self.shipped(), Vec::<ShippedLine>::new(), Vec::new());
        for wanted in &parcel.lines {
            match self.judge_line(wanted, &shipped, held) {
                Ok(line) => lines.push(line),
                Err(fault) => bad.push(BadLine {
                    position: wanted.position,
                    sku: wanted.sku.clone(),
                    requested: wanted.quantity,
                    fault,
                }),
            }
        }
        lines.sort_unstable_by_key(|line| line.position);
        if bad.is_empty() { Ok(lines) } else { Err(bad) }
    }

    fn judge_line(
        &self,
        wanted: &Wanted,
        shipped: &BTreeMap<i32, i64>,
        held: &[HoldLine],
    ) -> Result<ShippedLine, LineFault> {
        let line = self.lines.iter().find(|line| line.sku == wanted.sku).ok_or(LineFault::NotOrdered)?;
        let gone = shipped.get(&line.position).copied().unwrap_or(0);
        let remaining = line.quantity.saturating_sub(gone);
        if wanted.quantity > remaining {
            return Err(LineFault::Exceeds { remaining });
        }
        let allotted = held.iter().find(|held| held.sku == wanted.sku).map_or(0, HoldLine::allotted);
        // The answer may be older than the last shipment.
        let available = allotted.saturating_sub(gone).max(0);
        if wanted.quantity > available {
            return Err(LineFault::Backordered { available });
        }
        Ok(ShippedLine { position: line.position, quantity: wanted.quantity })
    }
}

impl Shipment {
    /// As others may see it.
    pub(crate) fn view(&self, of: &Order) -> order_api::Shipment {
        let sku = |position| of.lines.iter().find(|line| line.position == position).map(|line| &line.sku);
        let lines = self.lines.iter().filter_map(|line| {
            Some(order_api::ShippedLine { sku: sku(line.position)?.clone(), quantity: line.quantity })
        });
        order_api::Shipment {
            id: self.id,
            lines: lines.collect(),
            carrier: self.carrier.clone(),
            tracking: self.tracking.clone(),
            shipped_at: self.at,
        }
    }
}

#[cfg(test)]
mod tests;
