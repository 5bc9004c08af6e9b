//! Modules in other processes: their calls, their logs and their REST rows, over HTTP.
//!
//! A process that lacks a module has a [`Link`] to the process that has it. Over it go
//!
//! - calls: [`Calls`] is the transport of a contract's `Remote`, [`Host`] answers with the contract's `Far`;
//! - logs: [`RemoteFeed`] reads and waits as the log in the own process would;
//! - requests from outside: [`Forwarder`] passes them on, and the owner's reply back.
//!
//! Calls and logs are `POST /internal/{module}/v1/{method}`: JSON in, JSON out. The header `holdfast-context` carries the
//! rest of the call as JSON (deadline, principal, request id, trace context, idempotency key, hops), and
//! `holdfast-signature` proves that the caller has the secret that all processes of a shop share ([`Secret`]). The reply
//! says in `holdfast-outcome` whether the body is a reply, the module's refusal, or a failure of the call itself.
//!
//! A call whose answer is lost is repeated within its deadline, as long as few enough calls are lost; commands carry keys
//! and may be repeated as well as queries. After some losses in a row nothing is sent for a moment ([`Link`]), so an owner
//! that is away costs its callers no time.

mod breaker;
mod calls;
mod feed;
mod forward;
mod host;
mod link;
mod secret;

pub use self::calls::Calls;
pub use self::feed::RemoteFeed;
pub use self::forward::{FORWARDED, Forwarder, is_forwarded};
pub use self::host::{Host, Hosted, Stopping};
pub use self::link::{Link, LinkError, Network, check_url};
pub use self::secret::{Secret, SecretError};
