//! What happens in a shop, told by four logs.

use catalog_api::{CatalogEvent, Product, ProductId, ProductStatus, Variant};
use customer_api::{CustomerEvent, CustomerId};
use kernel::{Currency, Envelope, Event, Ids, Money, Sku, Timestamp};
use order_api::{Order, OrderEvent, OrderLine, OrderStatus, Payment, PaymentMethod};
use payment_api::{PayMethod, PaymentEvent, PaymentFacts, PaymentStatus, payment_of};
use platform::events::feed::Logged;

use super::desk::later;

/// Whose logs there are, in the order of the module's sources.
pub(super) const LOGS: [&str; 4] = ["catalog", "customer", "payment", "order"];
pub(super) const START: Timestamp = Timestamp::from_micros(1_768_478_400_000_000);

const CATALOG: usize = 0;
const CUSTOMERS: usize = 1;
const PAYMENTS: usize = 2;
const ORDERS: usize = 3;

const CATEGORIES: [Option<&str>; 4] = [None, Some("lights"), Some("seats"), Some("tables")];
const GROUPS: [Option<&str>; 3] = [None, Some("wholesale"), Some("staff")];

/// Numbers that look random and are the same each time (Knuth's MMIX generator).
#[derive(Clone)]
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end
    }

    pub(super) fn pick<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())].clone()
    }

    pub(super) fn shuffle<T>(&mut self, items: &mut [T]) {
        for place in (1..items.len()).rev() {
            items.swap(place, self.below(place + 1));
        }
    }

    fn amount(&mut self, end: usize) -> i64 {
        i64::try_from(self.below(end)).unwrap()
    }
}

/// A shop in which things happen by chance.
pub(super) struct World {
    pub(super) dice: Dice,
    pub(super) logs: [Vec<Logged>; 4],
    ids: Ids,
    now: Timestamp,
    pub(super) products: Vec<Product>,
    customers: Vec<(CustomerId, i64, Option<String>)>,
    orders: Vec<(Order, PaymentFacts, i64)>,
}

impl World {
    pub(super) fn new(seed: u64) -> World {
        World {
            dice: Dice(seed),
            logs: Default::default(),
            ids: Ids::new(),
            now: START,
            products: Vec::new(),
            customers: Vec::new(),
            orders: Vec::new(),
        }
    }

    /// What has happened since this was asked last.
    pub(super) fn tell(&mut self) -> [Vec<Logged>; 4] {
        std::mem::take(&mut self.logs)
    }

    pub(super) fn happen(&mut self, steps: usize) {
        for _ in 0..steps {
            self.now = later(self.now, u64::try_from(self.dice.below(9)).unwrap());
            match self.dice.below(20) {
                0 | 1 => self.put_up(),
                2 | 3 => self.change_product(),
                4 => self.register(),
                5 | 6 => self.change_customer(),
                7..=13 => self.order(),
                14 | 15 => self.cancel(),
                16 => self.reject(),
                _ => self.refund(),
            }
        }
    }

    fn log<E: Event>(&mut self, log: usize, aggregate: String, version: i64, event: &E) {
        let seq = i64::try_from(self.logs[log].len()).unwrap() + 1;
        let event = Envelope {
            event_id: self.ids.next(self.now),
            event_type: event.event_type().to_owned(),
            schema_version: 1,
            occurred_at: self.now,
            aggregate_type: E::AGGREGATE.to_owned(),
            aggregate_id: aggregate,
            aggregate_version: version,
            correlation_id: "test".to_owned(),
            causation_id: None,
            traceparent: None,
            actor: "test".to_owned(),
            data: event.data().unwrap(),
        };
        self.logs[log].push(Logged::new(seq, event));
    }

    fn put_up(&mut self) {
        let id: ProductId = self.ids.next(self.now);
        let count = self.products.len();
        let variant = |place: usize| Variant {
            id: self.ids.next(self.now),
            sku: Sku::parse(&format!("SKU-{count}-{place}")).unwrap(),
            title: ["Default", "Black"][place].to_owned(),
            options: Default::default(),
            prices: Vec::new(),
        };
        let variants = (0..2).map(variant).collect();
        let product = Product {
            id,
            title: format!("Product {count}"),
            handle: format!("product-{count}"),
            description: None,
            category: self.dice.pick(&CATEGORIES).map(str::to_owned),
            tax_category: None,
            status: ProductStatus::Active,
            variants,
            version: 1,
            created_at: self.now,
            updated_at: self.now,
        };
        self.products.push(product.clone());
        self.log(CATALOG, id.to_string(), 1, &CatalogEvent::Created { product });
    }

    fn change_product(&mut self) {
        if self.products.is_empty() {
            return self.put_up();
        }
        let place = self.dice.below(self.products.len());
        let (category, renames) = (self.dice.pick(&CATEGORIES), self.dice.below(3));
        let product = &mut self.products[place];
        product.version += 1;
        let event = if renames == 0 {
            let sku = product.variants[0].sku.clone();
            CatalogEvent::PricesSet { product: product.clone(), sku }
        } else {
            product.category = category.map(str::to_owned);
            product.title = format!("{} (v{})", product.handle, product.version);
            CatalogEvent::Updated { product: product.clone() }
        };
        let (id, version) = (product.id.to_string(), product.version);
        self.log(CATALOG, id, version, &event);
    }

    fn register(&mut self) {
        let id: CustomerId = self.ids.next(self.now);
        let group = self.dice.pick(&GROUPS).map(str::to_owned);
        self.customers.push((id, 1, group.clone()));
        self.log(CUSTOMERS, id.to_string(), 1, &CustomerEvent::Registered { customer_id: id, group });
    }

    fn change_customer(&mut self) {
        if self.customers.is_empty() {
            return self.register();
        }
        let place = self.dice.below(self.customers.len());
        let (group, renames) = (self.dice.pick(&GROUPS), self.dice.below(4) == 0);
        let customer = &mut self.customers[place];
        customer.1 += 1;
        if !renames {
            customer.2 = group.map(str::to_owned);
        }
        let changed = vec![if renames { "name" } else { "group" }.to_owned()];
        let (id, version, group) = customer.clone();
        self.log(
            CUSTOMERS,
            id.to_string(),
            version,
            &CustomerEvent::Updated { customer_id: id, changed, group },
        );
    }

    fn order(&mut self) {
        if self.products.is_empty() || self.customers.is_empty() {
            self.put_up();
            return self.register();
        }
        let order = self.draw_up();
        let facts = PaymentFacts {
            payment_id: payment_of(order.id),
            order_id: order.id,
            method: PayMethod::Invoice,
            status: PaymentStatus::Captured,
            amount: order.total,
            authorised: order.total,
            captured: order.total,
            refunded: Money::zero(order.currency),
            reason: None,
        };
        self.log(ORDERS, order.id.to_string(), order.version, &OrderEvent::Created { order: order.clone() });
        let paid = payment_of(order.id).to_string();
        self.log(PAYMENTS, paid.clone(), 1, &PaymentEvent::Authorised(facts.clone()));
        self.log(PAYMENTS, paid, 2, &PaymentEvent::Captured(facts.clone()));
        self.orders.push((order, facts, 2));
    }

    /// A placed order of up to three SKUs.
    fn draw_up(&mut self) -> Order {
        let currency = self.dice.pick(&[Currency::EUR, Currency::USD]);
        let mut skus: Vec<Sku> =
            self.products.iter().flat_map(|product| &product.variants).map(|one| one.sku.clone()).collect();
        self.dice.shuffle(&mut skus);
        skus.truncate(1 + self.dice.below(3));
        let lines: Vec<OrderLine> = skus.into_iter().map(|sku| self.line(sku, currency)).collect();
        let subtotal = Money::sum(currency, lines.iter().map(|line| line.total)).unwrap();
        let shipping = Money::new(self.dice.amount(8), currency);
        let (customer_id, ..) = self.dice.pick(&self.customers.clone());
        let country = self.dice.pick(&["DE", "US"]);
        let address = serde_json::json!({"name": "A", "line1": "1", "line2": null, "city": "B", "region": null,
            "postal_code": "1", "country": country, "phone": null});
        Order {
            id: self.ids.next(self.now),
            number: Some("1000001".to_owned()),
            status: OrderStatus::Placed,
            customer_id,
            currency,
            lines,
            subtotal,
            shipping,
            tax: Money::zero(currency),
            total: subtotal.checked_add(shipping).unwrap(),
            review: None,
            shipping_address: serde_json::from_value(address).unwrap(),
            payment: Payment {
                id: None,
                method: self.dice.pick(&[PaymentMethod::Invoice, PaymentMethod::Card]),
                status: "captured".to_owned(),
                redirect_url: None,
                freshness: None,
            },
            shipments: Vec::new(),
            reason: None,
            placed_at: Some(self.now),
            cancelled_at: None,
            version: 2,
            created_at: self.now,
        }
    }

    fn line(&mut self, sku: Sku, currency: Currency) -> OrderLine {
        let (quantity, unit_price) = (1 + self.dice.amount(3), Money::new(self.dice.amount(40), currency));
        let total = unit_price.checked_mul(quantity).unwrap();
        OrderLine { title: sku.as_str().to_owned(), sku, quantity, shipped: 0, unit_price, total }
    }

    fn cancel(&mut self) {
        let standing = |(order, ..): &&mut (Order, PaymentFacts, i64)| order.status == OrderStatus::Placed;
        let place = self.dice.below(5);
        let Some((order, ..)) = self.orders.iter_mut().filter(standing).nth(place) else { return };
        order.status = OrderStatus::Cancelled;
        order.version += 1;
        let order = order.clone();
        self.log(ORDERS, order.id.to_string(), order.version, &OrderEvent::Cancelled { order });
    }

    fn reject(&mut self) {
        if self.orders.is_empty() {
            return;
        }
        let order = Order { placed_at: None, status: OrderStatus::Rejected, ..self.draw_up() };
        self.log(ORDERS, order.id.to_string(), 2, &OrderEvent::Rejected { order });
    }

    fn refund(&mut self) {
        if self.orders.is_empty() {
            return;
        }
        let place = self.dice.below(self.orders.len());
        let (_, facts, version) = &mut self.orders[place];
        let left = facts.captured.minor() - facts.refunded.minor();
        if left == 0 {
            return;
        }
        facts.refunded = Money::new(facts.refunded.minor() + 1 + left / 3, facts.captured.currency());
        *version += 1;
        let (facts, version) = (facts.clone(), *version);
        self.log(PAYMENTS, facts.payment_id.to_string(), version, &PaymentEvent::Refunded(facts));
    }

    /// What reports by day must add up to: orders, gross and refunds in a currency.
    pub(super) fn standing(&self, currency: Currency) -> (i64, i64, i64) {
        let of = self.orders.iter().filter(|(order, ..)| order.currency == currency);
        of.filter(|(order, ..)| order.status == OrderStatus::Placed)
            .fold((0, 0, 0), |sum, (order, facts, _)| {
                (sum.0 + 1, sum.1 + order.total.minor(), sum.2 + facts.refunded.minor())
            })
    }
}
