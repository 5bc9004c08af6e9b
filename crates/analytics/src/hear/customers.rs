use customer_api::CustomerEvent;
use platform::events::subscription::{Fault, Told};
use platform::store::{Key, Tx};

use crate::book;
use crate::store::customers::{self, GroupVersion};
use crate::store::generation::Generation;
use crate::store::sales;

/// Customers come into groups and go out of them. Sales that were heard before move to the group of their moment.
pub(super) fn hear(
    tx: &mut Tx<'_>,
    generation: Generation,
    told: &[Told<'_, CustomerEvent>],
) -> Result<(), Fault> {
    let versions: Vec<GroupVersion> = told.iter().filter_map(version).collect();
    let Some(since) = versions.iter().map(|one| one.since).min() else { return Ok(()) };
    customers::note(tx, generation, &versions)?;
    let moved: Vec<Key> = versions.iter().map(|one| one.customer).collect();
    let orders = sales::of_customers(tx, generation, &moved, since)?;
    book::reclassify(tx, generation, &orders)
}

/// Whoever was never in a group needs no note.
fn version(Told { envelope, event }: &Told<'_, CustomerEvent>) -> Option<GroupVersion> {
    let (customer, group) = match event {
        CustomerEvent::Registered { customer_id, group: Some(group) } => (*customer_id, Some(group.clone())),
        CustomerEvent::Updated { customer_id, changed, group }
            if changed.iter().any(|field| field == "group") =>
        {
            (*customer_id, group.clone())
        }
        CustomerEvent::Registered { .. }
        | CustomerEvent::Updated { .. }
        | CustomerEvent::AddressAdded { .. }
        | CustomerEvent::AddressUpdated { .. }
        | CustomerEvent::AddressRemoved { .. }
        | CustomerEvent::ProfileUpdated { .. } => return None,
    };
    Some(GroupVersion {
        customer: customer.into(),
        version: envelope.aggregate_version,
        since: envelope.occurred_at,
        group,
    })
}
