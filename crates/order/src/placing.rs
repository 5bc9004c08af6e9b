//! The saga of placing an order: what it knows, and how it is taken up by somebody else.

use std::sync::Arc;

use kernel::{BoxFut, CallCtx, Token};
use order_api::OrderKind;
use platform::http::Problem;
use platform::idempotency::Record;
use platform::saga::{Hold, Progress, Saga, Setback, Taken};
use platform::store::{StoreError, Tx};
use platform::{Change, Foundation};
use serde::{Deserialize, Serialize};

use crate::error;
use crate::module::OrderModule;
use crate::order::Order;
use crate::steps;

/// A pending order, and who waits for its outcome.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Pending {
    pub order: Order,
    pub origin: Origin,
    /// What its payment takes, where it must be authorised before the order is placed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card: Option<Card>,
}

/// The request behind an order: what its outcome is stored under.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Origin {
    pub record: Record,
    pub request_id: String,
    /// It has had its reply: 202, as the payment was still open.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub answered: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Card {
    pub token: Token,
    pub return_url: Option<String>,
}

/// A pending order that is ours to go on with.
#[derive(Clone, Debug)]
pub(crate) struct Mine {
    pub hold: Hold,
    pub pending: Arc<Pending>,
}

fn setback(problem: &Problem) -> Setback {
    let why = match problem.cause() {
        Some(cause) => format!("{problem}: {cause}"),
        None => problem.to_string(),
    };
    if problem.is_outage() { Setback::Outage(why) } else { Setback::Failed(why) }
}

/// The saga, as the platform's runner drives it.
#[derive(Clone)]
pub(crate) struct Placing(pub OrderModule);

impl Saga for Placing {
    const NAME: &'static str = "order.place";
    type Kind = OrderKind;
    type Data = Pending;

    fn foundation(&self) -> &Foundation {
        &self.0.foundation
    }

    fn resume<'a>(
        &'a self,
        cx: &'a CallCtx,
        Taken { hold, data }: Taken<Pending>,
    ) -> BoxFut<'a, Result<Progress, Setback>> {
        Box::pin(async move {
            let mine = Mine { hold, pending: Arc::new(data) };
            match self.0.drive(cx, &mine).await {
                Ok(driven) => Ok(driven.progress),
                Err(problem) => Err(setback(&problem)),
            }
        })
    }

    /// The order is rejected, which those who did something for it hear.
    fn give_up(
        &self,
        tx: &mut Tx<'_>,
        change: &Change,
        Taken { hold, data }: Taken<Pending>,
        note: &str,
    ) -> Result<(), StoreError> {
        let mine = Mine { hold, pending: Arc::new(data) };
        steps::reject(tx, change, mine, Problem::new(&error::ORDER_GIVEN_UP, note))
    }
}
