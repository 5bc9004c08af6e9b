//! Which module gets which tables, and who is called by whom.

use std::sync::Arc;

use analytics::AnalyticsModule;
use anyhow::Context;
use catalog::CatalogModule;
use catalog_api::{CatalogApi, catalog_rpc};
use customer::CustomerModule;
use customer_api::{CustomerApi, customer_rpc};
use inventory::InventoryModule;
use inventory_api::{InventoryApi, inventory_rpc};
use kernel::{Around, Clock, Ids};
use notification::NotificationModule;
use order::{OrderModule, Others};
use order_api::{OrderApi, order_rpc};
use payment::PaymentModule;
use payment_api::{PaymentApi, payment_rpc};
use platform::effects::Effects;
use platform::events::feed::{Feed, LocalFeed};
use platform::events::subscription::Dispatcher;
use platform::saga::{self, Operable};
use platform::store::{Ownership, Store};
use platform::telemetry::Measured;
use platform::{Foundation, Module};
use tokio::runtime::Handle;

use crate::config::Config;
use crate::demo;

/// Of every module, callees first.
pub const OWNERSHIPS: [Ownership; 7] = [
    CustomerModule::OWNERSHIP,
    CatalogModule::OWNERSHIP,
    InventoryModule::OWNERSHIP,
    PaymentModule::OWNERSHIP,
    OrderModule::OWNERSHIP,
    NotificationModule::OWNERSHIP,
    AnalyticsModule::OWNERSHIP,
];

/// The modules of a shop, wired together.
#[derive(Clone)]
pub(crate) struct Modules {
    pub all: Vec<Arc<dyn Module>>,
    pub orders: OrderModule,
    pub payments: PaymentModule,
    pub analytics: AnalyticsModule,
    catalog: Arc<dyn CatalogApi>,
    customers: Arc<dyn CustomerApi>,
    inventory: Arc<dyn InventoryApi>,
    order_api: Arc<dyn OrderApi>,
    payment_api: Arc<dyn PaymentApi>,
}

/// Brings every module's tables up to date; says what was done.
pub(crate) fn migrate(config: &Config) -> anyhow::Result<Vec<String>> {
    let mut done = Vec::new();
    for ownership in &OWNERSHIPS {
        let module = ownership.module;
        let names = Store::migrate(ownership, &config.database(module))
            .with_context(|| format!("cannot migrate the tables of {module}"))?;
        done.extend(names.into_iter().map(|name| format!("{module}: {name}")));
    }
    Ok(done)
}

impl Modules {
    /// Builds the modules on migrated tables. Calls between them are measured and bounded by their deadline.
    pub(crate) fn open(config: &Config, clock: &Arc<dyn Clock>, runtime: &Handle) -> anyhow::Result<Modules> {
        let around: Arc<dyn Around> = Arc::new(Measured);
        Modules::open_around(config, clock, &around, runtime)
    }

    /// Builds them with something else done around every call between them.
    pub(crate) fn open_around(
        config: &Config,
        clock: &Arc<dyn Clock>,
        around: &Arc<dyn Around>,
        runtime: &Handle,
    ) -> anyhow::Result<Modules> {
        let ids = Ids::new();
        let foundation = |ownership: Ownership| -> anyhow::Result<Foundation> {
            let store = Store::open(ownership, &config.database(ownership.module), runtime.clone())
                .with_context(|| format!("cannot open the tables of {}", ownership.module))?;
            Ok(Foundation { store, clock: Arc::clone(clock), ids: ids.clone() })
        };
        let log = |foundation: &Foundation| -> Arc<dyn Feed> {
            Arc::new(LocalFeed::new(foundation.store.clone(), Arc::clone(clock)))
        };
        let (of_orders, of_payments) =
            (foundation(OrderModule::OWNERSHIP)?, foundation(PaymentModule::OWNERSHIP)?);
        let (order_events, payment_events) = (log(&of_orders), log(&of_payments));
        let (of_customers, of_catalog) =
            (foundation(CustomerModule::OWNERSHIP)?, foundation(CatalogModule::OWNERSHIP)?);
        let (customer_events, catalog_events) = (log(&of_customers), log(&of_catalog));
        let customers = Arc::new(CustomerModule::new(of_customers));
        let catalog = Arc::new(CatalogModule::new(of_catalog));
        let stock = foundation(InventoryModule::OWNERSHIP)?;
        let stock_events = log(&stock);
        let inventory = Arc::new(InventoryModule::new(stock, Arc::clone(&order_events)));
        let payments = PaymentModule::new(of_payments, config.gateway().as_ref(), Arc::clone(&order_events))
            .context("cannot use the payment gateway")?;
        let customer_api: Arc<dyn CustomerApi> =
            Arc::new(customer_rpc::Local { inner: customers.clone(), around: Arc::clone(around) });
        let catalog_api: Arc<dyn CatalogApi> =
            Arc::new(catalog_rpc::Local { inner: catalog.clone(), around: Arc::clone(around) });
        let inventory_api: Arc<dyn InventoryApi> =
            Arc::new(inventory_rpc::Local { inner: inventory.clone(), around: Arc::clone(around) });
        let payment_api: Arc<dyn PaymentApi> =
            Arc::new(payment_rpc::Local { inner: Arc::new(payments.clone()), around: Arc::clone(around) });
        let others = Others {
            catalog: Arc::clone(&catalog_api),
            customers: Arc::clone(&customer_api),
            inventory: Arc::clone(&inventory_api),
            payments: Arc::clone(&payment_api),
            payment_events: Arc::clone(&payment_events),
        };
        let orders = OrderModule::new(of_orders, others);
        let order_api: Arc<dyn OrderApi> =
            Arc::new(order_rpc::Local { inner: Arc::new(orders.clone()), around: Arc::clone(around) });
        let listening = notification::Others {
            customers: Arc::clone(&customer_api),
            orders: Arc::clone(&order_api),
            order_events: Arc::clone(&order_events),
            payment_events: Arc::clone(&payment_events),
            stock_events,
        };
        let of_messages = foundation(NotificationModule::OWNERSHIP)?;
        let notifications = Arc::new(NotificationModule::new(of_messages, config.mails()?, listening));
        let counting = analytics::Others {
            orders: Arc::clone(&order_api),
            payments: Arc::clone(&payment_api),
            order_events,
            payment_events,
            catalog_events,
            customer_events,
        };
        let analytics = AnalyticsModule::new(foundation(AnalyticsModule::OWNERSHIP)?, counting);
        let all: Vec<Arc<dyn Module>> = vec![
            customers,
            catalog,
            inventory,
            Arc::new(payments.clone()),
            Arc::new(orders.clone()),
            notifications,
            Arc::new(analytics.clone()),
        ];
        Ok(Modules {
            all,
            orders,
            payments,
            analytics,
            catalog: catalog_api,
            customers: customer_api,
            inventory: inventory_api,
            order_api,
            payment_api,
        })
    }

    pub(crate) fn subscriptions(&self) -> Vec<Dispatcher> {
        self.all.iter().flat_map(|module| module.subscriptions()).collect()
    }

    pub(crate) fn sagas(&self) -> Vec<Arc<dyn Operable>> {
        self.all.iter().flat_map(|module| module.sagas()).collect()
    }

    pub(crate) fn effects(&self) -> Vec<Effects> {
        self.all.iter().filter_map(|module| module.effects()).collect()
    }

    /// Writes all subscriptions down, also where their events come from: nothing is trimmed that one has not heard. Fails if
    /// one of them would meet events that it cannot read, or if there is work under way that nobody can go on with.
    pub(crate) async fn register(&self) -> anyhow::Result<()> {
        for module in &self.all {
            Effects::check_kinds(module.store(), module.effects().as_ref()).await?;
            Dispatcher::register(module.store(), &module.subscriptions()).await?;
            saga::ensure_known(module.store(), &module.sagas()).await?;
        }
        for subscription in self.subscriptions() {
            subscription.acknowledge().await?;
            subscription.check_types().await?;
        }
        Ok(())
    }

    /// Takes pending orders as far as they get, asks what became of open payments, and applies all events that there are,
    /// until no more follows from that.
    pub(crate) async fn settle(&self) -> anyhow::Result<()> {
        let mut heard = None;
        loop {
            self.orders.settle().await?;
            self.payments.settle_all().await;
            let mut places = Vec::new();
            for subscription in self.subscriptions() {
                let name = subscription.subscription().name();
                subscription.catch_up().await.with_context(|| format!("{name} cannot catch up"))?;
                places.push(subscription.standing().await?.seq);
            }
            if heard.as_ref() == Some(&places) {
                return Ok(());
            }
            heard = Some(places);
        }
    }

    pub(crate) fn stores(&self) -> Vec<Store> {
        self.all.iter().map(|module| module.store().clone()).collect()
    }

    pub(crate) fn apis(&self) -> demo::Apis {
        demo::Apis {
            catalog: Arc::clone(&self.catalog),
            customers: Arc::clone(&self.customers),
            inventory: Arc::clone(&self.inventory),
            orders: Arc::clone(&self.order_api),
            payments: Arc::clone(&self.payment_api),
        }
    }
}
