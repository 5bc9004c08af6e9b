use customer_api::{AddressFields, AddressId, CustomerId, PaymentMethodId};
use kernel::{Bounded, Currency, Freshness, Money, Sku, Timestamp, Token};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

kernel::id_kinds! {
    /// A customer's order.
    OrderKind / OrderId = "ord";
    /// Goods of an order that left together.
    ShipmentKind / ShipmentId = "shp";
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PlaceOrder {
    pub customer_id: CustomerId,
    pub shipping_address_id: AddressId,
    pub currency: Currency,
    /// 1 to 100; a SKU named twice is added up.
    pub lines: Vec<NewLine>,
    pub payment: Means,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NewLine {
    pub sku: Sku,
    /// At least 1.
    pub quantity: i64,
}

/// How the customer pays.
// Schemas of all modules share one namespace, and a customer's PaymentMethod has the name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = OrderPaymentMethod)]
pub enum PaymentMethod {
    /// Later, by an invoice that the shop sends.
    Invoice,
    /// By arrangement: cash, transfer, a cheque.
    Manual,
    /// By card, at the gateway, when the order is placed.
    Card,
}

/// How the customer pays, and what that takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Means {
    Invoice,
    Manual,
    Card {
        card: Card,
        /// Where the gateway sends the customer after authentication.
        return_url: Option<String>,
    },
}

impl Means {
    pub fn method(&self) -> PaymentMethod {
        match self {
            Means::Invoice => PaymentMethod::Invoice,
            Means::Manual => PaymentMethod::Manual,
            Means::Card { .. } => PaymentMethod::Card,
        }
    }
}

/// Which card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Card {
    /// One of the customer's own payment methods.
    Kept(PaymentMethodId),
    /// As the gateway knows it.
    Token(Token),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CancelOrder {
    pub order_id: OrderId,
    pub reason: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ShipOrder {
    pub order_id: OrderId,
    /// 1 to 100; a SKU named twice is added up.
    pub lines: Vec<NewLine>,
    pub carrier: Option<String>,
    /// What the carrier calls the shipment.
    pub tracking: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WalkOrders {
    /// Only those that come after this one.
    pub after: Option<OrderId>,
    pub limit: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FindOrders {
    /// 100 at most.
    pub ids: Vec<OrderId>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Orders {
    pub orders: Vec<Order>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OrderStatus {
    /// Written down; stock is being reserved, or the payment is open.
    Pending,
    /// Accepted while the customer module was away, on the word of a copy: placed once its owner confirms the address, or a
    /// person does. The stock is held.
    NeedsReview,
    /// Accepted: the stock is the customer's.
    Placed,
    /// Some of it has left.
    PartiallyShipped,
    /// All of it has left; the payment is still to be captured.
    Shipped,
    /// All of it has left and is paid for.
    Completed,
    /// Refused: nothing is held.
    Rejected,
    /// Withdrawn after it was placed: nothing is held any more.
    Cancelled,
}

/// An order as the owner shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
pub struct Order {
    pub id: OrderId,
    /// What people call it; given when it is placed.
    pub number: Option<String>,
    pub status: OrderStatus,
    pub customer_id: CustomerId,
    pub currency: Currency,
    pub lines: Vec<OrderLine>,
    pub subtotal: Money,
    pub shipping: Money,
    pub tax: Money,
    pub total: Money,
    /// As it was when the order was made.
    pub shipping_address: AddressFields,
    /// Only while the address is not confirmed by its owner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review: Option<Review>,
    pub payment: Payment,
    /// In the order in which they left.
    #[serde(default)]
    #[schema(required)]
    pub shipments: Vec<Shipment>,
    /// Why it was rejected or cancelled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    pub placed_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cancelled_at: Option<Timestamp>,
    pub version: i64,
    pub created_at: Timestamp,
}

/// What an order waits for whose address was taken from a copy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
#[schema(as = OrderReview)]
pub struct Review {
    /// What its owner said otherwise: `address-changed`, `unknown-address` or `unknown-customer`. A person decides then;
    /// while it is null the owner is yet to be asked.
    #[schema(required)]
    pub finding: Option<String>,
    /// Of the copy that the address is from.
    pub freshness: Freshness,
}

/// Title and price as they were when the order was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
pub struct OrderLine {
    pub sku: Sku,
    pub title: String,
    pub quantity: i64,
    /// How many of them have left.
    #[serde(default)]
    #[schema(required)]
    pub shipped: i64,
    pub unit_price: Money,
    pub total: Money,
}

/// Goods that left together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
pub struct Shipment {
    pub id: ShipmentId,
    /// Each SKU once.
    pub lines: Vec<ShippedLine>,
    #[schema(required)]
    pub carrier: Option<String>,
    /// What the carrier calls it.
    #[schema(required)]
    pub tracking: Option<String>,
    pub shipped_at: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
pub struct ShippedLine {
    pub sku: Sku,
    pub quantity: i64,
}

/// What the order knows of its payment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
#[schema(as = OrderPayment)]
pub struct Payment {
    /// Of the payment at its owner; an order that costs nothing has none.
    #[schema(required)]
    pub id: Option<String>,
    pub method: PaymentMethod,
    /// As its owner last said; `pending` until it has said anything.
    pub status: String,
    /// Where the customer must authenticate, while the status is `requires_action`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redirect_url: Option<String>,
    /// From which version of the payment the status is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub freshness: Option<Freshness>,
}

impl Bounded for PlaceOrder {
    const MAX_ITEMS: usize = 100;
    fn items(&self) -> usize {
        self.lines.len()
    }
}

impl Bounded for WalkOrders {
    const MAX_ITEMS: usize = 500;
    fn items(&self) -> usize {
        usize::try_from(self.limit).unwrap_or(usize::MAX)
    }
}

impl Bounded for FindOrders {
    const MAX_ITEMS: usize = 100;
    fn items(&self) -> usize {
        self.ids.len()
    }
}

impl Bounded for CancelOrder {
    const MAX_ITEMS: usize = 1;
    fn items(&self) -> usize {
        1
    }
}

impl Bounded for ShipOrder {
    const MAX_ITEMS: usize = 100;
    fn items(&self) -> usize {
        self.lines.len()
    }
}
