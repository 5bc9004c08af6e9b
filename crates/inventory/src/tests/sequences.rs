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

/// Does something, which may be refused.
async fn step(room: &Stockroom, dice: &mut Dice, live: &mut Vec<(OrderId, i64)>) {
    let quantity = dice.quantity();
    match dice.below(10) {
        0..=4 => {
            let order = room.order();
            if room.try_reserve(order, quantity).await.is_ok() {
                live.push((order, quantity));
            }
        }
        5 if !live.is_empty() => {
            let gone: Vec<_> = (0..2).map(|_| live[dice.below(live.len())].0).collect();
            live.retain(|(order, _)| !gone.contains(order));
            room.release(&gone).await;
        }
        6 => drop(room.adjust_at(quantity, dice.location()).await),
        7 => drop(room.adjust_at(-quantity, dice.location()).await),
        8 => drop(room.try_transfer(quantity, dice.location(), "depot").await),
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
        let (mut waited, mut most) = (0, 0);
        for _ in 0..STEPS {
            step(&room, &mut dice, &mut live).await;
            room.assert_sound().await;
            for (order, quantity) in &live {
                assert_eq!(room.hold(*order).await.lines[0].quantity, *quantity);
            }
            let stock = room.stock().await;
            assert_eq!(
                stock.reserved + stock.backordered,
                live.iter().map(|(_, quantity)| quantity).sum::<i64>()
            );
            waited += i64::from(stock.backordered > 0);
            most = most.max(stock.available);
        }
        assert!(
            waited > 30 && most > 0,
            "the story is too calm: {waited} steps with backorders, {most} at most"
        );
    })
    .await;
}
