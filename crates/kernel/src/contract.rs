//! What a module promises to the others: its methods and its events, in the shapes that they have on the wire.
//!
//! The shapes are taken from the Rust types. `contracts/<module>/` keeps those that are *blessed*, so a change of one is
//! seen before it is released (`cargo xtask contracts`); the fingerprints of all that were ever blessed are compiled in, so
//! two processes that were built at different times can tell whether they understand each other.

use std::sync::OnceLock;

use serde_json::{Value, json};

mod fingerprint;
mod shape;

pub use self::{
    fingerprint::{Fingerprint, FingerprintError},
    shape::{EventMeta, EventShapes, Shapes, event_shapes, method_shapes},
};

use crate::{Kind, MethodMeta};

/// The contract of a module, as this binary was built with. Made by [`module_api!`](crate::module_api).
pub struct Contract {
    pub module: &'static str,
    /// Rises when what others know of the module is no longer true.
    pub version: u32,
    pub methods: &'static [&'static MethodMeta],
    /// The events of each of its aggregates.
    pub events: &'static [EventMeta],
    /// Lines of a version and a fingerprint that was blessed, oldest first.
    blessed: &'static str,
    fingerprint: OnceLock<Fingerprint>,
}

/// What another process' contract is to this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Agreement {
    /// Neither knows anything that the other one does not.
    Same,
    /// It is one that this one came from by compatible changes.
    Older,
    /// It has the same version and was not known when this binary was built: most likely this is the older one. Whoever
    /// calls may ask for what is not here, which is refused call by call.
    Unknown,
    /// The versions differ: no call means the same on both sides.
    Incompatible,
}

/// A part of a contract that is blessed in a file of its own.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// Below `contracts/<module>/`, such as `methods/quote.json` or `events/product.created.v1.json`.
    pub path: String,
    /// In canonical form: equal contracts are equal texts.
    pub content: Value,
}

impl Contract {
    /// Of what [`module_api!`](crate::module_api) was given.
    pub const fn new(
        module: &'static str,
        version: u32,
        methods: &'static [&'static MethodMeta],
        events: &'static [EventMeta],
        blessed: &'static str,
    ) -> Contract {
        Contract { module, version, methods, events, blessed, fingerprint: OnceLock::new() }
    }

    /// Of all its [documents](Contract::documents). The first call takes some milliseconds.
    pub fn fingerprint(&self) -> Fingerprint {
        *self.fingerprint.get_or_init(|| Fingerprint::of(&self.documents()))
    }

    /// What the contract of the same module in another process is to this one.
    pub fn judge(&self, version: u32, fingerprint: Fingerprint) -> Agreement {
        if version != self.version {
            Agreement::Incompatible
        } else if fingerprint == self.fingerprint() {
            Agreement::Same
        } else if self.blessed().any(|blessed| blessed == (version, fingerprint)) {
            Agreement::Older
        } else {
            Agreement::Unknown
        }
    }

    /// Every version and fingerprint that was ever blessed, oldest first.
    pub fn blessed(&self) -> impl Iterator<Item = (u32, Fingerprint)> {
        self.blessed.lines().filter_map(|line| {
            let (version, fingerprint) = line.split_once(' ')?;
            Some((version.parse().ok()?, fingerprint.trim_end().parse().ok()?))
        })
    }

    /// Its methods and the newest versions of its events, by path.
    pub fn documents(&self) -> Vec<Document> {
        let methods = self.methods.iter().map(|method| self.method_document(method));
        let events = self.events.iter().flat_map(|events| self.event_documents(events));
        let mut documents: Vec<Document> = methods.chain(events).collect();
        documents.sort_by(|a, b| a.path.cmp(&b.path));
        documents
    }

    fn method_document(&self, method: &MethodMeta) -> Document {
        let Shapes { max_items, request, reply, error, .. } = (method.shapes)();
        let kind = match method.kind {
            Kind::Query => "query",
            Kind::Command => "command",
        };
        let content = json!({
            "module": self.module, "method": method.method, "kind": kind, "max_items": max_items,
            "request": request, "reply": reply, "error": error,
        });
        Document { path: format!("methods/{}.json", method.method), content: shape::sorted(content) }
    }

    fn event_documents(&self, events: &EventMeta) -> Vec<Document> {
        let document = |event_type: &&str| {
            let version = events.version(event_type);
            let data = (events.shapes)(event_type).written;
            let content = json!({
                "type": event_type, "version": version, "aggregate": events.aggregate, "data": data,
            });
            Document { path: format!("events/{event_type}.v{version}.json"), content: shape::sorted(content) }
        };
        events.types.iter().map(document).collect()
    }
}
