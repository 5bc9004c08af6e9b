use kernel::{Bounded, Timestamp, Token};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

kernel::id_kinds! {
    /// A person or company that buys.
    CustomerKind / CustomerId = "cus";
    /// One of a customer's addresses.
    AddressKind / AddressId = "adr";
    /// A means of paying that a provider keeps for a customer.
    PaymentMethodKind / PaymentMethodId = "pm";
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RegisterCustomer {
    pub email: String,
    pub name: String,
    pub phone: Option<String>,
    /// A code, such as `wholesale`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
}

/// A customer who has proven that the email is theirs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EnrolCustomer {
    pub email: String,
    pub name: String,
    pub phone: Option<String>,
}

/// A customer as the owner shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
pub struct Customer {
    pub id: CustomerId,
    /// Unique without regard to case.
    pub email: String,
    pub name: String,
    pub phone: Option<String>,
    /// Whom the shop counts the customer among: a code, such as `wholesale`.
    #[serde(default)]
    #[schema(required)]
    pub group: Option<String>,
    /// One of the customer's own addresses.
    #[serde(default)]
    #[schema(required)]
    pub default_shipping_address_id: Option<AddressId>,
    /// One of the customer's own addresses.
    #[serde(default)]
    #[schema(required)]
    pub default_billing_address_id: Option<AddressId>,
    pub version: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// A postal address. Orders keep a copy of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
pub struct AddressFields {
    pub name: String,
    pub line1: String,
    pub line2: Option<String>,
    pub city: String,
    pub region: Option<String>,
    pub postal_code: String,
    /// ISO 3166-1 alpha-2.
    #[schema(pattern = "^[A-Z]{2}$")]
    pub country: String,
    pub phone: Option<String>,
}

/// An address as the owner shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
pub struct Address {
    pub id: AddressId,
    #[serde(flatten)]
    pub fields: AddressFields,
    pub version: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AddAddress {
    pub customer_id: CustomerId,
    pub address: AddressFields,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FindDestination {
    pub customer_id: CustomerId,
    pub address_id: AddressId,
}

/// An address that belongs to the customer, as it was when asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Destination {
    pub address: AddressFields,
    /// Version of the address.
    pub source_version: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FindCustomers {
    /// 100 at most.
    pub ids: Vec<CustomerId>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Customers {
    pub customers: Vec<Customer>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FindPaymentToken {
    pub customer_id: CustomerId,
    pub payment_method_id: PaymentMethodId,
}

/// What one of the customer's means of payment can be charged by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PaymentToken {
    /// Who gave the token, such as `stripe`.
    pub provider: String,
    pub token: Token,
}

impl Bounded for FindCustomers {
    const MAX_ITEMS: usize = 100;
    fn items(&self) -> usize {
        self.ids.len()
    }
}

macro_rules! one_item {
    ($($Request:ty),+) => {
        $(impl Bounded for $Request {
            const MAX_ITEMS: usize = 1;
            fn items(&self) -> usize {
                1
            }
        })+
    };
}
one_item!(RegisterCustomer, EnrolCustomer, AddAddress, FindDestination, FindPaymentToken);
