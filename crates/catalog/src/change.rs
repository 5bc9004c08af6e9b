//! How the catalog's changes run: like every module's, and then what was shown before no longer counts.

use catalog_api::CatalogError;
use kernel::{ApiError, CallCtx};
use platform::Change;
use platform::http::{Problem, Reply};
use platform::idempotency::{Outcome, RequestKey};
use platform::store::{StoreError, Tx};
use serde::{Serialize, de::DeserializeOwned};

use crate::error::Error;
use crate::module::CatalogModule;

impl CatalogModule {
    /// Carries out a change that came over REST, and renders its reply, which is kept under the request's key.
    pub(crate) async fn reply<R: 'static>(
        &self,
        cx: CallCtx,
        name: &'static str,
        key: Option<RequestKey>,
        work: impl Fn(&mut Tx<'_>, &Change) -> Result<R, Error> + Send + 'static,
        render: fn(&R) -> Result<Reply, StoreError>,
    ) -> Result<Reply, Problem> {
        let done = self.foundation.answer(&cx, name, key, work, render).await;
        self.shelf.clear();
        done.map_err(|outcome: Outcome<Error>| outcome.into())
    }

    /// Carries out a command of the API.
    pub(crate) async fn command<Q, R>(
        &self,
        cx: &CallCtx,
        name: &'static str,
        request: Q,
        work: impl Fn(&mut Tx<'_>, &Change, &Q) -> Result<R, Error> + Send + 'static,
    ) -> Result<R, ApiError<CatalogError>>
    where
        Q: Serialize + Send + 'static,
        R: Serialize + DeserializeOwned + Send + 'static,
    {
        let done = self.foundation.command(cx, name, request, work).await;
        self.shelf.clear();
        done.map_err(|error: Error| error.into())
    }
}
