//! What the application knows about a module.

use std::sync::Arc;

use kernel::{BoxFut, CallCtx, Clock, Ids, MethodMeta};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::copies::Comparable;
use crate::effects::Effects;
use crate::events::subscription::Dispatcher;
use crate::http::ProblemKind;
use crate::saga::Operable;
use crate::store::{Store, StoreError};
use crate::workers::Workers;

/// What every module is built from, beside the APIs it calls.
#[derive(Clone)]
pub struct Foundation {
    pub store: Store,
    pub clock: Arc<dyn Clock>,
    pub ids: Ids,
}

/// A broken promise that `holdfast check` found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Number of the invariant in the documentation.
    pub invariant: u8,
    /// The thing at fault, such as an order id or a SKU.
    pub subject: String,
    pub detail: String,
}

/// The one public face of a module crate.
pub trait Module: Send + Sync + 'static {
    fn name(&self) -> &'static str;

    fn store(&self) -> &Store;

    /// Methods of its API.
    fn methods(&self) -> &'static [&'static MethodMeta];

    /// Adds its REST rows.
    fn routes(&self, config: &mut ServiceConfig<'_>);

    /// The problems that its rows may answer with, beside the platform's.
    fn problems(&self) -> &'static [ProblemKind];

    /// What it does on other modules' events.
    fn subscriptions(&self) -> Vec<Dispatcher> {
        Vec::new()
    }

    /// The sagas that it leads, by kind.
    fn sagas(&self) -> Vec<Arc<dyn Operable>> {
        Vec::new()
    }

    /// Its calls to the outside world, if it makes any.
    fn effects(&self) -> Option<Effects> {
        None
    }

    /// Writes down what it cannot be without, before anything of it is used; where that is so already, does nothing. Several
    /// instances may do so at once.
    fn prepare(&self) -> BoxFut<'_, Result<(), StoreError>> {
        Box::pin(async { Ok(()) })
    }

    /// Its copies of what others own, which can be compared with them.
    fn copies(&self) -> Vec<Arc<dyn Comparable>> {
        Vec::new()
    }

    /// Starts its background work. Its subscriptions and effects are started by the application.
    fn start(&self, workers: &Workers);

    /// Verifies its invariants. What is still being settled is looked at again before it is reported.
    fn check<'a>(&'a self, cx: &'a CallCtx) -> BoxFut<'a, Result<Vec<Violation>, StoreError>>;
}
