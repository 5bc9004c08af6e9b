//! A change of facts, and with them of the sums: read in one go, changed in memory, written in one go.

use std::collections::{BTreeMap, HashSet};

use order_api::Order;
use platform::events::subscription::Fault;
use platform::store::{Key, StoreError, Tx};

use crate::fact::{CountError, Fact};
use crate::store::generation::Generation;
use crate::store::{customers, products, sales, sums};
use crate::sums::{Sign, Sums};

/// Orders whose facts are read at once.
const PAGE: usize = 500;

/// Facts as they were, and as they are.
pub(crate) struct Book {
    generation: Generation,
    entries: BTreeMap<Key, Entry>,
}

#[derive(Default)]
struct Entry {
    before: Fact,
    after: Fact,
}

impl From<CountError> for Fault {
    fn from(error: CountError) -> Fault {
        Fault::Refused(error.to_string())
    }
}

impl Book {
    pub(crate) fn open(tx: &mut Tx<'_>, generation: Generation, orders: &[Key]) -> Result<Book, StoreError> {
        let entry = |(order, fact): (Key, Fact)| (order, Entry { before: fact.clone(), after: fact });
        let entries = sales::load(tx, generation, orders)?.into_iter().map(entry).collect();
        Ok(Book { generation, entries })
    }

    /// What is known of an order, to be changed.
    pub(crate) fn fact(&mut self, order: Key) -> &mut Fact {
        &mut self.entries.entry(order).or_default().after
    }

    /// What is known of an order that an event is about.
    pub(crate) fn hear(&mut self, order: &Order) -> Result<(), Fault> {
        let heard = self.fact(order.id.into()).hear_order(order);
        heard.map_err(|error| Fault::Refused(format!("{}: {error}", order.id)))
    }

    /// Puts each sale under the categories and the group of its moment.
    pub(crate) fn classify(&mut self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        let sold = || self.entries.values().filter_map(|entry| entry.after.sale.as_ref());
        let skus: HashSet<&String> = sold().flat_map(|sale| &sale.lines).map(|line| &line.sku).collect();
        let skus: Vec<String> = skus.into_iter().cloned().collect();
        let buyers: HashSet<Key> = sold().map(|sale| sale.customer).collect();
        let buyers: Vec<Key> = buyers.into_iter().collect();
        if skus.is_empty() {
            return Ok(());
        }
        let categories = products::categories(tx, self.generation, &skus)?;
        let groups = customers::groups(tx, self.generation, &buyers)?;
        for sale in self.entries.values_mut().filter_map(|entry| entry.after.sale.as_mut()) {
            let group = groups.get(&sale.customer).and_then(|history| history.at(sale.placed_at));
            sale.group = group.cloned().flatten();
            for line in &mut sale.lines {
                let category = categories.get(&line.sku).and_then(|all| all.at_or_first(sale.placed_at));
                line.category = category.cloned().map(Option::unwrap_or_default);
            }
        }
        Ok(())
    }

    /// Writes what has changed, and moves the sums by the difference.
    pub(crate) fn close(self, tx: &mut Tx<'_>) -> Result<(), Fault> {
        let mut sums = Sums::default();
        let mut changed = Vec::with_capacity(self.entries.len());
        for (order, Entry { before, after }) in &self.entries {
            if before != after {
                before.count(&mut sums, Sign::Minus)?;
                after.count(&mut sums, Sign::Plus)?;
                changed.push((*order, after));
            }
        }
        sales::save(tx, self.generation, &changed)?;
        Ok(sums::change(tx, self.generation, &sums)?)
    }
}

/// Moves sales to where they belong by now.
pub(crate) fn reclassify(tx: &mut Tx<'_>, generation: Generation, orders: &[Key]) -> Result<(), Fault> {
    for page in orders.chunks(PAGE) {
        let mut book = Book::open(tx, generation, page)?;
        book.classify(tx)?;
        book.close(tx)?;
    }
    Ok(())
}
