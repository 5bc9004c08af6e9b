//! Destinations: where an order goes. All that wait are answered by one read.

use std::collections::{HashMap, HashSet};

use customer_api::{Address, AddressId, CustomerError, CustomerId, Destination, FindDestination};
use platform::batch::{Asked, Batcher, Limits};
use platform::store::{Db, Store, StoreError};

use crate::error::Error;
use crate::store::{addresses, customers};

/// Two reads at once: one in the database while the next is gathered.
const DESTINATIONS: Limits = Limits { size: 128, concurrency: 2 };

pub(crate) type Answer = Result<Destination, CustomerError>;
pub(crate) type Destinations = Batcher<FindDestination, Answer, Error>;

pub(crate) fn start(store: &Store) -> Destinations {
    Batcher::reads(store, DESTINATIONS, |db, batch| Ok(find_all(db, batch)?))
}

/// Answers each request, in order. Customers are looked for only where an address is missing: an address has one.
fn find_all(db: &mut Db<'_>, batch: &[Asked<FindDestination>]) -> Result<Vec<Answer>, StoreError> {
    let requests: Vec<&FindDestination> = batch.iter().map(|asked| &asked.request).collect();
    let wanted: HashSet<AddressId> = requests.iter().map(|request| request.address_id).collect();
    let wanted: Vec<AddressId> = wanted.into_iter().collect();
    let found = addresses::find_all(db, &wanted)?;
    let found: HashMap<AddressId, (CustomerId, Address)> =
        found.into_iter().map(|(customer, address)| (address.id, (customer, address))).collect();
    let hit = |request: &FindDestination| {
        found
            .get(&request.address_id)
            .filter(|(owner, _)| *owner == request.customer_id)
            .map(|(_, address)| address)
    };
    let missed: HashSet<CustomerId> =
        requests.iter().filter(|request| hit(request).is_none()).map(|request| request.customer_id).collect();
    let missed: Vec<CustomerId> = missed.into_iter().collect();
    let known: Vec<CustomerId> = if missed.is_empty() { Vec::new() } else { customers::among(db, &missed)? };
    let answer = |request: &FindDestination| match hit(request) {
        Some(address) => Ok(Destination { address: address.fields.clone(), source_version: address.version }),
        None if known.contains(&request.customer_id) => {
            Err(CustomerError::UnknownAddress(request.address_id))
        }
        None => Err(CustomerError::UnknownCustomer(request.customer_id)),
    };
    Ok(requests.into_iter().map(answer).collect())
}
