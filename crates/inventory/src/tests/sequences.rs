//! Whatever happens in whatever order, the invariants hold, and who was granted something has it.

use order_api::OrderId;

use super::stockroom::{Stockroom, on_both};
use crate::shelf::Settings;

const STEPS: usize = 150;

/// Numbers that look random and are the same each time (Knuth's MMIX generator).
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end
    }

    fn quantity(&mut self) -> i64 {
        i64::try_from(self.below(6)).unwrap() + 1
    }

    fn location(&mut self) -> &'static str {
        ["attic", "main", "shop"][self.below(3)]
    }
}

/// A live order.
struct Live {
    order: OrderId,
    quantity: i64,
    shipped: i64,
}

/// Ships some of what is there for an order.
async fn ship(room: &Stockroom, dice: &mut Dice, live: &mut Live) {
    let left = room.hold(live.order).await.lines[0].allotted() - live.shipped;
    let quantity = dice.quantity().min(left);
    if quantity > 0 {
        room.say_shipped(live.order, quantity);
        room.hear_all().await;
        live.shipped += quantity;
    }
}

/// Does something, which may be refused.
async fn step(room: &Stockroom, dice: &mut Dice, live: &mut Vec<Live>) {
    let quantity = dice.quantity();
    match dice.below(12) {
        0..=4 => {
            let order = room.order();
            if room.try_reserve(order, quantity).await.is_ok() {
                live.push(Live { order, quantity, shipped: 0 });
            }
        }
        5 if !live.is_empty() => {
            // What has left of an order does not come back.
            let gone: Vec<_> =
                (0..2).map(|_| dice.below(live.len())).filter(|n| live[*n].shipped == 0).collect();
            let gone: Vec<_> = gone.into_iter().map(|n| live[n].order).collect();
            live.retain(|live| !gone.contains(&live.order));
            room.release(&gone).await;
        }
        6 => drop(room.adjust_at(quantity, dice.location()).await),
        7 => drop(room.adjust_at(-quantity, dice.location()).await),
        8 | 9 if !live.is_empty() => {
            let place = dice.below(live.len());
            ship(room, dice, &mut live[place]).await;
        }
        10 => drop(room.try_transfer(quantity, dice.location(), "depot").await),
        _ => {
            let backorder_limit = 3 * quantity - 3;
            room.configure(Settings { backorder_limit, ..Settings::default() }).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_granted_stays_whatever_happens() {
    on_both(|room| async move {
        let (mut dice, mut live) = (Dice(2026), Vec::new());
        let (mut waited, mut most, mut shipped) = (0, 0, 0);
        for _ in 0..STEPS {
            step(&room, &mut dice, &mut live).await;
            room.assert_sound().await;
            for live in &live {
                let line = room.hold(live.order).await.lines.remove(0);
                assert_eq!((line.quantity, line.shipped), (live.quantity, live.shipped));
            }
            let stock = room.stock().await;
            assert_eq!(
                stock.reserved + stock.backordered,
                live.iter().map(|live| live.quantity - live.shipped).sum::<i64>()
            );
            waited += i64::from(stock.backordered > 0);
            most = most.max(stock.available);
            shipped = shipped.max(live.iter().map(|live| live.shipped).sum());
        }
        assert!(
            waited > 30 && most > 0 && shipped > 10,
            "the story is too calm: {waited} steps with backorders, {most} at most, {shipped} shipped"
        );
    })
    .await;
}
