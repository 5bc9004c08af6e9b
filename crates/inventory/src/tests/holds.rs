//! What ends a hold.

use inventory_api::HoldState;
use kernel::Clock;
use order_api::OrderEvent;
use platform::Module;

use super::stockroom::{MINUTE, START, TTL, on_both, placed};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hold_that_nobody_wants_is_let_go() {
    on_both(|room| async move {
        let order = room.order();
        assert_eq!(room.reserve(order).await.expires_at, START.saturating_add(TTL));
        room.clock.advance(TTL + MINUTE + MINUTE);
        room.hear(room.clock.now()).await;
        assert_eq!((room.sweep().await, room.state(order).await), (1, HoldState::Released));
        assert_eq!(room.sweep().await, 0);
        // The stock is there for the next one.
        assert_eq!(room.state(order).await, HoldState::Released);
        room.reserve(room.order()).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_expires_while_the_order_module_may_have_placed_it() {
    on_both(|room| async move {
        let order = room.order();
        room.reserve(order).await;
        // An hour later, and nothing was heard since.
        room.hear(START).await;
        room.clock.advance(60 * MINUTE);
        assert_eq!(room.sweep().await, 0);
        // Heard until just after the end of the hold: an order that was being placed then may still come.
        room.hear(START.saturating_add(TTL + MINUTE / 2)).await;
        assert_eq!(room.sweep().await, 0);
        // It does come, late.
        room.say(&OrderEvent::Created { order: placed(order) }, order);
        room.hear(room.clock.now()).await;
        assert_eq!((room.sweep().await, room.state(order).await), (0, HoldState::Confirmed));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_became_an_order_never_expires() {
    on_both(|room| async move {
        let order = room.order();
        room.reserve(order).await;
        room.say(&OrderEvent::Created { order: placed(order) }, order);
        room.clock.advance(60 * MINUTE);
        room.hear(room.clock.now()).await;
        assert_eq!((room.sweep().await, room.state(order).await), (0, HoldState::Confirmed));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hold_that_ran_out_is_extended_by_asking_again() {
    on_both(|room| async move {
        let order = room.order();
        room.reserve(order).await;
        room.clock.advance(TTL + MINUTE + MINUTE);
        let extended = room.reserve(order).await;
        assert_eq!(extended.expires_at, room.clock.now().saturating_add(TTL));
        room.hear(room.clock.now()).await;
        assert_eq!((room.sweep().await, room.state(order).await), (0, HoldState::Held));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cancelled_order_gives_its_stock_back_and_a_late_placing_changes_nothing() {
    on_both(|room| async move {
        let order = room.order();
        room.reserve(order).await;
        room.say(&OrderEvent::Created { order: placed(order) }, order);
        room.say(&OrderEvent::Cancelled { order: placed(order) }, order);
        room.hear(room.clock.now()).await;
        assert_eq!(room.state(order).await, HoldState::Released);
        for subscription in room.inventory.subscriptions() {
            let (cx, replayed) = (room.cx("replay"), subscription.clone());
            let replay = move |tx: &mut platform::store::Tx<'_>| replayed.subscription().replay(tx, 0, false);
            subscription.foundation().store.write(&cx, "test", replay).await.unwrap();
        }
        room.hear(room.clock.now()).await;
        assert_eq!(room.state(order).await, HoldState::Released);
    })
    .await;
}
