//! What callers may ask for. REST bodies are these types; requests of the API become them to be checked, so that
//! both doors have the same rules.

pub(crate) mod profile;

use customer_api::{AddressFields, AddressId, CustomerError, RegisterCustomer};
use garde::{Error, Validate};
use kernel::{ApiError, Token};
use platform::http::rules::{clearable, code, line, optional, present};
use platform::http::{Problem, Screen, card};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::customer::{AddressPatch, CustomerPatch};
use crate::payment_method::NewPaymentMethod;

const LONGEST_EMAIL: usize = 254;
const LONGEST_NAME: usize = 200;
const LONGEST_CITY: usize = 100;
const LONGEST_POSTAL_CODE: usize = 20;
const LONGEST_PHONE: usize = 32;
const LONGEST_GROUP: usize = 64;
const LONGEST_TOKEN: usize = 255;
const LONGEST_BRAND: usize = 32;

/// A customer to be registered.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewCustomer)]
pub(crate) struct CustomerRequest {
    /// Unique without regard to case.
    #[garde(email, custom(line(1, LONGEST_EMAIL)))]
    #[schema(format = "email", max_length = 254, examples("alice@example.com"))]
    email: String,
    #[garde(custom(line(1, LONGEST_NAME)))]
    #[schema(min_length = 1, max_length = 200, pattern = r"^[^\x00-\x1F\x7F-\x9F]*$", examples("Alice"))]
    name: String,
    #[garde(custom(optional(line(1, LONGEST_PHONE))))]
    #[schema(min_length = 1, max_length = 32, pattern = r"^[^\x00-\x1F\x7F-\x9F]*$")]
    phone: Option<String>,
    /// Whom the shop counts the customer among.
    #[garde(custom(optional(code(LONGEST_GROUP))))]
    #[schema(pattern = "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", examples("wholesale"))]
    group: Option<String>,
}

/// What is to change of a customer. What is left out stays.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CustomerPatch)]
pub(crate) struct CustomerPatchRequest {
    #[garde(email, custom(optional(line(1, LONGEST_EMAIL))))]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, format = "email", max_length = 254)]
    email: Option<String>,
    #[garde(custom(optional(line(1, LONGEST_NAME))))]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, min_length = 1, max_length = 200, pattern = r"^[^\x00-\x1F\x7F-\x9F]*$")]
    name: Option<String>,
    /// Null takes it away.
    #[garde(custom(clearable(line(1, LONGEST_PHONE))))]
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 32, pattern = r"^[^\x00-\x1F\x7F-\x9F]*$")]
    phone: Option<Option<String>>,
    /// Null takes it away.
    #[garde(custom(clearable(code(LONGEST_GROUP))))]
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, pattern = "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
    group: Option<Option<String>>,
    /// One of the customer's own addresses. Null takes it away.
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<AddressId>)]
    default_shipping_address_id: Option<Option<AddressId>>,
    /// One of the customer's own addresses. Null takes it away.
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<AddressId>)]
    default_billing_address_id: Option<Option<AddressId>>,
}

/// An address to be added to a customer.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewAddress)]
pub(crate) struct AddressRequest {
    #[garde(custom(line(1, LONGEST_NAME)))]
    #[schema(min_length = 1, max_length = 200, pattern = r"^[^\x00-\x1F\x7F-\x9F]*$", examples("A. Buyer"))]
    name: String,
    #[garde(custom(line(1, LONGEST_NAME)))]
    #[schema(min_length = 1, max_length = 200, pattern = r"^[^\x00-\x1F\x7F-\x9F]*$", examples("1 Main St"))]
    line1: String,
    #[garde(custom(optional(line(0, LONGEST_NAME))))]
    #[schema(max_length = 200, pattern = r"^[^\x00-\x1F\x7F-\x9F]*$")]
    line2: Option<String>,
    #[garde(custom(line(1, LONGEST_CITY)))]
    #[schema(min_length = 1, max_length = 100, pattern = r"^[^\x00-\x1F\x7F-\x9F]*$", examples("Berlin"))]
    city: String,
    #[garde(custom(optional(line(0, LONGEST_CITY))))]
    #[schema(max_length = 100, pattern = r"^[^\x00-\x1F\x7F-\x9F]*$")]
    region: Option<String>,
    /// Empty where there are none.
    #[garde(custom(line(0, LONGEST_POSTAL_CODE)))]
    #[schema(max_length = 20, pattern = r"^[^\x00-\x1F\x7F-\x9F]*$", examples("10115"))]
    postal_code: String,
    /// ISO 3166-1 alpha-2, in upper case.
    #[garde(custom(is_alpha2))]
    #[schema(pattern = "^[A-Z]{2}$", examples("DE"))]
    country: String,
    #[garde(custom(optional(line(1, LONGEST_PHONE))))]
    #[schema(min_length = 1, max_length = 32, pattern = r"^[^\x00-\x1F\x7F-\x9F]*$")]
    phone: Option<String>,
}

/// What is to change of an address. What is left out stays.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AddressPatch)]
pub(crate) struct AddressPatchRequest {
    #[garde(custom(optional(line(1, LONGEST_NAME))))]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, min_length = 1, max_length = 200, pattern = r"^[^\x00-\x1F\x7F-\x9F]*$")]
    name: Option<String>,
    #[garde(custom(optional(line(1, LONGEST_NAME))))]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, min_length = 1, max_length = 200, pattern = r"^[^\x00-\x1F\x7F-\x9F]*$")]
    line1: Option<String>,
    /// Null takes it away.
    #[garde(custom(clearable(line(0, LONGEST_NAME))))]
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 200, pattern = r"^[^\x00-\x1F\x7F-\x9F]*$")]
    line2: Option<Option<String>>,
    #[garde(custom(optional(line(1, LONGEST_CITY))))]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, min_length = 1, max_length = 100, pattern = r"^[^\x00-\x1F\x7F-\x9F]*$")]
    city: Option<String>,
    /// Null takes it away.
    #[garde(custom(clearable(line(0, LONGEST_CITY))))]
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 100, pattern = r"^[^\x00-\x1F\x7F-\x9F]*$")]
    region: Option<Option<String>>,
    #[garde(custom(optional(line(0, LONGEST_POSTAL_CODE))))]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, max_length = 20, pattern = r"^[^\x00-\x1F\x7F-\x9F]*$")]
    postal_code: Option<String>,
    #[garde(custom(optional(is_alpha2)))]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, pattern = "^[A-Z]{2}$")]
    country: Option<String>,
    /// Null takes it away.
    #[garde(custom(clearable(line(1, LONGEST_PHONE))))]
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 32, pattern = r"^[^\x00-\x1F\x7F-\x9F]*$")]
    phone: Option<Option<String>>,
}

/// A means of payment, as the provider named it. A card number is refused in any field.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewPaymentMethod)]
pub(crate) struct PaymentMethodRequest {
    #[garde(custom(code(64)))]
    #[schema(pattern = "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", examples("stripe"))]
    provider: String,
    /// The provider's name for it: visible ASCII.
    #[garde(custom(is_token))]
    #[schema(value_type = String, pattern = r"^[\x21-\x7E]{1,255}$", examples("pm_1N3T00Lk"))]
    token: Token,
    #[garde(custom(line(1, LONGEST_BRAND)))]
    #[schema(min_length = 1, max_length = 32, pattern = r"^[^\x00-\x1F\x7F-\x9F]*$", examples("visa"))]
    brand: String,
    /// The last four digits of the card.
    #[garde(custom(is_four_digits))]
    #[schema(pattern = "^[0-9]{4}$", examples("4242"))]
    last4: String,
    #[garde(range(min = 1, max = 12))]
    #[schema(minimum = 1, maximum = 12, examples(12))]
    exp_month: i32,
    #[garde(range(min = 2000, max = 2100))]
    #[schema(minimum = 2000, maximum = 2100, examples(2030))]
    exp_year: i32,
}

impl Screen for PaymentMethodRequest {
    fn screen(body: &Value) -> Result<(), Problem> {
        card::refuse_in(body)
    }
}

fn is_alpha2(text: &str, (): &()) -> garde::Result {
    let alpha2 = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase());
    if alpha2 { Ok(()) } else { Err(Error::new("use a code of ISO 3166-1 alpha-2, in upper case")) }
}

fn is_token(token: &Token, (): &()) -> garde::Result {
    let visible = token.0.bytes().all(|byte| byte.is_ascii_graphic());
    match token.0.len() {
        1..=LONGEST_TOKEN if visible => Ok(()),
        _ => Err(Error::new(format_args!("use 1 to {LONGEST_TOKEN} visible ASCII characters"))),
    }
}

fn is_four_digits(text: &str, (): &()) -> garde::Result {
    let digits = text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits { Ok(()) } else { Err(Error::new("use four digits")) }
}

impl From<CustomerRequest> for RegisterCustomer {
    fn from(CustomerRequest { email, name, phone, group }: CustomerRequest) -> RegisterCustomer {
        RegisterCustomer { email, name, phone, group }
    }
}

impl From<CustomerPatchRequest> for CustomerPatch {
    fn from(request: CustomerPatchRequest) -> CustomerPatch {
        let CustomerPatchRequest { email, name, phone, group, .. } = request;
        CustomerPatch {
            email,
            name,
            phone,
            group,
            default_shipping_address_id: request.default_shipping_address_id,
            default_billing_address_id: request.default_billing_address_id,
        }
    }
}

impl From<AddressRequest> for AddressFields {
    fn from(request: AddressRequest) -> AddressFields {
        let AddressRequest { name, line1, line2, city, region, postal_code, country, phone } = request;
        AddressFields { name, line1, line2, city, region, postal_code, country, phone }
    }
}

impl From<AddressPatchRequest> for AddressPatch {
    fn from(request: AddressPatchRequest) -> AddressPatch {
        let AddressPatchRequest { name, line1, line2, city, region, postal_code, country, phone } = request;
        AddressPatch { name, line1, line2, city, region, postal_code, country, phone }
    }
}

impl From<PaymentMethodRequest> for NewPaymentMethod {
    fn from(request: PaymentMethodRequest) -> NewPaymentMethod {
        let PaymentMethodRequest { provider, token, brand, last4, exp_month, exp_year } = request;
        NewPaymentMethod { provider, token, brand, last4, exp_month, exp_year }
    }
}

/// Checks a customer that another module asks for.
pub(crate) fn admit_customer(new: &RegisterCustomer) -> Result<(), ApiError<CustomerError>> {
    let RegisterCustomer { email, name, phone, group } = new.clone();
    CustomerRequest { email, name, phone, group }.validate().map_err(breaks)
}

/// Checks an address that another module asks for.
pub(crate) fn admit_address(new: &AddressFields) -> Result<(), ApiError<CustomerError>> {
    let AddressFields { name, line1, line2, city, region, postal_code, country, phone } = new.clone();
    AddressRequest { name, line1, line2, city, region, postal_code, country, phone }
        .validate()
        .map_err(breaks)
}

/// The contract states these rules: a module that breaks them does not know it.
#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn breaks(report: garde::Report) -> ApiError<CustomerError> {
    ApiError::Incompatible(report.to_string())
}

#[cfg(test)]
mod tests {
    use serde::de::DeserializeOwned;
    use serde_json::json;

    use super::*;

    fn fault<T: DeserializeOwned + Validate<Context = ()>>(body: Value) -> Option<String> {
        match serde_json::from_value::<T>(body) {
            Err(_) => Some("schema".to_owned()),
            Ok(request) => {
                request.validate().err().and_then(|report| Some(report.iter().next()?.0.to_string()))
            }
        }
    }

    fn with(mut body: Value, field: &str, value: Value) -> Value {
        body[field] = value;
        body
    }

    fn check<T: DeserializeOwned + Validate<Context = ()>>(good: &Value, bad: &[(&str, Value)]) {
        assert_eq!(fault::<T>(good.clone()), None, "{good}");
        for (field, value) in bad {
            let found = fault::<T>(with(good.clone(), field, value.clone()));
            assert!(
                found.as_deref() == Some(*field) || found.as_deref() == Some("schema"),
                "{field} {value}: {found:?}"
            );
        }
    }

    #[test]
    fn customers() {
        let alice = json!({"email": "Alice@example.com", "name": "Alice", "phone": "+49 30 1"});
        let bad = [
            ("email", json!("alice")),
            ("email", json!("")),
            ("email", json!(format!("{}@example.com", "a".repeat(250)))),
            ("name", json!(" ")),
            ("name", json!("a\tb")),
            ("phone", json!("")),
            ("nick", json!("A")),
        ];
        check::<CustomerRequest>(&alice, &bad);
        check::<CustomerPatchRequest>(
            &json!({}),
            &[("email", json!(null)), ("name", json!(null)), ("name", json!(""))],
        );
        check::<CustomerPatchRequest>(&json!({"phone": null}), &[("phone", json!(""))]);
    }

    #[test]
    fn addresses() {
        let home = json!({"name": "A. Buyer", "line1": "1 Main St", "line2": null, "city": "Berlin", "region": null,
            "postal_code": "10115", "country": "DE", "phone": null});
        let bad = [
            ("country", json!("de")),
            ("country", json!("DEU")),
            ("line1", json!("")),
            ("line1", json!("x".repeat(201))),
            ("city", json!("a\u{0}b")),
            ("id", json!("adr_1")),
        ];
        check::<AddressRequest>(&home, &bad);
        check::<AddressPatchRequest>(
            &json!({"line2": null}),
            &[("country", json!("de")), ("city", json!(null))],
        );
    }

    #[test]
    fn payment_methods() {
        let card = json!({"provider": "stripe", "token": "pm_1N3", "brand": "visa", "last4": "4242",
            "exp_month": 12, "exp_year": 2030});
        let bad = [
            ("last4", json!("424")),
            ("exp_month", json!(13)),
            ("exp_year", json!(30)),
            ("token", json!("a b")),
            ("token", json!("")),
            ("number", json!("1")),
        ];
        check::<PaymentMethodRequest>(&card, &bad);
        assert!(PaymentMethodRequest::screen(&card).is_ok());
        for field in ["provider", "token", "brand", "last4", "number"] {
            let problem =
                PaymentMethodRequest::screen(&with(card.clone(), field, json!("4242 4242 4242 4242")));
            assert_eq!(problem.unwrap_err().code(), "card-number-refused", "{field}");
        }
    }

    #[test]
    fn both_doors_have_the_same_rules() {
        let new = RegisterCustomer { email: "alice".into(), name: "Alice".into(), phone: None, group: None };
        assert!(matches!(admit_customer(&new), Err(ApiError::Incompatible(_))));
        assert!(admit_customer(&RegisterCustomer { email: "a@example.com".into(), ..new }).is_ok());
    }
}
