//! Events of a provider. They are a reason to look, and nothing is believed of what they say: so it does not matter in
//! which order they come, how often, or whether at all.

use kernel::CallCtx;
use payment_api::TransactionId;
use platform::http::Problem;
use platform::store::{StoreError, Tx};

use crate::error::{WEBHOOK_REFUSED, WEBHOOK_UNKNOWN};
use crate::module::PaymentModule;
use crate::provider::{Notice, Unheard};
use crate::store::{transactions, webhooks};

impl PaymentModule {
    /// Returns once the event is noted: the provider may forget it then.
    pub(crate) async fn hear(
        &self,
        cx: &CallCtx,
        provider: &str,
        signature: Option<&str>,
        body: &[u8],
    ) -> Result<(), Problem> {
        let provider = self.providers.named(provider).ok_or_else(|| Problem::of(&WEBHOOK_UNKNOWN))?;
        let notice = provider.hear(signature, body, self.now()).map_err(|unheard| match unheard {
            Unheard::NoWebhooks => Problem::of(&WEBHOOK_UNKNOWN),
            Unheard::BadSignature => Problem::of(&WEBHOOK_REFUSED).caused_by("the signature does not fit"),
            Unheard::Malformed => Problem::of(&WEBHOOK_REFUSED).caused_by("the event cannot be read"),
        })?;
        let (name, now) = (provider.name(), self.now());
        let woken = self.foundation.store.write(cx, "payment.hear", move |tx| {
            if !webhooks::note(tx, name, &notice.event_id, &notice.event_type, now)? {
                return Ok(0);
            }
            match payment_of(tx, name, &notice)? {
                Some(payment) => transactions::wake(tx, payment, now),
                None => Ok(0),
            }
        });
        let woken: Result<usize, StoreError> = woken.await;
        if woken? > 0 {
            self.bell.notify_one();
        }
        Ok(())
    }
}

/// By the key that we asked with, as a reference may not have reached us yet; else by the reference.
fn payment_of(
    tx: &mut Tx<'_>,
    provider: &str,
    notice: &Notice,
) -> Result<Option<payment_api::PaymentId>, StoreError> {
    let key = notice.key.as_ref().and_then(|key| key.parse::<TransactionId>().ok());
    if let Some(key) = key
        && let Some(payment) = transactions::payment_of(tx, key)?
    {
        return Ok(Some(payment));
    }
    match &notice.reference {
        Some(reference) => transactions::payment_by_reference(tx, provider, reference),
        None => Ok(None),
    }
}
