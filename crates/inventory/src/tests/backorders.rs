//! Orders beyond what is on hand.

use inventory_api::{HoldState, InventoryError, Stock};
use kernel::{ApiError, Clock};
use order_api::OrderEvent;

use super::stockroom::{MINUTE, Stockroom, TTL, on_both, placed};
use crate::shelf::Settings;
use crate::show;

async fn allow(room: &Stockroom, backorder_limit: i64) -> Stock {
    room.configure(Settings { backorder_limit, ..Settings::default() }).await
}

/// On hand, reserved, available, backordered.
async fn figures(room: &Stockroom) -> [i64; 4] {
    let stock = room.stock().await;
    [stock.on_hand, stock.reserved, stock.available, stock.backordered]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_there_is_waited_for_up_to_the_limit() {
    on_both(|room| async move {
        assert_eq!(allow(&room, 4).await.backorder_limit, 4);
        let (order, other) = (room.order(), room.order());
        room.try_reserve(order, 5).await.unwrap();
        assert_eq!(figures(&room).await, [3, 3, 0, 2]);
        assert_eq!(room.parts(order).await, (vec![("main".to_owned(), 3)], 2));
        assert_eq!(room.hold(order).await.lines[0].quantity, 5);
        let Err(ApiError::Domain(InventoryError::InsufficientStock(short))) =
            room.try_reserve(other, 3).await
        else {
            panic!("more is held than the limit allows");
        };
        assert_eq!((short[0].requested, short[0].available), (3, 2));
        assert_eq!(figures(&room).await, [3, 3, 0, 2]);
        room.try_reserve(room.order(), 2).await.unwrap();
        assert_eq!(figures(&room).await, [3, 3, 0, 4]);
        // A repetition is no second hold.
        room.try_reserve(order, 5).await.unwrap();
        assert_eq!(figures(&room).await, [3, 3, 0, 4]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn goods_that_arrive_go_to_the_oldest() {
    on_both(|room| async move {
        allow(&room, 10).await;
        let [first, second, third] = [room.order(), room.order(), room.order()];
        // The ids say nothing of who came first.
        room.try_reserve(second, 5).await.unwrap();
        room.try_reserve(first, 2).await.unwrap();
        room.try_reserve(third, 1).await.unwrap();
        assert_eq!(figures(&room).await, [3, 3, 0, 5]);
        room.adjust(1).await.unwrap();
        assert_eq!(room.parts(second).await, (vec![("main".to_owned(), 4)], 1));
        room.adjust(2).await.unwrap();
        assert_eq!(room.parts(second).await, (vec![("main".to_owned(), 5)], 0));
        assert_eq!(room.parts(first).await, (vec![("main".to_owned(), 1)], 1));
        assert_eq!(room.parts(third).await, (vec![], 1));
        assert_eq!(figures(&room).await, [6, 6, 0, 2]);
        room.adjust(5).await.unwrap();
        assert_eq!(figures(&room).await, [11, 8, 3, 0]);
        assert_eq!(room.parts(third).await, (vec![("main".to_owned(), 1)], 0));
        room.assert_sound().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hold_gives_both_parts_back_and_the_next_in_turn_gets_them() {
    on_both(|room| async move {
        allow(&room, 10).await;
        let [first, second] = [room.order(), room.order()];
        room.try_reserve(first, 5).await.unwrap();
        room.try_reserve(second, 4).await.unwrap();
        assert_eq!(figures(&room).await, [3, 3, 0, 6]);
        room.release(&[first]).await;
        assert_eq!(figures(&room).await, [3, 3, 0, 1]);
        assert_eq!(room.parts(second).await, (vec![("main".to_owned(), 3)], 1));
        room.assert_sound().await;
        room.release(&[second, first]).await;
        assert_eq!(figures(&room).await, [3, 0, 3, 0]);
        room.assert_sound().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backorder_that_expires_waits_no_more_and_a_placed_one_does() {
    on_both(|room| async move {
        allow(&room, 10).await;
        let [kept, lost] = [room.order(), room.order()];
        room.try_reserve(lost, 4).await.unwrap();
        room.try_reserve(kept, 4).await.unwrap();
        room.say(&OrderEvent::Created { order: placed(kept) }, kept);
        room.clock.advance(TTL + MINUTE + MINUTE);
        room.hear(room.clock.now()).await;
        assert_eq!(room.sweep().await, 1);
        assert_eq!(
            (room.state(lost).await, room.state(kept).await),
            (HoldState::Released, HoldState::Confirmed)
        );
        assert_eq!(room.parts(kept).await, (vec![("main".to_owned(), 3)], 1));
        room.adjust(2).await.unwrap();
        assert_eq!(figures(&room).await, [5, 4, 1, 0]);
        room.say(&OrderEvent::Cancelled { order: placed(kept) }, kept);
        room.hear(room.clock.now()).await;
        assert_eq!(figures(&room).await, [5, 0, 5, 0]);
        room.assert_sound().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lower_limit_stops_new_backorders_only() {
    on_both(|room| async move {
        allow(&room, 5).await;
        let order = room.order();
        room.try_reserve(order, 8).await.unwrap();
        let lowered = allow(&room, 1).await;
        assert_eq!((lowered.backordered, lowered.backorder_limit), (5, 1));
        let Err(ApiError::Domain(InventoryError::InsufficientStock(short))) =
            room.try_reserve(room.order(), 1).await
        else {
            panic!("a new backorder is taken beyond the limit");
        };
        assert_eq!(short[0].available, 0);
        room.adjust(4).await.unwrap();
        assert_eq!(figures(&room).await, [7, 7, 0, 1]);
        room.try_reserve(room.order(), 1).await.unwrap_err();
        room.adjust(1).await.unwrap();
        room.try_reserve(room.order(), 1).await.unwrap();
        assert_eq!(figures(&room).await, [8, 8, 0, 1]);
        room.assert_sound().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_arrives_elsewhere_is_a_line_of_its_own() {
    on_both(|room| async move {
        allow(&room, 5).await;
        let order = room.order();
        room.try_reserve(order, 6).await.unwrap();
        room.adjust_at(2, "shop").await.unwrap();
        assert_eq!(room.parts(order).await, (vec![("main".to_owned(), 3), ("shop".to_owned(), 2)], 1));
        room.adjust_at(4, "shop").await.unwrap();
        assert_eq!(room.parts(order).await, (vec![("main".to_owned(), 3), ("shop".to_owned(), 3)], 0));
        assert_eq!(room.hold(order).await.lines[0].quantity, 6);
        room.release(&[order]).await;
        assert_eq!(figures(&room).await, [9, 0, 9, 0]);
        room.assert_sound().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn goods_that_were_waited_for_are_not_back() {
    on_both(|room| async move {
        allow(&room, 5).await;
        let order = room.order();
        room.try_reserve(order, 5).await.unwrap();
        let told = room.told().await.len();
        room.adjust(2).await.unwrap();
        let since: Vec<_> = room.told().await.split_off(told);
        let kinds: Vec<&str> = since.iter().map(|event| event.event_type.as_str()).collect();
        assert_eq!(kinds, ["stock.adjusted"]);
        let data: serde_json::Value = serde_json::from_str(since[0].data.get()).unwrap();
        assert_eq!((&data["on_hand"], &data["reserved"]), (&5.into(), &5.into()));
        room.adjust(1).await.unwrap();
        assert_eq!(room.told().await.last().unwrap().event_type, "stock.back");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sku_is_ordered_before_it_was_ever_received() {
    on_both(|room| async move {
        let (lens, order) = (kernel::Sku::parse("LENS").unwrap(), room.order());
        room.configure_sku(&lens, Settings { backorder_limit: 2, ..Settings::default() }).await;
        room.reserve_sku(order, &lens, 2).await.unwrap();
        assert_eq!(room.parts(order).await, (vec![], 2));
        let shown = room.write(move |tx, _| show::find(tx, &lens)).await.unwrap();
        assert_eq!((shown.on_hand, shown.reserved, shown.available, shown.backordered), (0, 0, 0, 2));
        room.assert_sound().await;
        room.release(&[order]).await;
        room.assert_sound().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_check_finds_what_is_wrong() {
    on_both(|room| async move {
        allow(&room, 5).await;
        room.try_reserve(room.order(), 5).await.unwrap();
        room.assert_sound().await;
        for (sql, found) in [
            (
                "UPDATE stock_items SET backordered = 3",
                "backordered is 3, the sum that its live holds wait for is 2",
            ),
            (
                "UPDATE holds SET state = 'released'",
                "what ended holds wait for is 2, what they may wait for is 0",
            ),
            ("UPDATE stock_levels SET on_hand = on_hand + 1", "available is 1, what its holds wait for is 2"),
        ] {
            let violations = room.violations_after(sql).await;
            assert!(violations.iter().any(|violation| violation.detail == found), "{sql}: {violations:#?}");
        }
    })
    .await;
}
