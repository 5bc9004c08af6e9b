//! Takes the steps of the plan.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::Context;
use catalog_api::{CatalogError, LineQuote, NewProduct, NewVariant, QuoteLines, QuoteRefusal};
use customer_api::{AddAddress, AddressId, CustomerError, CustomerId, RegisterCustomer, UpdateProfile};
use inventory_api::AdjustStock;
use kernel::{ApiError, BoxFut, CallCtx, Currency, Money, Sku};
use order_api::{CancelOrder, NewLine, OrderError, OrderId, PlaceOrder, ShipOrder};
use payment_api::{Capture, payment_of};

use super::Seeded;
use super::goods::{self, Form, Item, SHELVES};
use super::people::{Person, Words};
use super::plan::{Purchase, Step};
use crate::wiring::Apis;

/// For all of it.
const BUDGET: Duration = Duration::from_secs(15 * 60);
/// A busy database gets a few more chances.
const ATTEMPTS: u32 = 20;
const BETWEEN_ATTEMPTS: Duration = Duration::from_millis(100);

pub(super) struct Seeder {
    apis: Apis,
    cx: CallCtx,
    made: Mutex<Made>,
}

/// What later steps need of earlier ones.
#[derive(Default)]
struct Made {
    counts: Seeded,
    /// By handle; a product that somebody else had made before is not ours to stock.
    products: HashMap<String, bool>,
    homes: HashMap<&'static str, (CustomerId, AddressId)>,
    orders: HashMap<String, OrderId>,
}

impl Seeder {
    pub(super) fn new(apis: Apis) -> Seeder {
        Seeder { apis, cx: CallCtx::system("demo", BUDGET), made: Mutex::default() }
    }

    pub(super) fn made(&self) -> Seeded {
        self.lock().counts
    }

    /// Whether the last thing that seeding makes is there.
    pub(super) async fn is_done(&self) -> anyhow::Result<bool> {
        let skus =
            goods::LAST.forms.iter().map(|form| Sku::parse(form.sku)).collect::<Result<Vec<_>, _>>()?;
        let wanted = QuoteLines { currency: Currency::EUR, skus };
        let quote = patiently(|| self.apis.catalog.quote(&self.cx, wanted.clone())).await?;
        Ok(!quote.lines.contains(&LineQuote::Refused(QuoteRefusal::UnknownSku)))
    }

    pub(super) async fn take(&self, step: Step) -> anyhow::Result<()> {
        match step {
            Step::PutUp { category, item } => self.put_up(category, item).await.context(item.title),
            Step::Stock(item) => self.stock(item).await.context(item.title),
            Step::Recall(sku) => self.recall(sku).await.context(sku),
            Step::Join(person) => self.register(person).await.context(person.email),
            Step::Buy(purchase) => self.place(&purchase).await.context(purchase.name),
            Step::Cancel { purchase, reason } => self.cancel(&purchase, reason).await.context(purchase),
            Step::Ship { purchase, lines } => self.ship(&purchase, &lines).await.context(purchase),
            Step::Collect { purchase } => self.collect(&purchase).await.context(purchase),
        }
    }

    async fn put_up(&self, category: &str, item: &Item) -> anyhow::Result<()> {
        let handle = item.handle();
        let product = NewProduct {
            title: item.title.to_owned(),
            handle: Some(handle.clone()),
            description: Some(item.description.to_owned()),
            category: Some(category.to_owned()),
            tax_category: Some(goods::TAX_CATEGORY.to_owned()),
            status: item.status,
            variants: item.forms.iter().map(variant).collect::<anyhow::Result<_>>()?,
        };
        let cx = self.key(format_args!("product:{handle}"));
        let ours = match patiently(|| self.apis.catalog.create_product(&cx, product.clone())).await {
            Ok(_) => true,
            Err(ApiError::Domain(CatalogError::HandleTaken(_) | CatalogError::SkuTaken(_))) => false,
            Err(error) => return Err(error.into()),
        };
        let mut made = self.lock();
        made.counts.products += usize::from(ours);
        made.products.insert(handle, ours);
        Ok(())
    }

    async fn stock(&self, item: &Item) -> anyhow::Result<()> {
        if self.lock().products.get(&item.handle()) != Some(&true) {
            return Ok(());
        }
        for form in item.forms {
            self.adjust(form.sku, form.main, "main", "received").await?;
            self.adjust(form.sku, form.outlet, "outlet", "received").await?;
        }
        Ok(())
    }

    async fn recall(&self, sku: &str) -> anyhow::Result<()> {
        let items = SHELVES.iter().flat_map(|shelf| shelf.items);
        let recalled = items.flat_map(|item| item.forms).find(|form| form.sku == sku);
        let on_hand = recalled.map_or(0, |form| form.main);
        self.adjust(sku, -on_hand, "main", "recalled by the maker").await
    }

    async fn adjust(&self, sku: &str, delta: i64, location: &str, reason: &str) -> anyhow::Result<()> {
        if delta == 0 {
            return Ok(());
        }
        let change = AdjustStock {
            sku: Sku::parse(sku)?,
            delta,
            reason: reason.to_owned(),
            location: location.to_owned(),
        };
        let cx = self.key(format_args!("stock:{reason}:{location}:{sku}"));
        match patiently(|| self.apis.inventory.adjust(&cx, change.clone())).await {
            // Somebody has sold it meanwhile.
            Ok(_) | Err(ApiError::Domain(_)) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    async fn register(&self, person: &'static Person) -> anyhow::Result<()> {
        let newcomer = RegisterCustomer {
            email: person.email.to_owned(),
            name: person.name.to_owned(),
            phone: None,
            group: None,
        };
        let cx = self.key(format_args!("customer:{}", person.email));
        let customer = match patiently(|| self.apis.customers.register(&cx, newcomer.clone())).await {
            Ok(customer) => customer,
            // Registered by somebody else, or so long ago that the key is forgotten: it stays as it is.
            Err(ApiError::Domain(CustomerError::EmailTaken)) => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        let home = AddAddress { customer_id: customer.id, address: person.address() };
        let cx = self.key(format_args!("address:{}", person.email));
        let address = patiently(|| self.apis.customers.add_address(&cx, home.clone())).await?;
        self.introduce(person, customer.id).await?;
        let mut made = self.lock();
        made.counts.customers += 1;
        made.homes.insert(person.email, (customer.id, address.id));
        Ok(())
    }

    async fn introduce(&self, person: &'static Person, customer_id: CustomerId) -> anyhow::Result<()> {
        let Some(Words { display_name, bio, locale }) = person.words() else { return Ok(()) };
        let said = |text: &str| Some(text.to_owned());
        let update = UpdateProfile {
            customer_id,
            display_name: said(display_name),
            bio: said(bio),
            locale: said(locale),
        };
        let cx = self.key(format_args!("profile:{}", person.email));
        patiently(|| self.apis.customers.update_profile(&cx, update.clone())).await?;
        Ok(())
    }

    async fn place(&self, purchase: &Purchase) -> anyhow::Result<()> {
        let home = self.lock().homes.get(purchase.buyer.email).copied();
        let Some((customer_id, shipping_address_id)) = home else { return Ok(()) };
        let order = PlaceOrder {
            customer_id,
            shipping_address_id,
            currency: purchase.buyer.currency(),
            lines: lines(&purchase.lines)?,
            payment: purchase.payment.clone(),
        };
        let cx = self.key(format_args!("order:{}", purchase.name));
        match patiently(|| self.apis.orders.place(&cx, order.clone())).await {
            Ok(placed) => {
                let mut made = self.lock();
                made.counts.orders += 1;
                made.orders.insert(purchase.name.clone(), placed.id);
                Ok(())
            }
            // As in any shop: the last one has just gone, or a product is not the one we know.
            Err(ApiError::Domain(OrderError::Refused { .. })) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    async fn cancel(&self, purchase: &str, reason: &str) -> anyhow::Result<()> {
        let Some(order_id) = self.lock().orders.get(purchase).copied() else { return Ok(()) };
        let cx = self.key(format_args!("cancel:{purchase}"));
        let cancel = CancelOrder { order_id, reason: reason.to_owned() };
        patiently(|| self.apis.orders.cancel(&cx, cancel.clone())).await?;
        Ok(())
    }

    async fn ship(&self, purchase: &str, goods: &[(&str, i64)]) -> anyhow::Result<()> {
        let Some(order_id) = self.lock().orders.get(purchase).copied() else { return Ok(()) };
        let first = goods.first().map_or("", |(sku, _)| sku);
        let cx = self.key(format_args!("ship:{purchase}:{first}"));
        let carrier = Some("Courier".to_owned());
        let ship = ShipOrder { order_id, lines: lines(goods)?, carrier, tracking: None };
        patiently(|| self.apis.orders.ship(&cx, ship.clone())).await?;
        Ok(())
    }

    async fn collect(&self, purchase: &str) -> anyhow::Result<()> {
        let Some(order_id) = self.lock().orders.get(purchase).copied() else { return Ok(()) };
        let cx = self.key(format_args!("collect:{purchase}"));
        let capture = Capture { payment_id: payment_of(order_id), amount: None };
        patiently(|| self.apis.payments.capture(&cx, capture.clone())).await?;
        Ok(())
    }

    /// The context of one command, under its own key.
    fn key(&self, step: std::fmt::Arguments<'_>) -> CallCtx {
        self.cx.with_key(format!("demo:{step}"))
    }

    fn lock(&self) -> MutexGuard<'_, Made> {
        // Each change is one insertion: a panic elsewhere leaves nothing half done.
        self.made.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn lines(goods: &[(&str, i64)]) -> anyhow::Result<Vec<NewLine>> {
    let line = |(sku, quantity): &(&str, i64)| Ok(NewLine { sku: Sku::parse(sku)?, quantity: *quantity });
    goods.iter().map(line).collect()
}

fn variant(form: &Form) -> anyhow::Result<NewVariant> {
    let options = form.options.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Ok(NewVariant {
        sku: Sku::parse(form.sku)?,
        title: form.title(),
        options: options.collect(),
        prices: vec![Money::new(form.cents_eur, Currency::EUR), Money::new(form.cents_usd, Currency::USD)],
    })
}

/// Repeats a query or a keyed command whose outcome is unknown.
async fn patiently<'a, R, E>(
    call: impl Fn() -> BoxFut<'a, Result<R, ApiError<E>>> + Send,
) -> Result<R, ApiError<E>> {
    for _ in 1..ATTEMPTS {
        match call().await {
            Err(error) if error.is_retryable() => tokio::time::sleep(BETWEEN_ATTEMPTS).await,
            done => return done,
        }
    }
    call().await
}
