//! Which module is given what of the others.

use std::sync::Arc;

use analytics::AnalyticsModule;
use anyhow::Context;
use catalog::CatalogModule;
use catalog_api::{CatalogApi, catalog_rpc};
use customer::{CustomerModule, Pictures};
use customer_api::{CustomerApi, customer_rpc};
use identity::IdentityModule;
use identity_api::{IdentityApi, identity_rpc};
use inventory::InventoryModule;
use inventory_api::{InventoryApi, inventory_rpc};
use notification::NotificationModule;
use order::{OrderModule, Others};
use order_api::{OrderApi, order_rpc};
use payment::PaymentModule;
use payment_api::{PaymentApi, payment_rpc};
use platform::Module;
use platform::events::feed::Feed;
use platform::http::Bearers;
use reference::ReferenceModule;
use reference_api::{ReferenceApi, reference_rpc};

use super::site::{Site, reach};

/// The modules that an order passes through, and what the others may have of them.
pub(super) struct Trade {
    pub modules: Vec<Arc<dyn Module>>,
    pub orders: OrderModule,
    pub payments: PaymentModule,
    pub reference: Arc<dyn ReferenceApi>,
    pub customers: Arc<dyn CustomerApi>,
    pub catalog: Arc<dyn CatalogApi>,
    pub inventory: Arc<dyn InventoryApi>,
    pub payment_api: Arc<dyn PaymentApi>,
    pub order_api: Arc<dyn OrderApi>,
    pub identity: IdentityModule,
    pub identity_api: Arc<dyn IdentityApi>,
    pub identity_log: Arc<dyn Feed>,
    pub bearers: Arc<Bearers>,
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
    pub(super) fn open(site: &Site<'_>) -> anyhow::Result<Trade> {
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
        let codes: Arc<dyn ReferenceApi> = reach!(site, reference_rpc, reference);
        let others = customer::Others {
            reference: Arc::clone(&codes),
            reference_events: Arc::clone(&reference_events),
        };
        let pictures = Pictures::open(&site.config.picture_settings()?, site.runtime()).context(
            "cannot open the store of pictures; pictures.directory or pictures.s3 says where it is",
        )?;
        let customers = Arc::new(CustomerModule::new(of_customers, pictures, others));
        let others = catalog::Others { reference: Arc::clone(&codes), reference_events };
        let catalog = Arc::new(CatalogModule::new(of_catalog, others));
        let inventory = Arc::new(InventoryModule::new(of_stock, Arc::clone(&logs.orders)));
        let gateway = site.config.gateway();
        let paying = PaymentModule::new(of_payments, gateway.as_ref(), Arc::clone(&logs.orders))
            .context("cannot use the payment gateway")?;
        let payments = Arc::new(paying.clone());
        let others = Others {
            catalog: reach!(site, catalog_rpc, catalog),
            customers: reach!(site, customer_rpc, customers),
            inventory: reach!(site, inventory_rpc, inventory),
            payments: reach!(site, payment_rpc, payments),
            catalog_events: Arc::clone(&logs.catalog),
            customer_events: Arc::clone(&logs.customers),
            payment_events: Arc::clone(&logs.payments),
        };
        let of_identity = site.foundation(IdentityModule::OWNERSHIP)?;
        let (identity_log, bearers) = (site.log(&of_identity), Arc::new(Bearers::default()));
        let knows =
            identity::Others { customers: Arc::clone(&others.customers), bearers: Arc::clone(&bearers) };
        let knowing = IdentityModule::new(of_identity, knows);
        let identity = Arc::new(knowing.clone());
        let identity_api: Arc<dyn IdentityApi> = reach!(site, identity_rpc, identity);
        let ordering = OrderModule::new(of_orders, site.config.orders.settings(), others.clone());
        let orders = Arc::new(ordering.clone());
        let order_api: Arc<dyn OrderApi> = reach!(site, order_rpc, orders);
        Ok(Trade {
            modules: vec![reference, customers, identity, catalog, inventory, payments, orders],
            orders: ordering,
            payments: paying,
            reference: codes,
            customers: others.customers,
            catalog: others.catalog,
            inventory: others.inventory,
            payment_api: others.payments,
            order_api,
            identity: knowing,
            identity_api,
            identity_log,
            bearers,
            logs,
        })
    }

    pub(super) fn notification(&self, site: &Site<'_>) -> anyhow::Result<NotificationModule> {
        let logs = self.logs.clone();
        let others = notification::Others {
            customers: Arc::clone(&self.customers),
            orders: Arc::clone(&self.order_api),
            identity: Arc::clone(&self.identity_api),
            letter_events: Arc::clone(&self.identity_log),
            order_events: logs.orders,
            payment_events: logs.payments,
            stock_events: logs.stock,
        };
        let foundation = site.foundation(NotificationModule::OWNERSHIP)?;
        Ok(NotificationModule::new(foundation, site.config.mails()?, others))
    }

    pub(super) fn analytics(&self, site: &Site<'_>) -> anyhow::Result<AnalyticsModule> {
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
