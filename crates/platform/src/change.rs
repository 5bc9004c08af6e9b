//! How a change runs, whoever asked for it: in one transaction, once per key, with the events that it caused.

use std::fmt::Display;

use kernel::{CallCtx, Event, Ids, Timestamp};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Foundation;
use crate::events::NewEvent;
use crate::http::{Problem, Reply};
use crate::idempotency::{Outcome, RequestKey, once, once_call};
use crate::store::{Failure, StoreError, Tx};

/// What a use case knows beside its request and the rows.
#[derive(Clone, Debug)]
pub struct Change {
    pub cx: CallCtx,
    pub ids: Ids,
    pub now: Timestamp,
}

impl Change {
    /// Appends the event that brought an aggregate to `version`.
    ///
    /// # Errors
    /// [`StoreError`], which must end the transaction.
    pub fn append<E: Event>(
        &self,
        tx: &mut Tx<'_>,
        aggregate: &impl Display,
        version: i64,
        event: &E,
    ) -> Result<(), StoreError> {
        tx.append(&[NewEvent::new(self, aggregate, version, event)?])
    }
}

impl Foundation {
    /// A change that begins now, in the name of the caller.
    pub fn change(&self, cx: &CallCtx) -> Change {
        Change { cx: cx.clone(), ids: self.ids.clone(), now: self.clock.now() }
    }

    /// Carries out a change under no key: one that is harmless to repeat, or whose reply is kept nowhere.
    ///
    /// # Errors
    /// What `work` returned, or a [`StoreError`] as `E`.
    pub async fn write<R, E>(
        &self,
        cx: &CallCtx,
        name: &'static str,
        work: impl Fn(&mut Tx<'_>, &Change) -> Result<R, E> + Send + 'static,
    ) -> Result<R, E>
    where
        R: Send + 'static,
        E: Failure,
    {
        let (foundation, call) = (self.clone(), cx.clone());
        self.store.write(cx, name, move |tx| work(tx, &foundation.change(&call))).await
    }

    /// Carries out a change that came over REST, and renders its reply, which is kept under the request's key, as a
    /// refusal (409) is.
    ///
    /// # Errors
    /// What `work` returned, unless it was kept; [`Outcome::Refused`] when the key forbids it.
    pub async fn answer<R, E>(
        &self,
        cx: &CallCtx,
        name: &'static str,
        key: Option<RequestKey>,
        work: impl Fn(&mut Tx<'_>, &Change) -> Result<R, E> + Send + 'static,
        render: impl Fn(&R) -> Result<Reply, StoreError> + Send + 'static,
    ) -> Result<Reply, Outcome<E>>
    where
        R: 'static,
        E: Failure,
        Problem: for<'e> From<&'e E>,
    {
        self.write(cx, name, move |tx, change| once(tx, key.as_ref(), |tx| Ok(render(&work(tx, change)?)?)))
            .await
    }

    /// Carries out a command of the module's API, once per key of the call.
    ///
    /// # Errors
    /// What `work` returned, or a [`StoreError`] as `E`.
    pub async fn command<Q, R, E>(
        &self,
        cx: &CallCtx,
        name: &'static str,
        request: Q,
        work: impl Fn(&mut Tx<'_>, &Change, &Q) -> Result<R, E> + Send + 'static,
    ) -> Result<R, E>
    where
        Q: Serialize + Send + 'static,
        R: Serialize + DeserializeOwned + Send + 'static,
        E: Failure,
    {
        self.write(cx, name, move |tx, change| {
            once_call(tx, change, name, &request, |tx| work(tx, change, &request))
        })
        .await
    }
}
