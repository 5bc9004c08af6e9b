//! Which module gets which tables, and who is called by whom.

use std::sync::Arc;

use analytics::AnalyticsModule;
use anyhow::Context;
use catalog::CatalogModule;
use catalog_api::{CatalogApi, catalog_rpc};
use customer::{CustomerModule, Pictures};
use customer_api::{CustomerApi, customer_rpc};
use inventory::InventoryModule;
use inventory_api::{InventoryApi, inventory_rpc};
use kernel::{Around, Clock, Ids};
use notification::NotificationModule;
use order::{OrderModule, Others};
use order_api::{OrderApi, order_rpc};
use payment::PaymentModule;
use payment_api::{PaymentApi, payment_rpc};
use platform::copies::Comparable;
use platform::effects::Effects;
use platform::events::feed::{Feed, LocalFeed};
use platform::events::subscription::Dispatcher;
use platform::saga::{self, Operable};
use platform::store::{Ownership, Store};
use platform::telemetry::Measured;
use platform::{Foundation, Module};
use reference::ReferenceModule;
use reference_api::{ReferenceApi, reference_rpc};
use tokio::runtime::Handle;

use crate::config::Config;
use crate::demo;

/// Of every module, callees first.
pub const OWNERSHIPS: [Ownership; 8] = [
    ReferenceModule::OWNERSHIP,
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

/// What every module is built from.
struct Site<'a> {
    config: &'a Config,
    clock: &'a Arc<dyn Clock>,
    around: &'a Arc<dyn Around>,
    runtime: &'a Handle,
    ids: Ids,
}

impl Site<'_> {
    fn foundation(&self, ownership: Ownership) -> anyhow::Result<Foundation> {
        let database = self.config.database(ownership.module);
        let store = Store::open(ownership, &database, self.runtime.clone())
            .with_context(|| format!("cannot open the tables of {}", ownership.module))?;
        Ok(Foundation { store, clock: Arc::clone(self.clock), ids: self.ids.clone() })
    }

    fn log(&self, of: &Foundation) -> Arc<dyn Feed> {
        Arc::new(LocalFeed::new(of.store.clone(), Arc::clone(self.clock)))
    }

    fn around(&self) -> Arc<dyn Around> {
        Arc::clone(self.around)
    }
}

/// The modules that an order passes through, and what the others may have of them.
struct Trade {
    modules: Vec<Arc<dyn Module>>,
    orders: OrderModule,
    payments: PaymentModule,
    catalog: Arc<dyn CatalogApi>,
    customers: Arc<dyn CustomerApi>,
    inventory: Arc<dyn InventoryApi>,
    order_api: Arc<dyn OrderApi>,
    payment_api: Arc<dyn PaymentApi>,
    logs: Logs,
}

#[derive(Clone)]
struct Logs {
    catalog: Arc<dyn Feed>,
    customers: Arc<dyn Feed>,
    stock: Arc<dyn Feed>,
    orders: Arc<dyn Feed>,
    payments: Arc<dyn Feed>,
}

impl Trade {
    fn open(site: &Site<'_>) -> anyhow::Result<Trade> {
        let of_reference = site.foundation(ReferenceModule::OWNERSHIP)?;
        let of_catalog = site.foundation(CatalogModule::OWNERSHIP)?;
        let of_customers = site.foundation(CustomerModule::OWNERSHIP)?;
        let of_stock = site.foundation(InventoryModule::OWNERSHIP)?;
        let of_orders = site.foundation(OrderModule::OWNERSHIP)?;
        let of_payments = site.foundation(PaymentModule::OWNERSHIP)?;
        let logs = Logs {
            catalog: site.log(&of_catalog),
            customers: site.log(&of_customers),
            stock: site.log(&of_stock),
            orders: site.log(&of_orders),
            payments: site.log(&of_payments),
        };
        let reference_events = site.log(&of_reference);
        let reference = Arc::new(ReferenceModule::new(of_reference));
        let codes: Arc<dyn ReferenceApi> =
            Arc::new(reference_rpc::Local { inner: reference.clone(), around: site.around() });
        let others = customer::Others {
            reference: Arc::clone(&codes),
            reference_events: Arc::clone(&reference_events),
        };
        let pictures = Pictures::open(&site.config.picture_settings()?, site.runtime.clone()).context(
            "cannot open the store of pictures; pictures.directory or pictures.s3 says where it is",
        )?;
        let customers = Arc::new(CustomerModule::new(of_customers, pictures, others));
        let others = catalog::Others { reference: codes, reference_events };
        let catalog = Arc::new(CatalogModule::new(of_catalog, others));
        let inventory = Arc::new(InventoryModule::new(of_stock, Arc::clone(&logs.orders)));
        let gateway = site.config.gateway();
        let payments = PaymentModule::new(of_payments, gateway.as_ref(), Arc::clone(&logs.orders))
            .context("cannot use the payment gateway")?;
        let others = Others {
            catalog: Arc::new(catalog_rpc::Local { inner: catalog.clone(), around: site.around() }),
            customers: Arc::new(customer_rpc::Local { inner: customers.clone(), around: site.around() }),
            inventory: Arc::new(inventory_rpc::Local { inner: inventory.clone(), around: site.around() }),
            payments: Arc::new(payment_rpc::Local {
                inner: Arc::new(payments.clone()),
                around: site.around(),
            }),
            catalog_events: Arc::clone(&logs.catalog),
            customer_events: Arc::clone(&logs.customers),
            payment_events: Arc::clone(&logs.payments),
        };
        let orders = OrderModule::new(of_orders, site.config.orders.settings(), others.clone());
        let order_api = order_rpc::Local { inner: Arc::new(orders.clone()), around: site.around() };
        let (paying, ordering) = (Arc::new(payments.clone()), Arc::new(orders.clone()));
        Ok(Trade {
            modules: vec![reference, customers, catalog, inventory, paying, ordering],
            orders,
            payments,
            catalog: others.catalog,
            customers: others.customers,
            inventory: others.inventory,
            order_api: Arc::new(order_api),
            payment_api: others.payments,
            logs,
        })
    }

    fn notification(&self, site: &Site<'_>) -> anyhow::Result<NotificationModule> {
        let logs = self.logs.clone();
        let others = notification::Others {
            customers: Arc::clone(&self.customers),
            orders: Arc::clone(&self.order_api),
            order_events: logs.orders,
            payment_events: logs.payments,
            stock_events: logs.stock,
        };
        let foundation = site.foundation(NotificationModule::OWNERSHIP)?;
        Ok(NotificationModule::new(foundation, site.config.mails()?, others))
    }

    fn analytics(&self, site: &Site<'_>) -> anyhow::Result<AnalyticsModule> {
        let logs = self.logs.clone();
        let others = analytics::Others {
            catalog: Arc::clone(&self.catalog),
            customers: Arc::clone(&self.customers),
            orders: Arc::clone(&self.order_api),
            payments: Arc::clone(&self.payment_api),
            order_events: logs.orders,
            payment_events: logs.payments,
            catalog_events: logs.catalog,
            customer_events: logs.customers,
        };
        Ok(AnalyticsModule::new(site.foundation(AnalyticsModule::OWNERSHIP)?, others))
    }
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
        let site = Site { config, clock, around, runtime, ids: Ids::new() };
        let trade = Trade::open(&site)?;
        let (notification, analytics) = (trade.notification(&site)?, trade.analytics(&site)?);
        let mut all = trade.modules;
        all.push(Arc::new(notification));
        all.push(Arc::new(analytics.clone()));
        Ok(Modules {
            all,
            orders: trade.orders,
            payments: trade.payments,
            analytics,
            catalog: trade.catalog,
            customers: trade.customers,
            inventory: trade.inventory,
            order_api: trade.order_api,
            payment_api: trade.payment_api,
        })
    }

    pub(crate) fn subscriptions(&self) -> Vec<Dispatcher> {
        self.all.iter().flat_map(|module| module.subscriptions()).collect()
    }

    pub(crate) fn sagas(&self) -> Vec<Arc<dyn Operable>> {
        self.all.iter().flat_map(|module| module.sagas()).collect()
    }

    pub(crate) fn copies(&self) -> Vec<Arc<dyn Comparable>> {
        self.all.iter().flat_map(|module| module.copies()).collect()
    }

    pub(crate) fn effects(&self) -> Vec<Effects> {
        self.all.iter().filter_map(|module| module.effects()).collect()
    }

    /// Has every module write down what it cannot be without, and all subscriptions, also where their events come from:
    /// nothing is trimmed that one has not heard. Fails if one of them would meet events that it cannot read, or if there is
    /// work under way that nobody can go on with.
    pub(crate) async fn register(&self) -> anyhow::Result<()> {
        for module in &self.all {
            module.prepare().await.with_context(|| format!("cannot prepare {}", module.name()))?;
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
