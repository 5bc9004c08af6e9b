//! How every change runs: one transaction, one event, once per key.

use customer_api::{Customer, CustomerError, CustomerEvent};
use kernel::{ApiError, CallCtx, Ids, Timestamp};
use platform::Foundation;
use platform::events::envelope;
use platform::http::{IfMatch, Problem, Reply};
use platform::idempotency::{Outcome, RequestKey, once, once_call};
use platform::store::{StoreError, Tx};
use serde::{Serialize, de::DeserializeOwned};

use crate::customer;
use crate::error::Error;
use crate::module::CustomerModule;
use crate::store::customers;

/// What a use case knows beside its request and the rows.
pub(crate) struct Change<'a> {
    pub cx: &'a CallCtx,
    pub ids: &'a Ids,
    pub now: Timestamp,
}

impl Change<'_> {
    /// Appends the event that brought the customer to its version.
    pub(crate) fn record(
        &self,
        tx: &mut Tx<'_>,
        customer: &Customer,
        event: &CustomerEvent,
    ) -> Result<(), StoreError> {
        let id = self.ids.next(self.now);
        tx.append(&[envelope(self.cx, id, self.now, customer.id.to_string(), customer.version, event)?])
    }

    /// Raises the customer's version for a change of what belongs to it, and appends the event.
    pub(crate) fn touch(
        &self,
        tx: &mut Tx<'_>,
        customer: &mut Customer,
        event: &CustomerEvent,
    ) -> Result<(), StoreError> {
        customer::touch(customer, self.now);
        customers::touch(tx, customer)?;
        self.record(tx, customer, event)
    }
}

/// Refuses what is no longer as the caller saw it.
pub(crate) fn expect(expected: &IfMatch, version: i64) -> Result<(), Error> {
    expected.check(version).map_err(|_| Error::Stale(version))
}

impl CustomerModule {
    /// Carries out a change that came over REST, and renders its reply, which is kept under the request's key.
    pub(crate) async fn reply<R: 'static>(
        &self,
        cx: CallCtx,
        name: &'static str,
        key: Option<RequestKey>,
        work: impl Fn(&mut Tx<'_>, &Change<'_>) -> Result<R, Error> + Send + 'static,
        render: impl Fn(&R) -> Result<Reply, StoreError> + Send + 'static,
    ) -> Result<Reply, Problem> {
        let Foundation { store, clock, ids } = self.foundation.clone();
        let call = cx.clone();
        store
            .write(&cx, name, move |tx| {
                let change = Change { cx: &call, ids: &ids, now: clock.now() };
                once(tx, key.as_ref(), change.now, |tx| Ok(render(&work(tx, &change)?)?))
            })
            .await
            .map_err(|outcome: Outcome<Error>| outcome.into())
    }

    /// Carries out a command of the API.
    pub(crate) async fn command<R>(
        &self,
        cx: &CallCtx,
        name: &'static str,
        work: impl Fn(&mut Tx<'_>, &Change<'_>) -> Result<R, Error> + Send + 'static,
    ) -> Result<R, ApiError<CustomerError>>
    where
        R: Serialize + DeserializeOwned + Send + 'static,
    {
        let Foundation { store, clock, ids } = self.foundation.clone();
        let call = cx.clone();
        store
            .write(cx, name, move |tx| {
                let change = Change { cx: &call, ids: &ids, now: clock.now() };
                once_call(tx, &call, name, change.now, |tx| work(tx, &change))
            })
            .await
            .map_err(|error: Error| error.into())
    }
}
