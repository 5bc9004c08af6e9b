use order_api::{Order, OrderEvent};
use platform::events::subscription::{Fault, Told};
use platform::store::{Key, Tx};

use crate::book::Book;
use crate::store::generation::Generation;

/// Orders come, and are cancelled; that they are shipped changes no sum.
pub(super) fn hear(
    tx: &mut Tx<'_>,
    generation: Generation,
    told: &[Told<'_, OrderEvent>],
) -> Result<(), Fault> {
    let placed: Vec<&Order> =
        told.iter().map(|told| told.event.order()).filter(|order| order.placed_at.is_some()).collect();
    let ids: Vec<Key> = placed.iter().map(|order| order.id.into()).collect();
    let mut book = Book::open(tx, generation, &ids)?;
    for order in placed {
        book.hear(order)?;
    }
    book.classify(tx)?;
    book.close(tx)
}
