//! Those who can log in.

use customer_api::CustomerId;
use identity_api::{PrincipalKind, StaffId};
use kernel::{Id, Principal, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::hashing::Phc;

/// Whether somebody can log in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = AccountStatus)]
pub(crate) enum Status {
    Active,
    Disabled,
}

/// Somebody who can log in, and by what.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    /// Of a customer: the customer's own.
    pub id: Uuid,
    pub kind: PrincipalKind,
    pub email: String,
    /// Of staff.
    pub name: Option<String>,
    pub status: Status,
    /// None before an invitation is taken up.
    pub password: Option<Phc>,
    pub version: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl Status {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Status::Active => "active",
            Status::Disabled => "disabled",
        }
    }
}

impl Account {
    pub(crate) fn of_customer(id: CustomerId, email: String, password: Phc, now: Timestamp) -> Account {
        Account::new(id.uuid(), PrincipalKind::Customer, email, None, Some(password), now)
    }

    pub(crate) fn of_staff(
        id: StaffId,
        email: String,
        name: String,
        password: Option<Phc>,
        now: Timestamp,
    ) -> Account {
        Account::new(id.uuid(), PrincipalKind::Staff, email, Some(name), password, now)
    }

    fn new(
        id: Uuid,
        kind: PrincipalKind,
        email: String,
        name: Option<String>,
        password: Option<Phc>,
        now: Timestamp,
    ) -> Account {
        let status = Status::Active;
        Account { id, kind, email, name, status, password, version: 1, created_at: now, updated_at: now }
    }

    pub(crate) fn principal(&self) -> Principal {
        match self.kind {
            PrincipalKind::Customer => Principal::Customer(self.id),
            PrincipalKind::Staff => Principal::Staff(Id::from_uuid(self.id)),
        }
    }

    pub(crate) fn is_active(&self) -> bool {
        self.status == Status::Active
    }

    /// After a change of it.
    pub(crate) fn touch(&mut self, now: Timestamp) {
        self.version = self.version.saturating_add(1);
        self.updated_at = now;
    }
}

/// Emails are the same without regard to case.
pub(crate) fn email_key(email: &str) -> String {
    email.to_lowercase()
}
