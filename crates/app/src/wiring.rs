//! Which module gets which tables, and who is called by whom.

use std::sync::Arc;

use anyhow::Context;
use catalog::CatalogModule;
use catalog_api::{CatalogApi, catalog_rpc};
use customer::CustomerModule;
use customer_api::{CustomerApi, customer_rpc};
use inventory::InventoryModule;
use inventory_api::{InventoryApi, inventory_rpc};
use kernel::{Clock, Ids};
use order::OrderModule;
use order_api::{OrderApi, order_rpc};
use payment::PaymentModule;
use platform::effects::Effects;
use platform::events::feed::LocalFeed;
use platform::events::subscription::Dispatcher;
use platform::store::{Ownership, Store};
use platform::telemetry::Measured;
use platform::{Foundation, Module};
use tokio::runtime::Handle;

use crate::config::Config;
use crate::demo;

/// Of every module, callees first.
pub const OWNERSHIPS: [Ownership; 5] = [
    CustomerModule::OWNERSHIP,
    CatalogModule::OWNERSHIP,
    InventoryModule::OWNERSHIP,
    PaymentModule::OWNERSHIP,
    OrderModule::OWNERSHIP,
];

/// The modules of a shop, wired together.
#[derive(Clone)]
pub(crate) struct Modules {
    pub all: Vec<Arc<dyn Module>>,
    pub orders: OrderModule,
    pub payments: PaymentModule,
    catalog: Arc<dyn CatalogApi>,
    customers: Arc<dyn CustomerApi>,
    inventory: Arc<dyn InventoryApi>,
    order_api: Arc<dyn OrderApi>,
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
        let ids = Ids::new();
        let foundation = |ownership: Ownership| -> anyhow::Result<Foundation> {
            let store = Store::open(ownership, &config.database(ownership.module), runtime.clone())
                .with_context(|| format!("cannot open the tables of {}", ownership.module))?;
            Ok(Foundation { store, clock: Arc::clone(clock), ids: ids.clone() })
        };
        let order_foundation = foundation(OrderModule::OWNERSHIP)?;
        let order_log = LocalFeed::new(order_foundation.store.clone(), Arc::clone(clock));
        let customers = Arc::new(CustomerModule::new(foundation(CustomerModule::OWNERSHIP)?));
        let catalog = Arc::new(CatalogModule::new(foundation(CatalogModule::OWNERSHIP)?));
        let inventory =
            Arc::new(InventoryModule::new(foundation(InventoryModule::OWNERSHIP)?, Arc::new(order_log)));
        let payments = PaymentModule::new(foundation(PaymentModule::OWNERSHIP)?, config.gateway().as_ref())
            .context("cannot use the payment gateway")?;
        let customer_api: Arc<dyn CustomerApi> =
            Arc::new(customer_rpc::Local { inner: customers.clone(), around: Measured });
        let catalog_api: Arc<dyn CatalogApi> =
            Arc::new(catalog_rpc::Local { inner: catalog.clone(), around: Measured });
        let inventory_api: Arc<dyn InventoryApi> =
            Arc::new(inventory_rpc::Local { inner: inventory.clone(), around: Measured });
        let orders = OrderModule::new(
            order_foundation,
            Arc::clone(&catalog_api),
            Arc::clone(&customer_api),
            Arc::clone(&inventory_api),
        );
        let order_api: Arc<dyn OrderApi> =
            Arc::new(order_rpc::Local { inner: Arc::new(orders.clone()), around: Measured });
        let all: Vec<Arc<dyn Module>> =
            vec![customers, catalog, inventory, Arc::new(payments.clone()), Arc::new(orders.clone())];
        Ok(Modules {
            all,
            orders,
            payments,
            catalog: catalog_api,
            customers: customer_api,
            inventory: inventory_api,
            order_api,
        })
    }

    pub(crate) fn subscriptions(&self) -> Vec<Dispatcher> {
        self.all.iter().flat_map(|module| module.subscriptions()).collect()
    }

    pub(crate) fn effects(&self) -> Vec<Effects> {
        self.all.iter().filter_map(|module| module.effects()).collect()
    }

    /// Writes all subscriptions down, also where their events come from: nothing is trimmed that one has not heard. Fails if
    /// one of them would meet events that it cannot read, or if there are effects that nobody carries out.
    pub(crate) async fn register(&self) -> anyhow::Result<()> {
        for module in &self.all {
            Effects::check_kinds(module.store(), module.effects().as_ref()).await?;
            Dispatcher::register(module.store(), &module.subscriptions()).await?;
        }
        for subscription in self.subscriptions() {
            subscription.acknowledge().await?;
            subscription.check_types().await?;
        }
        Ok(())
    }

    /// Finishes pending orders, asks what became of open payments, and applies all events that there are.
    pub(crate) async fn settle(&self) -> anyhow::Result<()> {
        self.orders.settle().await;
        self.payments.settle_all().await;
        for subscription in self.subscriptions() {
            let name = subscription.subscription().name();
            subscription.catch_up().await.with_context(|| format!("{name} cannot catch up"))?;
        }
        Ok(())
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
        }
    }
}
