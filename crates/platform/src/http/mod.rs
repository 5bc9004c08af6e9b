//! The REST edge: extractors that fail as [`Problem`], one reply type, and the middleware around every request.

mod address;
mod bearers;
mod body;
mod caller;
pub mod card;
mod drain;
mod edge;
mod fallback;
pub mod health;
mod json;
pub mod kinds;
mod media;
mod params;
mod pointer;
mod problem;
mod reply;
pub mod rules;
mod strict;

pub(crate) use self::address::CLIENT;
pub use self::address::ClientAddress;
pub use self::bearers::{Bearers, Known};
pub use self::body::{Bodiless, JsonBody, Keyable, Keyed, Screen, Screened};
pub use self::caller::{
    Bearer, Caller, Credentials, May, Member, Open, Own, Stranger, UPLOAD_BUDGET, Visitor,
};
pub(crate) use self::caller::{answers_within, owner_answers_within, request_id};
pub use self::edge::{Access, Edge, EdgeSettings, Origins, around};
pub use self::fallback::{Routes, not_routed};
pub use self::media::{Media, Upload};
pub use self::params::{IfMatch, Params, PathSegment, page_request, parse_path};
pub use self::problem::{FieldError, Problem, ProblemBody, ProblemKind, Problems};
pub use self::reply::Reply;
