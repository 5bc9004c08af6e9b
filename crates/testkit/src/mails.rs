use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use kernel::{Clock, ManualClock};
use serde_json::Value;
use testkit_mail::{Mail, MailServer};
use tokio::sync::Mutex;

use crate::engine::{Curtain, Stage};
use crate::shop::{START, Terms};
use crate::{Engine, TestOrder, TestShop};

/// A shop that sends its mails to a server that the test commands.
#[derive(Clone)]
pub struct MailShop {
    shop: TestShop,
    /// `None` while it is away.
    server: Arc<Mutex<Option<MailServer>>>,
    address: std::net::SocketAddr,
}

impl MailShop {
    async fn open(engine: Engine) -> MailShop {
        let server = MailServer::start().await;
        let address = server.address();
        let notification = app::NotificationConfig {
            smtp_url: Some(format!("smtp://{address}")),
            from: "Lamps & Co <orders@lamps.example>".to_owned(),
            shop_email: Some("keeper@lamps.example".to_owned()),
            ..app::NotificationConfig::default()
        };
        let clock = Arc::new(ManualClock::new(START.parse().unwrap()));
        let terms = Terms { notification, ..Terms::default() };
        let shop = TestShop::open_with(engine, clock, terms).await;
        MailShop { shop, server: Arc::new(Mutex::new(Some(server))), address }
    }

    /// Mails that were accepted, once there are so many.
    ///
    /// # Panics
    /// When there never are, or the server is away.
    pub async fn mails(&self, many: usize) -> Vec<Mail> {
        let server = self.server.lock().await;
        server.as_ref().expect("the mail server is there").accepts(many).await
    }

    /// # Panics
    /// When the server is away.
    pub async fn refuse(&self, code: u16, times: u32) {
        self.server.lock().await.as_ref().expect("the mail server is there").refuse(code, times);
    }

    /// The mail server goes away.
    pub async fn leave(&self) {
        *self.server.lock().await = None;
    }

    /// The mail server is there again, on the same address, with nothing in it.
    pub async fn come_back(&self) {
        *self.server.lock().await = Some(MailServer::start_at(self.address).await);
    }

    /// Until nothing is under way: what is not sent yet is for later. A clock that is turned sooner overtakes attempts, which
    /// are then made twice.
    ///
    /// # Panics
    /// When that never comes.
    pub async fn quiet(&self) {
        let looking = async {
            let now = self.shop.clock().now().to_string();
            let later =
                |message: &Value| message["next_attempt_at"].as_str().is_some_and(|at| at > now.as_str());
            while !self.shop.all("/v1/messages?status=queued").await.iter().all(later) {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), looking).await.expect("it gets quiet");
    }

    /// The messages about an order, once all of them stand so.
    ///
    /// # Panics
    /// When they never do.
    pub async fn messages(&self, order: &TestOrder, statuses: &[&str]) -> Vec<Value> {
        let path = format!("/v1/messages?order_id={}", order.id);
        let looking = async {
            loop {
                let found = self.shop.all(&path).await;
                if found.iter().map(|message| &message["status"]).eq(statuses) {
                    return found;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        let found = tokio::time::timeout(Duration::from_secs(30), looking).await;
        match found {
            Ok(found) => found,
            Err(_) => panic!("not {statuses:?}: {:#?}", self.shop.all(&path).await),
        }
    }
}

impl Deref for MailShop {
    type Target = TestShop;

    fn deref(&self) -> &TestShop {
        &self.shop
    }
}

impl Stage for MailShop {
    async fn raise(engine: Engine) -> (MailShop, Curtain) {
        let shop = MailShop::open(engine).await;
        (shop.clone(), Box::pin(async move { shop.finish().await }))
    }
}
