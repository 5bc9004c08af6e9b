//! Words that every module shares; no I/O.
//!
//! A type belongs here when two modules must mean the same thing by it: an amount, an id, an instant, who is
//! calling and until when, the shape of an event. What only one module knows stays in that module, and what
//! touches a disk, a socket or a runtime stays in `platform`.

mod text;

mod currency;
mod money;

mod id;
mod ids;
mod sku;
mod time;
mod token;

mod bounded;
mod page;

mod ctx;
mod error;
mod permissions;
mod principal;

mod event;
mod freshness;
mod upcast;

pub mod contract;

mod module_api;
mod rpc;

pub use crate::{
    bounded::Bounded,
    contract::{Agreement, Contract, EventMeta, Fingerprint, Shapes},
    ctx::{CallCtx, MAX_DEPTH},
    currency::{Currency, CurrencyError},
    error::ApiError,
    event::{Envelope, Event, EventId, EventKind, ReadError},
    freshness::Freshness,
    id::{Id, IdError, IdKind},
    ids::Ids,
    money::{Money, MoneyError},
    page::{Limit, LimitError, Page, PageRequest},
    permissions::{Needed, Permission, PermissionError, Permissions, permission},
    principal::{ApiKeyId, ApiKeyKind, Principal, PrincipalError, StaffId, StaffKind},
    rpc::{Around, BoxFut, Far, Kind, MethodMeta, Transport, WireReply, glue},
    sku::{Sku, SkuError},
    time::{Clock, ManualClock, SystemClock, Timestamp, TimestampError},
    token::Token,
    upcast::{Upcast, UpcastError},
};
