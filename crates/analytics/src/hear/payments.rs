use payment_api::PaymentEvent;
use platform::events::subscription::{Fault, Told};
use platform::store::{Key, Tx};

use crate::book::Book;
use crate::fact::Refund;
use crate::store::generation::Generation;
use crate::store::sales;

/// Money is given back. Every event of a payment says how much by now, so that any of them may be the first to be heard.
pub(super) fn hear(
    tx: &mut Tx<'_>,
    generation: Generation,
    told: &[Told<'_, PaymentEvent>],
) -> Result<(), Fault> {
    let said: Vec<(Key, Refund)> = told
        .iter()
        .map(|Told { envelope, event }| {
            let (facts, version) = (event.facts(), envelope.aggregate_version);
            (facts.order_id.into(), Refund { amount: facts.refunded.minor(), version })
        })
        .collect();
    let all: Vec<Key> = said.iter().map(|(order, _)| *order).collect();
    let known = sales::load_refunds(tx, generation, &all)?;
    // Most payments are never refunded, and leave no trace here.
    let touched: Vec<Key> = said
        .iter()
        .filter(|(order, refund)| refund.amount > 0 || known.contains_key(order))
        .map(|(order, _)| *order)
        .collect();
    if touched.is_empty() {
        return Ok(());
    }
    let mut book = Book::open(tx, generation, &touched)?;
    for (order, refund) in said {
        if refund.amount > 0 || known.contains_key(&order) {
            book.fact(order).hear_refund(refund);
        }
    }
    book.close(tx)
}
