//! Asking a provider, outside of every transaction. The intention is written before, the answer after; between the two
//! anything may happen.

use std::time::Duration;

use kernel::CallCtx;
use payment_api::TransactionId;
use platform::bug;
use platform::store::StoreError;
use tracing::Instrument;

use crate::error::Error;
use crate::module::PaymentModule;
use crate::provider::{Answer, Ask, Found, Unclear};
use crate::settle::{self, Asked, Settled};
use crate::transaction::Action;

/// For writing down an answer.
const BUDGET: Duration = Duration::from_secs(5);
/// What is left of the caller's time for the reply.
const FOR_THE_REPLY: Duration = Duration::from_millis(100);
/// A request that did not arrive within this after it was sent never will.
const LATEST_ARRIVAL: Duration = Duration::from_secs(60);
/// The reason of an authorisation that never reached the provider, and that nobody wants any more.
const ABANDONED: &str = "abandoned";

/// How to go on with an open transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Approach {
    /// It was never asked.
    Ask,
    /// It may have been asked: look first, and ask again with the same key if the provider never heard of it.
    LookUp,
}

impl PaymentModule {
    /// Goes on with an open transaction for as long as the caller waits. The work itself is not given up when the
    /// caller leaves; `None` then.
    pub(crate) async fn drive(
        &self,
        cx: &CallCtx,
        asked: Asked,
        approach: Approach,
    ) -> Result<Option<Settled>, Error> {
        let patience = cx.remaining().ok_or(StoreError::Timeout)?.saturating_sub(FOR_THE_REPLY);
        let module = self.clone();
        let work = async move { module.go_on(asked, approach).await };
        let work = self.foundation.store.runtime().spawn(work.in_current_span());
        match tokio::time::timeout(patience, work).await {
            Ok(Ok(settled)) => settled.map(Some),
            Ok(Err(panicked)) => Err(StoreError::Unknown(panicked.to_string()).into()),
            Err(_) => Ok(None),
        }
    }

    /// Asks, settles, and goes on with what follows from that.
    pub(crate) async fn go_on(&self, mut asked: Asked, mut approach: Approach) -> Result<Settled, Error> {
        loop {
            let answer = self.answer(&asked, approach).await;
            if let Err(unclear) = &answer {
                let Asked { payment, transaction } = &asked;
                let action = transaction.action;
                tracing::warn!(payment = %payment.id, ?action, %unclear, "the outcome is not known yet");
            }
            let settled = self.settle(asked.transaction.id, answer).await?;
            let Some(next) = settled.next else { return Ok(settled) };
            (asked, approach) = (Asked { payment: settled.payment, transaction: next }, Approach::Ask);
        }
    }

    async fn answer(&self, asked: &Asked, approach: Approach) -> Result<Answer, Unclear> {
        let Asked { payment, transaction } = asked;
        let provider = self.providers.named(&payment.provider);
        let provider = provider.ok_or_else(|| Unclear(format!("{} is not configured", payment.provider)))?;
        let ask = Ask::of(payment, transaction);
        if approach == Approach::LookUp {
            bug!(AnotherPaymentKey => return provider.ask(&Ask { key: platform::bugs::another_key(&ask.key), ..ask }).await);
            match provider.lookup(&ask).await? {
                Found::Answer(answer) => return Ok(answer),
                Found::Absent if payment.unwanted && transaction.action == Action::Authorise => {
                    return self.abandon(asked);
                }
                Found::Absent => {}
            }
        }
        provider.ask(&ask).await
    }

    /// Nobody wants the authorisation any more and the provider has not heard of it. It is not asked again, but what
    /// was sent may still be on its way.
    fn abandon(&self, Asked { payment, transaction }: &Asked) -> Result<Answer, Unclear> {
        let last_sent = transaction.sent_at.max(payment.updated_at);
        if self.foundation.clock.now().since(last_sent) > LATEST_ARRIVAL {
            Ok(Answer::Refused { reason: ABANDONED.to_owned() })
        } else {
            Err(Unclear("the request may still be on its way".to_owned()))
        }
    }

    async fn settle(&self, id: TransactionId, answer: Result<Answer, Unclear>) -> Result<Settled, Error> {
        let cx = CallCtx::system("payment", BUDGET);
        let (foundation, call) = (self.foundation.clone(), cx.clone());
        self.foundation
            .store
            .write(&cx, "payment.settle", move |tx| {
                settle::settle(tx, &foundation.change(&call), id, &answer)
            })
            .await
    }
}
