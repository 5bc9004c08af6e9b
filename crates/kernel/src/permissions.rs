//! What a credential allows, by name. Roles and API keys are sets of these; each row of the API says which one it needs.

use std::{borrow::Cow, fmt, str::FromStr};

use schemars::{JsonSchema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ArrayBuilder, ObjectBuilder, RefOr, Schema, schema::Type},
};

use crate::text;

/// A type that stands for one permission, so that a signature can ask for it.
pub trait Needed: 'static {
    const PERMISSION: Permission;
}

macro_rules! permissions {
    ($( $Name:ident = $text:literal $about:literal; )+) => {
        /// One thing that a credential may allow.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Permission {
            $( #[doc = $about] $Name, )+
        }

        impl Permission {
            /// All that there are, in the order in which sets of them are shown.
            pub const ALL: &'static [Permission] = &[$( Permission::$Name, )+];

            pub const fn name(self) -> &'static str {
                match self { $( Permission::$Name => $text, )+ }
            }

            /// What it lets one do, as a sentence.
            pub const fn about(self) -> &'static str {
                match self { $( Permission::$Name => $about, )+ }
            }
        }

        /// A type for each permission, for signatures: `May<permission::StockWrite>`.
        pub mod permission {
            $(
                #[doc = $about]
                #[derive(Clone, Copy, Debug)]
                pub enum $Name {}

                impl super::Needed for $Name {
                    const PERMISSION: super::Permission = super::Permission::$Name;
                }
            )+
        }
    };
}

permissions! {
    ProductsRead = "products:read" "See products that are not for sale, too.";
    ProductsWrite = "products:write" "Make and change products, variants and prices.";
    ReferenceWrite = "reference:write" "Change categories, tax categories and countries.";
    StockRead = "stock:read" "See stock and its ledger.";
    StockWrite = "stock:write" "Adjust, transfer and configure stock.";
    CustomersRead = "customers:read" "See all customers, with their addresses, payment methods, profiles and preferences.";
    CustomersWrite = "customers:write" "Register customers and change them and what belongs to them.";
    OrdersRead = "orders:read" "See all orders.";
    OrdersWrite = "orders:write" "Place orders for any customer, and cancel any order.";
    OrdersShip = "orders:ship" "Note what of an order has left.";
    OrdersReview = "orders:review" "Decide on orders that need a review.";
    PaymentsRead = "payments:read" "See payments.";
    PaymentsWrite = "payments:write" "Capture and void payments.";
    PaymentsRefund = "payments:refund" "Give money back.";
    MessagesRead = "messages:read" "See which mails were sent and what became of them.";
    ReportsRead = "reports:read" "See reports on what was sold.";
    AccountsRead = "accounts:read" "See whether customers can log in.";
    AccountsWrite = "accounts:write" "Disable and enable the logins of customers.";
    StaffRead = "staff:read" "See who works here and in which roles.";
    StaffWrite = "staff:write" "Add staff, change their roles, disable them.";
    RolesRead = "roles:read" "See roles and what they allow.";
    RolesWrite = "roles:write" "Make, change and remove roles.";
    KeysRead = "keys:read" "See API keys and their scopes.";
    KeysWrite = "keys:write" "Make and revoke API keys.";
    AuditRead = "audit:read" "Read the audit log.";
    SystemRead = "system:read" "See modules, events with all that they say, subscriptions, sagas and effects.";
    SystemOperate = "system:operate" "Pause, replay, retry and discard what is under way.";
}

/// The text names no permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a permission")]
pub struct PermissionError;

impl Permission {
    #[expect(clippy::as_conversions, reason = "an enum's own number, which is below 64")]
    const fn bit(self) -> u64 {
        1 << (self as u8)
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Permission {
    type Err = PermissionError;

    fn from_str(text: &str) -> Result<Permission, PermissionError> {
        Permission::ALL.iter().copied().find(|known| known.name() == text).ok_or(PermissionError)
    }
}

impl Serialize for Permission {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Permission {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Permission, D::Error> {
        text::deserialize(deserializer, "a permission, such as orders:read")
    }
}

impl PartialSchema for Permission {
    fn schema() -> RefOr<Schema> {
        let names = Permission::ALL.iter().map(|permission| permission.name());
        ObjectBuilder::new().schema_type(Type::String).enum_values(Some(names)).into()
    }
}

impl ToSchema for Permission {}

/// A set of permissions. In JSON, a list of their names, each once.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Permissions(u64);

impl Permissions {
    pub const NONE: Permissions = Permissions(0);

    pub fn all() -> Permissions {
        Permission::ALL.iter().copied().collect()
    }

    pub const fn contains(self, permission: Permission) -> bool {
        self.0 & permission.bit() != 0
    }

    /// Those in either.
    #[must_use]
    pub const fn and(self, others: Permissions) -> Permissions {
        Permissions(self.0 | others.0)
    }

    /// Those in this one that are not in the other.
    #[must_use]
    pub const fn beyond(self, others: Permissions) -> Permissions {
        Permissions(self.0 & !others.0)
    }

    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub fn iter(self) -> impl Iterator<Item = Permission> {
        Permission::ALL.iter().copied().filter(move |permission| self.contains(*permission))
    }
}

impl FromIterator<Permission> for Permissions {
    fn from_iter<I: IntoIterator<Item = Permission>>(all: I) -> Permissions {
        Permissions(all.into_iter().fold(0, |bits, permission| bits | permission.bit()))
    }
}

impl fmt::Debug for Permissions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl Serialize for Permissions {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for Permissions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Permissions, D::Error> {
        Ok(Vec::<Permission>::deserialize(deserializer)?.into_iter().collect())
    }
}

impl JsonSchema for Permissions {
    fn schema_name() -> Cow<'static, str> {
        "Permissions".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "array", "items": {"type": "string"}})
    }
}

impl PartialSchema for Permissions {
    fn schema() -> RefOr<Schema> {
        ArrayBuilder::new().items(Permission::schema()).unique_items(true).into()
    }
}

impl ToSchema for Permissions {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_permission_has_one_name_and_one_place() {
        for &one in Permission::ALL {
            assert_eq!(one.name().parse(), Ok(one));
            assert_eq!(Permissions::from_iter([one]).iter().collect::<Vec<_>>(), [one]);
        }
        assert_eq!(Permissions::all().iter().count(), Permission::ALL.len());
        assert_eq!("orders:everything".parse::<Permission>(), Err(PermissionError));
    }

    #[test]
    fn a_set_is_a_list_of_names() {
        let set: Permissions = [Permission::OrdersWrite, Permission::StockRead].into_iter().collect();
        let json = serde_json::to_value(set).unwrap();
        assert_eq!(json, serde_json::json!(["stock:read", "orders:write"]));
        assert_eq!(serde_json::from_value::<Permissions>(json).unwrap(), set);
        assert!(serde_json::from_str::<Permissions>(r#"["stock:read","root"]"#).is_err());
        assert!(!set.contains(Permission::OrdersRead));
        assert_eq!(set.beyond([Permission::StockRead].into_iter().collect()).iter().count(), 1);
        assert!(set.beyond(Permissions::all()).is_empty());
    }
}
