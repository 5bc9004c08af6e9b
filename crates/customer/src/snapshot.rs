//! What others may keep copies of.

use std::collections::HashMap;

use customer_api::{
    Address, Customer, CustomerId, CustomerSnapshot, CustomerSnapshots, Membership, Memberships,
    WalkSnapshots,
};
use kernel::CallCtx;
use platform::store::{Db, StoreError};

use crate::error::Error;
use crate::module::CustomerModule;
use crate::store::{addresses, customers};

impl CustomerModule {
    pub(crate) async fn snapshots(
        &self,
        cx: &CallCtx,
        ids: Vec<CustomerId>,
    ) -> Result<CustomerSnapshots, Error> {
        let find = move |db: &mut Db<'_>| {
            let found = customers::find_all(db, &ids)?;
            Ok(with_addresses(db, found)?)
        };
        self.foundation.store.read(cx, find).await
    }

    pub(crate) async fn walk(&self, cx: &CallCtx, walk: WalkSnapshots) -> Result<CustomerSnapshots, Error> {
        let find = move |db: &mut Db<'_>| {
            let found = customers::walk(db, walk.after, walk.limit.into())?;
            Ok(with_addresses(db, found)?)
        };
        self.foundation.store.read(cx, find).await
    }

    pub(crate) async fn memberships(&self, cx: &CallCtx, walk: WalkSnapshots) -> Result<Memberships, Error> {
        let find = move |db: &mut Db<'_>| Ok(customers::walk(db, walk.after, walk.limit.into())?);
        let found: Result<Vec<Customer>, Error> = self.foundation.store.read(cx, find).await;
        let membership = |Customer { id, version, updated_at, group, .. }: Customer| Membership {
            customer_id: id,
            version,
            updated_at,
            group,
        };
        Ok(Memberships { memberships: found?.into_iter().map(membership).collect() })
    }
}

/// From the view of the tables in which the customers were found, so that versions and addresses belong together.
fn with_addresses(db: &mut Db<'_>, found: Vec<Customer>) -> Result<CustomerSnapshots, StoreError> {
    let ids: Vec<CustomerId> = found.iter().map(|customer| customer.id).collect();
    let mut by_customer: HashMap<CustomerId, Vec<Address>> = HashMap::with_capacity(ids.len());
    for (customer, address) in addresses::of_customers(db, &ids)? {
        by_customer.entry(customer).or_default().push(address);
    }
    let snapshot = |Customer { id, version, updated_at, name, .. }: Customer| CustomerSnapshot {
        id,
        version,
        updated_at,
        name,
        addresses: by_customer.remove(&id).unwrap_or_default(),
    };
    Ok(CustomerSnapshots { customers: found.into_iter().map(snapshot).collect() })
}
