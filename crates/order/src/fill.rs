//! Fills copies of customers from their owner, wherever they have heard of something newer.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use customer_api::FindSnapshots;
use kernel::CallCtx;
use platform::copies::{At, Mending};
use platform::store::{Db, Key, StoreError, Tx};
use platform::workers::Workers;
use tokio::sync::Notify;

use crate::copies::{CustomerFact, of_customer};
use crate::module::OrderModule;
use crate::store::customer_copies;

/// Between two looks at what another instance has heard, or could not be filled before.
const EVERY: Duration = Duration::from_secs(1);
const BUDGET: Duration = Duration::from_secs(5);

pub(crate) fn start(orders: &OrderModule, bell: &Arc<Notify>, workers: &Workers) {
    let (orders, bell) = (orders.clone(), Arc::clone(bell));
    workers.spawn("order-copies", move |beat| async move {
        loop {
            if let Err(error) = orders.fill_copies().await {
                tracing::warn!(%error, "copies of customers wait to be filled");
            }
            beat.pause(EVERY, &bell).await;
        }
    });
}

impl OrderModule {
    /// Fills every copy that is behind, once. Two who do so at the same time do the same.
    pub(crate) async fn fill_copies(&self) -> Result<(), StoreError> {
        let mut after = Key(Default::default());
        loop {
            let cx = CallCtx::system("order-copies", BUDGET);
            let gaps = self
                .foundation
                .store
                .peek(&cx, move |db: &mut Db<'_>| customer_copies::gaps(db, after))
                .await?;
            let Some((last, _)) = gaps.last() else { return Ok(()) };
            after = *last;
            let fillings = self.ask_owner(&cx, &gaps).await?;
            let fill = move |tx: &mut Tx<'_>| customer_copies::mend(tx, &fillings);
            self.foundation.store.write(&cx, "order.fill_copies", fill).await?;
        }
    }

    async fn ask_owner(
        &self,
        cx: &CallCtx,
        gaps: &[(Key, At)],
    ) -> Result<Vec<Mending<Key, CustomerFact>>, StoreError> {
        let ids = gaps.iter().map(|(key, _)| key.id()).collect();
        let found = self.customers.find_snapshots(cx, FindSnapshots { ids }).await;
        let found = found.map_err(|error| StoreError::Unavailable(format!("customer: {error}")))?.customers;
        let mut fillings: Vec<Mending<Key, CustomerFact>> =
            found.into_iter().map(|one| Mending::filling(of_customer(one))).collect();
        let there: HashSet<Key> = fillings.iter().map(|one| one.key).collect();
        // Whom the owner does not know is not to be remembered here.
        let gone = gaps.iter().filter(|(key, _)| !there.contains(key));
        fillings.extend(gone.map(|(key, at)| Mending { key: *key, owned: None, seen: Some(*at) }));
        fillings.sort_unstable_by_key(|one| one.key);
        Ok(fillings)
    }
}
