//! Telling the merchant, and vouching for it.

use std::sync::Arc;
use std::time::Duration;

use hmac::{Hmac, Mac};
use kernel::Clock;
use sha2::Sha256;

use crate::behaviour::Webhooks;
use crate::book::Event;

const ATTEMPTS: u32 = 5;
const PAUSE: Duration = Duration::from_millis(500);

/// Where events go, and the secret that signs them.
#[derive(Clone)]
pub struct Hook {
    pub url: Option<String>,
    pub secret: String,
}

#[derive(Clone)]
pub(crate) struct Sender {
    hook: Hook,
    clock: Arc<dyn Clock>,
    client: reqwest::Client,
}

impl Sender {
    pub(crate) fn new(hook: Hook, clock: Arc<dyn Clock>) -> Sender {
        Sender { hook, clock, client: reqwest::Client::new() }
    }

    /// Value of `Gateway-Signature` for a body that is sent now.
    pub(crate) fn sign(&self, body: &str) -> String {
        let seconds = self.clock.now().micros() / 1_000_000;
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.hook.secret.as_bytes()) else {
            return String::new();
        };
        mac.update(format!("{seconds}.{body}").as_bytes());
        format!("t={seconds},v1={}", hex::encode(mac.finalize().into_bytes()))
    }

    /// In the background; `held` is an event that waits to be overtaken.
    pub(crate) fn send(&self, events: Vec<Event>, mode: Webhooks, held: &mut Option<Event>) {
        for event in events {
            match mode {
                Webhooks::Drop => {}
                Webhooks::Normal => self.post(vec![event]),
                Webhooks::Duplicate => self.post(vec![event.clone(), event]),
                Webhooks::Reorder => match held.take() {
                    Some(earlier) => self.post(vec![event, earlier]),
                    None => *held = Some(event),
                },
            }
        }
    }

    /// One after the other.
    fn post(&self, events: Vec<Event>) {
        let Some(url) = self.hook.url.clone() else { return };
        let sender = self.clone();
        tokio::spawn(async move {
            for event in events {
                sender.deliver(&url, &event).await;
            }
        });
    }

    async fn deliver(&self, url: &str, event: &Event) {
        for _ in 0..ATTEMPTS {
            let request = self.client.post(url).header("Content-Type", "application/json");
            let request = request.header("Gateway-Signature", self.sign(&event.body));
            match request.body(event.body.clone()).send().await {
                Ok(reply) if reply.status().is_success() => return,
                Ok(reply) => tracing::warn!(event = event.id, status = reply.status().as_u16(), "refused"),
                Err(error) => tracing::warn!(event = event.id, %error, "not delivered"),
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}
