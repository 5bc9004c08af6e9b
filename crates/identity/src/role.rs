//! Roles: sets of permissions that staff are given.

use kernel::{Permission, Permissions, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use crate::error::Error;

/// Who has it may everything, and somebody must have it.
pub(crate) const OWNER: &str = "owner";

/// What those who have it may do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Role {
    #[schema(pattern = "^[a-z0-9]+(-[a-z0-9]+)*$", examples("support"))]
    pub code: String,
    pub title: String,
    pub permissions: Permissions,
    /// It allows everything, and cannot be changed.
    pub builtin: bool,
    pub version: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

use Permission as P;

/// Those that a shop begins with.
const FIRST: [(&str, &str, &[Permission]); 4] = [
    (
        "support",
        "Customer support",
        &[
            P::ProductsRead,
            P::StockRead,
            P::CustomersRead,
            P::CustomersWrite,
            P::OrdersRead,
            P::OrdersWrite,
            P::PaymentsRead,
            P::MessagesRead,
            P::AccountsRead,
            P::AccountsWrite,
        ],
    ),
    (
        "catalog-manager",
        "Catalog manager",
        &[P::ProductsRead, P::ProductsWrite, P::ReferenceWrite, P::StockRead, P::ReportsRead],
    ),
    (
        "inventory-clerk",
        "Inventory clerk",
        &[P::ProductsRead, P::StockRead, P::StockWrite, P::OrdersRead, P::OrdersShip],
    ),
    (
        "finance",
        "Finance",
        &[
            P::OrdersRead,
            P::PaymentsRead,
            P::PaymentsWrite,
            P::PaymentsRefund,
            P::CustomersRead,
            P::ReportsRead,
        ],
    ),
];

impl Role {
    pub(crate) fn new(code: &str, title: &str, permissions: Permissions, now: Timestamp) -> Role {
        let (code, title) = (code.to_owned(), title.to_owned());
        Role { code, title, permissions, builtin: false, version: 1, created_at: now, updated_at: now }
    }
}

/// The roles that a shop begins with: the owner's, and those that can be changed.
pub(crate) fn first(now: Timestamp) -> (Role, Vec<Role>) {
    let owner = Role { builtin: true, ..Role::new(OWNER, "Owner", Permissions::all(), now) };
    let others = FIRST
        .iter()
        .map(|(code, title, allows)| Role::new(code, title, allows.iter().copied().collect(), now));
    (owner, others.collect())
}

/// What roles allow together.
pub(crate) fn allowed(roles: &[Role]) -> Permissions {
    roles.iter().fold(Permissions::NONE, |all, role| all.and(role.permissions))
}

/// Nobody gives away what they do not have themselves.
pub(crate) fn within(given: Permissions, own: Permissions) -> Result<(), Error> {
    match given.beyond(own).iter().next() {
        Some(missing) => Err(Error::Beyond(missing)),
        None => Ok(()),
    }
}
