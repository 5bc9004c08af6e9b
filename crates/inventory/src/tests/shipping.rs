//! Goods that leave.

use inventory_api::HoldState;
use kernel::{Clock, Id};
use order_api::{OrderEvent, OrderId, Shipment, ShippedLine};
use platform::Module;
use platform::store::Tx;

use super::stockroom::{Stockroom, lamp, on_both, placed};
use crate::shelf::Settings;
use crate::store;

impl Stockroom {
    /// The order module says that so many lamps have left; not heard yet.
    pub(super) fn say_shipped(&self, order: OrderId, quantity: i64) -> OrderEvent {
        let id = Id::from_uuid(self.inventory.foundation.ids.uuid(self.clock.now()));
        let shipment = Shipment {
            id,
            lines: vec![ShippedLine { sku: lamp(), quantity }],
            carrier: None,
            tracking: None,
            shipped_at: self.clock.now(),
        };
        let event = OrderEvent::Shipped { order: placed(order), shipment };
        self.say(&event, order);
        event
    }

    pub(super) async fn hear_all(&self) {
        self.hear(self.clock.now()).await;
    }

    /// Reserves so many lamps for a new order, which is placed.
    async fn placed(&self, quantity: i64) -> OrderId {
        let order = self.order();
        self.try_reserve(order, quantity).await.unwrap();
        self.say(&OrderEvent::Created { order: placed(order) }, order);
        order
    }

    /// On hand, reserved, available, backordered.
    async fn all_figures(&self) -> [i64; 4] {
        let stock = self.stock().await;
        [stock.on_hand, stock.reserved, stock.available, stock.backordered]
    }

    /// Of an order's lamps: in all, waited for, shipped.
    async fn line(&self, order: OrderId) -> [i64; 3] {
        let line = self.hold(order).await.lines.remove(0);
        [line.quantity, line.backordered, line.shipped]
    }

    /// What the ledger says of shipments: location, on hand and reserved, what was left on hand.
    async fn shipped_in_ledger(&self) -> Vec<(String, i64, i64, i64)> {
        let rows = self.write(|tx, _| store::ledger::list(tx, &lamp(), None, 100)).await.unwrap();
        let rows = rows.into_iter().rev().filter(|row| row.kind == "shipped");
        rows.map(|row| (row.location, row.on_hand_delta, row.reserved_delta, row.on_hand_after)).collect()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_shipped_leaves_the_hold_and_the_level() {
    on_both(|room| async move {
        room.adjust_at(5, "shop").await.unwrap();
        let order = room.placed(6).await;
        let told = room.told().await.len();
        let before = room.stock().await.version;
        room.say_shipped(order, 4);
        room.hear_all().await;
        assert_eq!(room.all_figures().await, [4, 2, 2, 0]);
        assert!(room.stock().await.version > before, "a change raises the version");
        assert_eq!(room.parts(order).await, (vec![("shop".to_owned(), 2)], 0));
        assert_eq!(room.line(order).await, [6, 0, 4]);
        let main = ("main".to_owned(), -3, -3, 0);
        assert_eq!(room.shipped_in_ledger().await, [main.clone(), ("shop".to_owned(), -1, -1, 4)]);
        room.say_shipped(order, 2);
        room.hear_all().await;
        assert_eq!(room.all_figures().await, [2, 0, 2, 0]);
        assert_eq!((room.line(order).await, room.state(order).await), ([6, 0, 6], HoldState::Confirmed));
        let last = ("shop".to_owned(), -2, -2, 2);
        assert_eq!(room.shipped_in_ledger().await, [main, ("shop".to_owned(), -1, -1, 4), last]);
        // What is available stays the same: there is nothing to tell.
        assert_eq!(room.told().await.len(), told);
        room.assert_sound().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_shipments_heard_at_once_are_each_taken_once() {
    on_both(|room| async move {
        room.adjust(7).await.unwrap();
        let (first, second, gone) = (room.placed(4).await, room.placed(3).await, room.placed(2).await);
        for (order, quantity) in [(first, 1), (second, 3), (first, 2), (first, 1)] {
            room.say_shipped(order, quantity);
        }
        room.say(&OrderEvent::Cancelled { order: placed(gone) }, gone);
        room.hear_all().await;
        assert_eq!(room.all_figures().await, [3, 0, 3, 0]);
        assert_eq!((room.line(first).await, room.line(second).await), ([4, 0, 4], [3, 0, 3]));
        assert_eq!(room.shipped_in_ledger().await.iter().map(|row| row.1).sum::<i64>(), -7);
        room.assert_sound().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shipment_that_is_heard_again_takes_nothing() {
    on_both(|room| async move {
        let order = room.placed(3).await;
        room.say_shipped(order, 1);
        room.hear_all().await;
        for subscription in room.inventory.subscriptions() {
            let (cx, replayed) = (room.cx("replay"), subscription.clone());
            let replay = move |tx: &mut Tx<'_>| replayed.subscription().replay(tx, 0, false);
            subscription.foundation().store.write(&cx, "test", replay).await.unwrap();
        }
        room.say_shipped(order, 1);
        room.hear_all().await;
        assert_eq!(room.all_figures().await, [1, 1, 0, 0]);
        assert_eq!(room.line(order).await, [3, 0, 2]);
        room.assert_sound().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn goods_that_come_after_a_shipment_complete_the_hold() {
    on_both(|room| async move {
        room.configure(Settings { backorder_limit: 9, ..Settings::default() }).await;
        let order = room.placed(5).await;
        assert_eq!(room.hold(order).await.lines[0].allotted(), 3);
        room.say_shipped(order, 3);
        room.hear_all().await;
        assert_eq!((room.all_figures().await, room.line(order).await), ([0, 0, 0, 2], [5, 2, 3]));
        room.adjust(4).await.unwrap();
        assert_eq!((room.all_figures().await, room.line(order).await), ([4, 2, 2, 0], [5, 0, 3]));
        assert_eq!(room.hold(order).await.lines[0].allotted(), 5);
        room.say_shipped(order, 2);
        room.hear_all().await;
        assert_eq!((room.all_figures().await, room.line(order).await), ([2, 0, 2, 0], [5, 0, 5]));
        room.assert_sound().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nobody_holds_cannot_have_left() {
    on_both(|room| async move {
        let (order, released) = (room.placed(2).await, room.placed(1).await);
        room.hear_all().await;
        room.release(&[released]).await;
        for (order, quantity) in [(order, 3), (released, 1), (room.order(), 1)] {
            let event = room.say_shipped(order, quantity);
            let OrderEvent::Shipped { shipment, .. } = event else { unreachable!() };
            let ship = room.write(move |tx, change| {
                crate::ship::ship(tx, &[crate::ship::Parcel { order, shipment: &shipment }], change.now)
            });
            let refused = ship.await.unwrap_err().to_string();
            assert!(refused.contains("does not hold"), "{refused}");
        }
        assert_eq!(room.all_figures().await, [3, 2, 1, 0]);
        room.assert_sound().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_check_finds_what_left_without_a_trace() {
    on_both(|room| async move {
        let order = room.placed(3).await;
        room.say_shipped(order, 2);
        room.hear_all().await;
        for (sql, found) in [
            (
                "UPDATE shipped_lines SET quantity = 1",
                "what shipments took is 1, what its ledger says of them is 2",
            ),
            (
                "UPDATE stock_ledger SET reserved_delta = -1 WHERE kind = 'shipped'",
                "reserved is 1, the sum of its ledger is 2",
            ),
        ] {
            let violations = room.violations_after(sql).await;
            assert!(violations.iter().any(|violation| violation.detail == found), "{sql}: {violations:#?}");
        }
    })
    .await;
}
