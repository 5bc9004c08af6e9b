//! How every change runs: one transaction, one event, once per key.

use catalog_api::{CatalogError, CatalogEvent, Product};
use kernel::{ApiError, CallCtx, Ids, Timestamp};
use platform::Foundation;
use platform::events::envelope;
use platform::http::{Problem, Reply};
use platform::idempotency::{Outcome, RequestKey, once, once_call};
use platform::store::{StoreError, Tx};
use serde::{Serialize, de::DeserializeOwned};

use crate::error::Error;
use crate::module::CatalogModule;

/// What a use case knows beside its request and the rows.
pub(crate) struct Change<'a> {
    pub cx: &'a CallCtx,
    pub ids: &'a Ids,
    pub now: Timestamp,
}

impl Change<'_> {
    /// Appends the event that brought the product to its version.
    pub(crate) fn record(
        &self,
        tx: &mut Tx<'_>,
        product: &Product,
        event: &CatalogEvent,
    ) -> Result<(), StoreError> {
        let id = self.ids.next(self.now);
        tx.append(&[envelope(self.cx, id, self.now, product.id.to_string(), product.version, event)?])
    }
}

impl CatalogModule {
    /// Carries out a change that came over REST, and renders its reply, which is kept under the request's key.
    pub(crate) async fn reply<R: 'static>(
        &self,
        cx: CallCtx,
        name: &'static str,
        key: Option<RequestKey>,
        work: impl Fn(&mut Tx<'_>, &Change<'_>) -> Result<R, Error> + Send + 'static,
        render: fn(&R) -> Result<Reply, StoreError>,
    ) -> Result<Reply, Problem> {
        let Foundation { store, clock, ids } = self.foundation.clone();
        let call = cx.clone();
        let done = store
            .write(&cx, name, move |tx| {
                let change = Change { cx: &call, ids: &ids, now: clock.now() };
                once(tx, key.as_ref(), change.now, |tx| Ok(render(&work(tx, &change)?)?))
            })
            .await;
        self.shelf.clear();
        done.map_err(|outcome: Outcome<Error>| outcome.into())
    }

    /// Carries out a command of the API.
    pub(crate) async fn command<R>(
        &self,
        cx: &CallCtx,
        name: &'static str,
        work: impl Fn(&mut Tx<'_>, &Change<'_>) -> Result<R, Error> + Send + 'static,
    ) -> Result<R, ApiError<CatalogError>>
    where
        R: Serialize + DeserializeOwned + Send + 'static,
    {
        let Foundation { store, clock, ids } = self.foundation.clone();
        let call = cx.clone();
        let done = store
            .write(cx, name, move |tx| {
                let change = Change { cx: &call, ids: &ids, now: clock.now() };
                once_call(tx, &call, name, change.now, |tx| work(tx, &change))
            })
            .await;
        self.shelf.clear();
        done.map_err(|error: Error| error.into())
    }
}
