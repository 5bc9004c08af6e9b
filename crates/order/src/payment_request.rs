//! How an order is to be paid, as a request says it.

use customer_api::PaymentMethodId;
use garde::Validate;
use kernel::Token;
use order_api::{Card, Means, PaymentMethod};
use platform::http::{FieldError, Problem, card, kinds};
use serde::Deserialize;
use utoipa::ToSchema;

const LONGEST_TOKEN: usize = 255;
const LONGEST_URL: usize = 2_000;

/// A card is named by the customer's payment method or by the gateway's token, one of the two. No field takes a card
/// number.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPayment {
    #[garde(skip)]
    method: PaymentMethod,
    /// One of the customer's own.
    #[garde(skip)]
    payment_method_id: Option<PaymentMethodId>,
    /// What the gateway calls the card.
    #[garde(inner(custom(is_token)))]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 255)]
    token: Option<Token>,
    /// Where the gateway sends the customer after authentication.
    #[garde(inner(custom(is_url)))]
    #[schema(max_length = 2_000)]
    return_url: Option<String>,
}

impl NewPayment {
    /// # Errors
    /// 422, when the fields do not belong together, or carry a card number.
    pub(crate) fn means(self) -> Result<Means, Problem> {
        let texts = [self.token.as_ref().map(|token| token.0.as_str()), self.return_url.as_deref()];
        if texts.into_iter().flatten().any(card::is_in_text) {
            return Err(Problem::of(&kinds::CARD_NUMBER_REFUSED));
        }
        let NewPayment { method, payment_method_id, token, return_url } = self;
        match (method, payment_method_id, token) {
            (PaymentMethod::Card, Some(kept), None) => Ok(Means::Card { card: Card::Kept(kept), return_url }),
            (PaymentMethod::Card, None, Some(token)) => {
                Ok(Means::Card { card: Card::Token(token), return_url })
            }
            (PaymentMethod::Card, _, _) => Err(unfit("a card is named by payment_method_id or by token")),
            (PaymentMethod::Invoice, None, None) if return_url.is_none() => Ok(Means::Invoice),
            (PaymentMethod::Manual, None, None) if return_url.is_none() => Ok(Means::Manual),
            _ => Err(unfit("payment_method_id, token and return_url are for cards")),
        }
    }
}

fn unfit(detail: &str) -> Problem {
    Problem::of(&kinds::VALIDATION).errors([FieldError::new("/payment", "invalid").detail(detail)])
}

fn is_token(token: &Token, (): &()) -> garde::Result {
    // Refused by `means`, by its own name.
    if card::is_in_text(&token.0) {
        return Ok(());
    }
    let visible = token.0.bytes().all(|byte| byte.is_ascii_graphic());
    if visible && (1..=LONGEST_TOKEN).contains(&token.0.len()) {
        Ok(())
    } else {
        Err(garde::Error::new("must be 1 to 255 visible ASCII characters"))
    }
}

fn is_url(url: &str, (): &()) -> garde::Result {
    let visible = url.bytes().all(|byte| byte.is_ascii_graphic());
    let web = url.starts_with("https://") || url.starts_with("http://");
    if visible && web && url.len() <= LONGEST_URL {
        Ok(())
    } else {
        Err(garde::Error::new("must be an http or https URL of at most 2,000 characters"))
    }
}
