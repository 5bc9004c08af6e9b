//! What analytics does on the events of others. Each function applies events to one generation, and applying one again,
//! or an older one late, changes nothing: the live feed and a rebuild are the same code.

mod customers;
mod orders;
mod payments;
mod products;

use std::sync::Arc;

use kernel::Event;
use platform::Foundation;
use platform::events::feed::{Feed, Logged};
use platform::events::subscription::{Dispatcher, Fault, Subscription, Told};
use platform::store::Tx;
use std::time::Duration;

use crate::store::generation::{self, Generation};

/// Nobody waits for a report to be newer than this, and a busy shop is heard in few large steps.
const GATHER: Duration = Duration::from_millis(250);

/// Events in one transaction: many of them move the same sums.
pub(crate) const PAGE: i64 = 4_000;

type Hear<E> = fn(&mut Tx<'_>, Generation, &[Told<'_, E>]) -> Result<(), Fault>;
type Apply = dyn Fn(&mut Tx<'_>, Generation, &[Logged]) -> Result<(), Fault> + Send + Sync;

/// The logs that are heard.
pub(crate) struct Feeds {
    pub orders: Arc<dyn Feed>,
    pub payments: Arc<dyn Feed>,
    pub catalog: Arc<dyn Feed>,
    pub customers: Arc<dyn Feed>,
}

/// A log, and what is done on its events.
#[derive(Clone)]
pub(crate) struct Source {
    pub dispatcher: Dispatcher,
    pub feed: Arc<dyn Feed>,
    /// For a rebuild; passes over what the listener is not concerned with.
    pub apply: Arc<Apply>,
}

impl Source {
    fn new<E: Event>(
        foundation: &Foundation,
        name: &'static str,
        feed: Arc<dyn Feed>,
        hear: Hear<E>,
    ) -> Source {
        let live = Subscription::new(name, Arc::clone(&feed), move |tx, _, told: &[Told<'_, E>]| {
            let serving = generation::lock_serving(tx)?;
            hear(tx, serving, told)
        });
        let apply = move |tx: &mut Tx<'_>, generation: Generation, events: &[Logged]| {
            let mine = events.iter().filter(|logged| logged.event.aggregate_type == E::AGGREGATE);
            let told: Vec<Told<'_, E>> = mine.map(Told::read).collect::<Result<_, _>>()?;
            hear(tx, generation, &told)
        };
        let dispatcher = Dispatcher::new(foundation.clone(), live).gathering(GATHER).paging(PAGE);
        Source { dispatcher, feed, apply: Arc::new(apply) }
    }

    pub(crate) fn name(&self) -> &'static str {
        self.dispatcher.subscription().name()
    }
}

/// Those that sales are classified by come first: it saves moving sums.
pub(crate) fn sources(foundation: &Foundation, feeds: Feeds) -> [Source; 4] {
    [
        Source::new(foundation, "analytics.follow_catalog", feeds.catalog, products::hear),
        Source::new(foundation, "analytics.follow_customers", feeds.customers, customers::hear),
        Source::new(foundation, "analytics.follow_payments", feeds.payments, payments::hear),
        Source::new(foundation, "analytics.follow_orders", feeds.orders, orders::hear),
    ]
}
