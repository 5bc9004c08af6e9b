//! Shipping goods of an order.

use inventory_api::{FindHolds, HoldLine};
use kernel::CallCtx;
use order_api::{OrderId, ShipOrder};
use platform::Change;
use platform::http::{Problem, Reply};
use platform::idempotency::{Outcome, RequestKey};
use platform::store::Tx;

use crate::error::Error;
use crate::module::OrderModule;
use crate::order::Order;
use crate::shipment::Parcel;
use crate::steps::INSTANCE;
use crate::store::{self, orders, shipments};
use crate::wanted::add_up;

impl OrderModule {
    /// Ships under the key and answers as `POST /v1/orders/{id}/shipments` does. What is there for the order is asked for
    /// first; by the time the order is locked it may be more, never less. Inventory hears of it by the event.
    pub(crate) async fn ship(
        &self,
        cx: &CallCtx,
        request: ShipOrder,
        key: RequestKey,
    ) -> Result<Reply, Outcome<Error>> {
        let ShipOrder { order_id, lines, carrier, tracking } = request;
        let parcel = Parcel { lines: add_up(&lines), carrier, tracking };
        let held = self.held(cx, order_id).await;
        let work = move |tx: &mut Tx<'_>, change: &Change| {
            // Whatever the key's outcome was, or the order's status says, is said without the stock, too.
            ship(tx, change, order_id, &parcel, held.as_deref())
        };
        let render = |order: &Order| {
            let at = format!("{INSTANCE}/{}", order.id);
            Ok(Reply::created(&order.view())?.at(at).tagged(order.version))
        };
        self.foundation.answer(cx, "order.ship", Some(key), work, render).await
    }

    /// What is held for the order, shipped parts included.
    async fn held(&self, cx: &CallCtx, order: OrderId) -> Result<Vec<HoldLine>, Problem> {
        let found = self.inventory.find_holds(cx, FindHolds { orders: vec![order] }).await;
        let holds = found.map_err(|error| Problem::from(&error))?.holds.into_iter();
        Ok(holds.filter(|hold| hold.state.is_live()).flat_map(|hold| hold.lines).collect())
    }
}

fn ship(
    tx: &mut Tx<'_>,
    change: &Change,
    id: OrderId,
    parcel: &Parcel,
    held: Result<&[HoldLine], &Problem>,
) -> Result<Order, Error> {
    let mut order = store::lock_decided(tx, id)?;
    let held = held.map_err(|problem| Error::StockUnknown(problem.clone()))?;
    let shipped = order.ship(change.ids.next(change.now), parcel, held, change.now)?;
    change.append(tx, &order.id, order.version, &shipped)?;
    if let Some(completed) = order.complete() {
        change.append(tx, &order.id, order.version, &completed)?;
    }
    shipments::insert_last(tx, &order)?;
    orders::save(tx, &order)?;
    Ok(order)
}
