//! Means of payment, as a provider names them to us.

use customer_api::PaymentMethodId;
use kernel::{Ids, Timestamp, Token};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What is known of a means of payment before it has an id.
#[derive(Clone, Debug)]
pub(crate) struct NewPaymentMethod {
    pub provider: String,
    pub token: Token,
    pub brand: String,
    pub last4: String,
    pub exp_month: i32,
    pub exp_year: i32,
}

/// A means of payment that a provider keeps for a customer. It never changes: another card is another one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct PaymentMethod {
    pub id: PaymentMethodId,
    /// Such as `stripe`.
    pub provider: String,
    /// The provider's name for it.
    #[schema(value_type = String)]
    pub token: Token,
    /// Such as `visa`.
    pub brand: String,
    /// The last four digits of the card.
    #[schema(pattern = "^[0-9]{4}$")]
    pub last4: String,
    pub exp_month: i32,
    pub exp_year: i32,
    pub version: i64,
    pub created_at: Timestamp,
}

pub(crate) fn create(new: &NewPaymentMethod, ids: &Ids, now: Timestamp) -> PaymentMethod {
    let NewPaymentMethod { provider, token, brand, last4, exp_month, exp_year } = new.clone();
    PaymentMethod {
        id: ids.next(now),
        provider,
        token,
        brand,
        last4,
        exp_month,
        exp_year,
        version: 1,
        created_at: now,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_is_in_replies_and_in_no_log() {
        let new = NewPaymentMethod {
            provider: "stripe".into(),
            token: Token("pm_secret".into()),
            brand: "visa".into(),
            last4: "4242".into(),
            exp_month: 12,
            exp_year: 2030,
        };
        let method = create(&new, &Ids::new(), Timestamp::from_micros(0));
        assert!(!format!("{new:?} {method:?}").contains("pm_secret"));
        assert_eq!(serde_json::to_value(&method).unwrap()["token"], "pm_secret");
    }
}
