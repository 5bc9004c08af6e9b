//! Which module gets which tables, and who is called by whom.

mod site;
mod trade;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use analytics::AnalyticsModule;
use analytics_api::{AnalyticsApi, analytics_rpc};
use anyhow::Context;
use catalog::CatalogModule;
use catalog_api::CatalogApi;
use customer::CustomerModule;
use customer_api::CustomerApi;
use identity::IdentityModule;
use identity_api::IdentityApi;
use inventory::InventoryModule;
use inventory_api::InventoryApi;
use kernel::{Around, Clock, SystemClock};
use notification::NotificationModule;
use notification_api::{NotificationApi, notification_rpc};
use order::OrderModule;
use order_api::OrderApi;
use payment::PaymentModule;
use payment_api::PaymentApi;
use platform::Module;
use platform::copies::Comparable;
use platform::effects::Effects;
use platform::events::feed::Feed;
use platform::events::subscription::Dispatcher;
use platform::http::Bearers;
use platform::patience::Patience;
use platform::remote::{Hosted, Link};
use platform::saga::{self, Operable};
use platform::store::{Ownership, Store, StoreError};
use platform::telemetry::Measured;
use reference::ReferenceModule;
use reference_api::ReferenceApi;
use tokio::runtime::Handle;

use self::site::{Site, reach};
use self::trade::Trade;
use crate::config::{Config, Place};
use crate::doorman::Doorman;

/// Of every module, callees first.
pub const OWNERSHIPS: [Ownership; 9] = [
    ReferenceModule::OWNERSHIP,
    CustomerModule::OWNERSHIP,
    IdentityModule::OWNERSHIP,
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
    /// Those that live in this process.
    pub here: Vec<Arc<dyn Module>>,
    /// All of them. Those that live elsewhere can only be asked what they are.
    pub known: Vec<Arc<dyn Module>>,
    /// What those here answer to other processes.
    pub hosted: Vec<(&'static str, Hosted)>,
    /// The ways to those elsewhere.
    pub links: BTreeMap<&'static str, Link>,
    pub orders: OrderModule,
    pub payments: PaymentModule,
    pub analytics: AnalyticsModule,
    pub identity: IdentityModule,
    /// Whom this process has let in.
    bearers: Arc<Bearers>,
    identity_log: Arc<dyn Feed>,
    pub apis: Apis,
}

/// The modules as they call each other, wherever each of them lives.
#[derive(Clone)]
pub struct Apis {
    pub reference: Arc<dyn ReferenceApi>,
    pub customers: Arc<dyn CustomerApi>,
    pub identity: Arc<dyn IdentityApi>,
    pub catalog: Arc<dyn CatalogApi>,
    pub inventory: Arc<dyn InventoryApi>,
    pub payments: Arc<dyn PaymentApi>,
    pub orders: Arc<dyn OrderApi>,
    pub notification: Arc<dyn NotificationApi>,
    pub analytics: Arc<dyn AnalyticsApi>,
}

/// For how long a start asks again.
const STARTS_WITHIN: Duration = Duration::from_secs(15);

/// Brings the tables of the modules that live here up to date; says what was done.
pub(crate) fn migrate(config: &Config) -> anyhow::Result<Vec<String>> {
    let mut done = Vec::new();
    for ownership in OWNERSHIPS.iter().filter(|of| config.place(of.module) == Place::Here) {
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
        Modules::at(Site::new(config, clock, around, runtime)?)
    }

    /// The modules without their tables, to be asked what they are.
    pub(crate) fn described(config: &Config, runtime: &Handle) -> anyhow::Result<Modules> {
        let (clock, around): (Arc<dyn Clock>, Arc<dyn Around>) = (Arc::new(SystemClock), Arc::new(Measured));
        Modules::at(Site::new(config, &clock, &around, runtime)?.described())
    }

    fn at(site: Site<'_>) -> anyhow::Result<Modules> {
        let trade = Trade::open(&site)?;
        let (notification, reports) = (Arc::new(trade.notification(&site)?), trade.analytics(&site)?);
        let analytics = Arc::new(reports.clone());
        let apis = Apis {
            reference: trade.reference,
            customers: trade.customers,
            identity: trade.identity_api,
            catalog: trade.catalog,
            inventory: trade.inventory,
            payments: trade.payment_api,
            orders: trade.order_api,
            notification: reach!(site, notification_rpc, notification),
            analytics: reach!(site, analytics_rpc, analytics),
        };
        let mut known = trade.modules;
        known.push(notification);
        known.push(analytics);
        let (links, hosted) = site.into_parts();
        let here = known.iter().filter(|module| !links.contains_key(module.name())).cloned().collect();
        Ok(Modules {
            here,
            known,
            hosted,
            links,
            orders: trade.orders,
            payments: trade.payments,
            analytics: reports,
            identity: trade.identity,
            bearers: trade.bearers,
            identity_log: trade.identity_log,
            apis,
        })
    }

    /// Who lets people and programs in.
    pub(crate) fn doorman(&self, clock: Arc<dyn Clock>) -> Doorman {
        let (bearers, log) = (Arc::clone(&self.bearers), Arc::clone(&self.identity_log));
        Doorman::new(bearers, Arc::clone(&self.apis.identity), log, clock)
    }

    /// Whether a module lives in this process.
    pub(crate) fn lives_here(&self, module: &str) -> bool {
        !self.links.contains_key(module)
    }

    pub(crate) fn subscriptions(&self) -> Vec<Dispatcher> {
        self.here.iter().flat_map(|module| module.subscriptions()).collect()
    }

    pub(crate) fn sagas(&self) -> Vec<Arc<dyn Operable>> {
        self.here.iter().flat_map(|module| module.sagas()).collect()
    }

    pub(crate) fn copies(&self) -> Vec<Arc<dyn Comparable>> {
        self.here.iter().flat_map(|module| module.copies()).collect()
    }

    pub(crate) fn effects(&self) -> Vec<Effects> {
        self.here.iter().filter_map(|module| module.effects()).collect()
    }

    /// Has every module write down what it cannot be without, and all subscriptions, also where their events come from:
    /// nothing is trimmed that one has not heard. Fails if one of them would meet events that it cannot read, or if there is
    /// work under way that nobody can go on with.
    ///
    /// A database that was there for the migrations and is busy now is asked again for a while: a start that gives up at the
    /// first wait for a connection would be a shop that is away.
    pub(crate) async fn register(&self) -> anyhow::Result<()> {
        let patience = Patience::begin();
        loop {
            match self.try_register().await {
                Err(error) if is_away(&error) && patience.look_again(STARTS_WITHIN).await => {
                    tracing::warn!(error = %format!("{error:#}"), "the start waits for a database");
                }
                done => return done,
            }
        }
    }

    async fn try_register(&self) -> anyhow::Result<()> {
        for module in &self.here {
            module.prepare().await.with_context(|| format!("cannot prepare {}", module.name()))?;
            Effects::check_kinds(module.store(), module.effects().as_ref()).await?;
            Dispatcher::register(module.store(), &module.subscriptions()).await?;
            saga::ensure_known(module.store(), &module.sagas()).await?;
        }
        for subscription in self.subscriptions() {
            // One that hears another process introduces itself when that is there: no start waits for another one.
            if self.lives_here(subscription.subscription().source()) {
                subscription.introduce().await?;
            }
        }
        Ok(())
    }

    /// Takes pending orders as far as they get, asks what became of open payments, and applies all events that there are,
    /// until no more follows from that. Answers how far each subscription is then.
    pub(crate) async fn settle(&self) -> anyhow::Result<Vec<i64>> {
        let mut heard = None;
        loop {
            if self.lives_here("order") {
                self.orders.settle().await?;
            }
            if self.lives_here("payment") {
                self.payments.settle_all().await;
            }
            let mut places = Vec::new();
            for subscription in self.subscriptions() {
                let name = subscription.subscription().name();
                subscription.catch_up().await.with_context(|| format!("{name} cannot catch up"))?;
                places.push(subscription.standing().await?.seq);
            }
            if heard.as_ref() == Some(&places) {
                return Ok(places);
            }
            heard = Some(places);
        }
    }

    pub(crate) fn stores(&self) -> Vec<Store> {
        self.here.iter().map(|module| module.store().clone()).collect()
    }
}

/// Whether a database did not answer, rather than that it said something.
fn is_away(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(StoreError::Unavailable(_) | StoreError::Timeout))
}
