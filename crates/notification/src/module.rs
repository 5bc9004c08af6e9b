use std::sync::Arc;

use customer_api::CustomerApi;
use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use identity_api::{IdentityApi, LetterEvent};
use inventory_api::InventoryEvent;
use kernel::{ApiError, BoxFut, CallCtx, Event, MethodMeta};
use notification_api::{FindMessages, Messages, NotificationApi, NotificationError, notification_rpc};
use order_api::{OrderApi, OrderEvent};
use payment_api::PaymentEvent;
use platform::effects::{Effects, Handler};
use platform::events::feed::Feed;
use platform::events::subscription::{Dispatcher, Subscription};
use platform::http::ProblemKind;
use platform::store::{Migrations, Ownership, Store, StoreError};
use platform::workers::Workers;
use platform::{Foundation, Module, Violation, events, idempotency};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::deliver::Postman;
use crate::http;
use crate::message::{Newsworthy, Rules};
use crate::reactions::{self, FOLLOW_LETTERS, FOLLOW_ORDERS, FOLLOW_PAYMENTS, FOLLOW_STOCK};
use crate::settings::{Settings, Way};
use crate::store::messages;
use crate::transport::Transport;

const POSTGRES: EmbeddedMigrations = embed_migrations!("../../migrations/notification/postgres");
const SQLITE: EmbeddedMigrations = embed_migrations!("../../migrations/notification/sqlite");

/// Whom the notification module asks, and whom it hears.
#[derive(Clone)]
#[expect(missing_debug_implementations, reason = "modules have no useful Debug")]
pub struct Others {
    pub customers: Arc<dyn CustomerApi>,
    pub orders: Arc<dyn OrderApi>,
    pub identity: Arc<dyn IdentityApi>,
    pub order_events: Arc<dyn Feed>,
    pub payment_events: Arc<dyn Feed>,
    pub stock_events: Arc<dyn Feed>,
    pub letter_events: Arc<dyn Feed>,
}

/// A log that is listened to.
#[derive(Clone)]
pub(crate) struct Heard {
    pub feed: Arc<dyn Feed>,
    pub dispatcher: Dispatcher,
}

/// Mails to customers, to the shop, and to those who are to log in. Cheap to clone.
#[derive(Clone)]
pub struct NotificationModule {
    pub(crate) foundation: Foundation,
    pub(crate) others: Others,
    pub(crate) heard: Arc<[Heard]>,
    effects: Effects,
}

type Reply<'a, R> = BoxFut<'a, Result<R, ApiError<NotificationError>>>;

impl NotificationModule {
    pub const OWNERSHIP: Ownership = Ownership {
        module: "notification",
        schema: "notification",
        migrations: Migrations { postgres: &POSTGRES, sqlite: &SQLITE },
    };

    /// Hears the logs of orders, payments, stock and accounts. Nothing is dialled before there is a mail to send.
    pub fn new(foundation: Foundation, settings: Settings, others: Others) -> NotificationModule {
        let rules = Rules { max_age: settings.max_age, shop_has_address: settings.shop.is_some() };
        let listen = Listening { foundation: foundation.clone(), rules };
        let heard = [
            listen.to::<OrderEvent>(FOLLOW_ORDERS, &others.order_events),
            listen.to::<PaymentEvent>(FOLLOW_PAYMENTS, &others.payment_events),
            listen.to::<InventoryEvent>(FOLLOW_STOCK, &others.stock_events),
            listen.to::<LetterEvent>(FOLLOW_LETTERS, &others.letter_events),
        ];
        let transport = match settings.way.clone() {
            Way::Files(directory) => Transport::to_files(directory),
            Way::Smtp(server) => Transport::to_server(server, settings.from.email.domain().to_owned()),
        };
        let postman: Arc<dyn Handler> = Arc::new(Postman {
            foundation: foundation.clone(),
            settings: Arc::new(settings),
            transport: Arc::new(transport),
            customers: Arc::clone(&others.customers),
            orders: Arc::clone(&others.orders),
            identity: Arc::clone(&others.identity),
        });
        let effects = Effects::new(foundation.clone(), vec![postman]);
        NotificationModule { foundation, others, heard: heard.into(), effects }
    }
}

struct Listening {
    foundation: Foundation,
    rules: Rules,
}

impl Listening {
    fn to<E: Event + Newsworthy + 'static>(&self, name: &'static str, feed: &Arc<dyn Feed>) -> Heard {
        let rules = self.rules;
        let follow = Subscription::new::<E>(name, Arc::clone(feed), move |tx, change, told| {
            reactions::follow(rules, tx, change, told)
        });
        Heard { feed: Arc::clone(feed), dispatcher: Dispatcher::new(self.foundation.clone(), follow) }
    }
}

impl NotificationApi for NotificationModule {
    fn find_messages<'a>(&'a self, cx: &'a CallCtx, request: FindMessages) -> Reply<'a, Messages> {
        Box::pin(async move {
            let found = self.foundation.store.read(cx, move |db| messages::of_orders(db, &request)).await;
            Ok(Messages { messages: found.map_err(StoreError::into_api)? })
        })
    }
}

impl Module for NotificationModule {
    fn name(&self) -> &'static str {
        Self::OWNERSHIP.module
    }

    fn store(&self) -> &Store {
        &self.foundation.store
    }

    fn methods(&self) -> &'static [&'static MethodMeta] {
        notification_rpc::METHODS
    }

    fn routes(&self, config: &mut ServiceConfig<'_>) {
        http::routes(self, config);
    }

    /// Those that it answers with are the platform's and the customer module's.
    fn problems(&self) -> &'static [ProblemKind] {
        &[]
    }

    fn subscriptions(&self) -> Vec<Dispatcher> {
        self.heard.iter().map(|heard| heard.dispatcher.clone()).collect()
    }

    fn effects(&self) -> Option<Effects> {
        Some(self.effects.clone())
    }

    fn start(&self, workers: &Workers) {
        events::sequencer::start(&self.foundation.store, workers);
        idempotency::start_purge(&self.foundation.store, Arc::clone(&self.foundation.clock), workers);
    }

    fn check<'a>(&'a self, cx: &'a CallCtx) -> BoxFut<'a, Result<Vec<Violation>, StoreError>> {
        Box::pin(self.check_all(cx))
    }
}
