//! The map of who owns what: `modules.toml`, the contracts and the subscriptions, put together.

use std::sync::Arc;

use kernel::contract::EventMeta;
use kernel::{Contract, Kind};
use platform::Module;
use serde::Serialize;
use utoipa::ToSchema;

use crate::manifest::{self, Ownership};

/// The contracts of all modules, also of those that run elsewhere.
pub static CONTRACTS: [&Contract; 9] = [
    &analytics_api::analytics_rpc::CONTRACT,
    &catalog_api::catalog_rpc::CONTRACT,
    &customer_api::customer_rpc::CONTRACT,
    &identity_api::identity_rpc::CONTRACT,
    &inventory_api::inventory_rpc::CONTRACT,
    &notification_api::notification_rpc::CONTRACT,
    &order_api::order_rpc::CONTRACT,
    &payment_api::payment_rpc::CONTRACT,
    &reference_api::reference_rpc::CONTRACT,
];

/// What a module owns, offers and tells, and what it keeps of others.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Owned {
    #[serde(flatten)]
    pub ownership: Ownership,
    /// Of its API and its events; null for `platform`, which is no module.
    #[schema(required)]
    pub contract: Option<ContractView>,
    /// What others may ask of it.
    pub methods: Vec<OwnedMethod>,
    /// What it tells.
    pub events: Vec<OwnedEvent>,
}

/// Under which promise a module is called.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ContractView {
    /// Rises with an incompatible change.
    pub version: u32,
    /// SHA-256, as 64 hexadecimal digits.
    pub fingerprint: String,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct OwnedMethod {
    pub name: &'static str,
    /// `query` or `command`.
    pub kind: &'static str,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct OwnedEvent {
    /// `order.created`
    #[serde(rename = "type")]
    pub event_type: &'static str,
    /// `order`
    pub aggregate: &'static str,
    /// The newest version of its data.
    pub version: u32,
    /// Subscriptions that are given it.
    pub listeners: Vec<String>,
}

/// Who is given which events of whom.
struct Hears {
    subscription: &'static str,
    source: &'static str,
    types: &'static [&'static str],
}

/// Every module of `modules.toml`, by name. Listeners are those of the given modules.
///
/// # Errors
/// When `modules.toml` cannot be read, as it was when the binary was built.
pub(crate) fn map(modules: &[Arc<dyn Module>]) -> anyhow::Result<Vec<Owned>> {
    let subscriptions = modules.iter().flat_map(|module| module.subscriptions());
    let heard: Vec<Hears> = subscriptions
        .map(|one| {
            let of = one.subscription();
            Hears { subscription: of.name(), source: of.source(), types: of.types() }
        })
        .collect();
    let owned = |ownership: Ownership| {
        let contract = CONTRACTS.into_iter().find(|contract| contract.module == ownership.module);
        Owned {
            contract: contract.map(ContractView::of),
            methods: contract.map_or_else(Vec::new, methods),
            events: contract.map_or_else(Vec::new, |contract| events(contract, &heard)),
            ownership,
        }
    };
    Ok(manifest::read()?.into_iter().map(owned).collect())
}

impl ContractView {
    fn of(contract: &'static Contract) -> ContractView {
        ContractView { version: contract.version, fingerprint: contract.fingerprint().to_string() }
    }
}

/// As it is called in documents.
pub(crate) fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Query => "query",
        Kind::Command => "command",
    }
}

fn methods(contract: &'static Contract) -> Vec<OwnedMethod> {
    let methods = contract.methods.iter();
    methods.map(|method| OwnedMethod { name: method.method, kind: kind_name(method.kind) }).collect()
}

fn events(contract: &'static Contract, heard: &[Hears]) -> Vec<OwnedEvent> {
    let listeners = |event_type: &str| -> Vec<String> {
        let to_it =
            heard.iter().filter(|hears| hears.source == contract.module && hears.types.contains(&event_type));
        to_it.map(|hears| hears.subscription.to_owned()).collect()
    };
    let of_aggregate =
        |events: &'static EventMeta| events.types.iter().map(move |event_type| (events, *event_type));
    let all = contract.events.iter().flat_map(of_aggregate);
    all.map(|(events, event_type)| OwnedEvent {
        event_type,
        aggregate: events.aggregate,
        version: events.version(event_type),
        listeners: listeners(event_type),
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::MODULES;

    #[test]
    fn every_module_has_a_contract_and_every_contract_a_module() {
        let mut named: Vec<&str> = CONTRACTS.iter().map(|contract| contract.module).collect();
        let mut modules = MODULES.to_vec();
        named.sort_unstable();
        modules.sort_unstable();
        assert_eq!(named, modules);
    }

    #[test]
    fn a_module_is_told_whole() {
        let map = map(&[]).unwrap();
        let order = map.iter().find(|owned| owned.ownership.module == "order").unwrap();
        assert!(order.methods.iter().any(|method| (method.name, method.kind) == ("place", "command")));
        assert!(order.events.iter().any(|event| event.event_type == "order.created" && event.version == 1));
        assert_eq!(order.contract.as_ref().unwrap().fingerprint.len(), 64);
        assert!(order.ownership.copies.iter().any(|copied| copied.of == "customer"));
    }
}
