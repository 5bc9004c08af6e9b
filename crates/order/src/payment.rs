//! What an order knows of its payment, which another module owns.

use kernel::{Freshness, Money, Timestamp};
use order_api::{OrderStatus, PaymentMethod};
use payment_api::{PaymentStatus, payment_of};
use serde::{Deserialize, Serialize};

use crate::order::Order;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Payment {
    pub method: PaymentMethod,
    pub status: PaymentStatus,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redirect_url: Option<String>,
    /// Where the status is from, if it was heard and not answered.
    #[serde(skip)]
    pub heard: Option<Heard>,
}

/// From which version of the payment something was copied, and when it was so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Heard {
    pub version: i64,
    pub as_of: Timestamp,
    /// How much was ever captured, in minor units.
    pub captured: i64,
}

impl Payment {
    /// Of which nothing is known yet.
    pub(crate) fn new(method: PaymentMethod) -> Payment {
        Payment { method, status: PaymentStatus::Pending, redirect_url: None, heard: None }
    }

    /// Whether its owner has to be asked before the order can be placed, and is still to decide.
    pub(crate) fn is_open(&self) -> bool {
        let undecided = [PaymentStatus::Pending, PaymentStatus::RequiresAction, PaymentStatus::Unknown];
        self.method == PaymentMethod::Card && undecided.contains(&self.status)
    }

    /// Whether so much was captured, whatever has gone back since. What costs nothing is paid for.
    pub(crate) fn covers(&self, total: Money) -> bool {
        self.heard.map_or(0, |heard| heard.captured) >= total.minor()
    }

    /// It stands so, and asks nothing of the customer any more.
    pub(crate) fn settle(&mut self, status: PaymentStatus) {
        self.status = status;
        self.redirect_url = None;
    }

    /// Its order is rejected. One that people see to was never opened.
    pub(crate) fn will_not_be(&mut self, declined: bool) {
        if self.method == PaymentMethod::Card {
            self.settle(if declined { PaymentStatus::Declined } else { PaymentStatus::Voided });
        }
    }

    fn exists(&self, order: &Order) -> bool {
        let opened_by_placing = self.method != PaymentMethod::Card;
        let never_opened =
            opened_by_placing && matches!(order.kind(), OrderStatus::NeedsReview | OrderStatus::Rejected);
        order.total.minor() > 0 && !never_opened
    }

    /// As others may see it.
    pub(crate) fn view(&self, of: &Order) -> order_api::Payment {
        order_api::Payment {
            id: self.exists(of).then(|| payment_of(of.id).to_string()),
            method: self.method,
            status: self.status.name().to_owned(),
            redirect_url: self.redirect_url.clone(),
            freshness: self.heard.map(|heard| Freshness {
                source: "payment".to_owned(),
                source_version: heard.version,
                as_of: heard.as_of,
            }),
        }
    }
}
