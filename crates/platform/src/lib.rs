//! What a module stands on: private tables, the event log, effects, idempotency, batching, the REST edge, the way to
//! other processes, telemetry.
//!
//! Nothing here knows a module. A module crate depends on this crate, on `kernel` and on other modules' contract
//! crates, and on nothing else of the workspace.

pub mod backoff;
pub mod batch;
pub mod bugs;
mod change;
pub mod copies;
pub mod effects;
pub mod events;
pub mod http;
pub mod idempotency;
mod module;
pub mod patience;
pub mod remote;
pub mod saga;
pub mod store;
pub mod telemetry;
pub mod transfer;
pub mod workers;

// Linked for their build options alone: the bundled engines.
use libsqlite3_sys as _;
use pq_sys as _;

pub use self::change::Change;
pub use self::module::{Foundation, Module, Violation};
