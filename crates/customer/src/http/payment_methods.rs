use actix_web::{delete, get, post, web};
use customer_api::{CustomerId, PaymentMethodId};
use kernel::permission::{CustomersRead, CustomersWrite};
use kernel::{Needed, Page};
use platform::http::{
    IfMatch, Keyable, Own, Params, PathSegment, Problem, Problems, Reply, Screened, page_request, parse_path,
};
use platform::store::Tx;

use super::{Customers, PageParams, whose};
use crate::payment_method::{NewPaymentMethod, PaymentMethod};
use crate::request::PaymentMethodRequest;
use crate::{add_payment_method, remove_payment_method};
use platform::Change;

/// The customer's and the payment method's.
type TwoSegments = web::Path<(String, String)>;

/// Add a payment method
///
/// As the payment provider named it. A card number in any field is refused: 422 `card-number-refused`.
#[utoipa::path(tag = "customer", operation_id = "add_payment_method", security(("bearer" = ["customers:write"])),
    params(("customer" = CustomerId, Path),
        ("Idempotency-Key" = Option<String>, Header, min_length = 16, max_length = 255)),
    request_body = PaymentMethodRequest,
    responses(
        (status = 201, description = "The payment method", body = PaymentMethod,
            headers(("Location" = String), ("ETag" = String))),
        Problems))]
#[post("/v1/customers/{customer}/payment-methods")]
pub(super) async fn add_customer_payment_method(
    caller: Own<CustomersWrite>,
    customer: PathSegment,
    request: Screened<PaymentMethodRequest>,
    customers: Customers,
) -> Result<Reply, Problem> {
    let (customer, cx) = (whose(&caller, &customer)?, caller.cx.clone());
    let Screened(Keyable { body, key }) = request;
    let new = NewPaymentMethod::from(body);
    let work = async move {
        let work = move |tx: &mut Tx<'_>, change: &Change| {
            add_payment_method::add_payment_method(tx, change, customer, &new)
        };
        let created = move |method: &PaymentMethod| {
            let location = format!("/v1/customers/{customer}/payment-methods/{}", method.id);
            Ok(Reply::created(method)?.at(location).tagged(method.version))
        };
        Ok(customers.foundation.answer(&cx, "customer.add_payment_method", key, work, created).await?)
    };
    caller.detach(work).await
}

/// List a customer's payment methods
///
/// Newest first.
#[utoipa::path(tag = "customer", operation_id = "list_payment_methods", security(("bearer" = ["customers:read"])),
    params(("customer" = CustomerId, Path), PageParams),
    responses((status = 200, description = "A page of payment methods", body = Page<PaymentMethod>), Problems))]
#[get("/v1/customers/{customer}/payment-methods")]
pub(super) async fn list_payment_methods(
    caller: Own<CustomersRead>,
    customer: PathSegment,
    params: Params<PageParams>,
    customers: Customers,
) -> Result<Reply, Problem> {
    let id = whose(&caller, &customer)?;
    let page = page_request(params.0.limit, params.0.cursor.as_deref())?;
    Ok(Reply::ok(&customers.list_payment_methods(&caller.cx, id, page).await?)?)
}

/// Show a payment method
#[utoipa::path(tag = "customer", operation_id = "get_payment_method", security(("bearer" = ["customers:read"])),
    params(("customer" = CustomerId, Path), ("payment_method" = PaymentMethodId, Path)),
    responses(
        (status = 200, description = "The payment method", body = PaymentMethod, headers(("ETag" = String))),
        Problems))]
#[get("/v1/customers/{customer}/payment-methods/{payment_method}")]
pub(super) async fn get_payment_method(
    caller: Own<CustomersRead>,
    path: TwoSegments,
    customers: Customers,
) -> Result<Reply, Problem> {
    let (customer, id) = ids(&caller, &path)?;
    let method = customers.get_payment_method(&caller.cx, customer, id).await?;
    Ok(Reply::ok(&method)?.tagged(method.version))
}

/// Remove a payment method
#[utoipa::path(tag = "customer", operation_id = "remove_payment_method", security(("bearer" = ["customers:write"])),
    params(("customer" = CustomerId, Path), ("payment_method" = PaymentMethodId, Path),
        ("If-Match" = Option<String>, Header, description = "The ETag that was read")),
    responses((status = 204, description = "It is gone"), Problems))]
#[delete("/v1/customers/{customer}/payment-methods/{payment_method}")]
pub(super) async fn remove_customer_payment_method(
    caller: Own<CustomersWrite>,
    path: TwoSegments,
    expected: IfMatch,
    customers: Customers,
) -> Result<Reply, Problem> {
    let (ids, cx) = (ids(&caller, &path)?, caller.cx.clone());
    let work = async move {
        let work = move |tx: &mut Tx<'_>, change: &Change| {
            remove_payment_method::remove_payment_method(tx, change, ids, &expected)
        };
        Ok(customers
            .foundation
            .answer(&cx, "customer.remove_payment_method", None, work, |()| Ok(Reply::no_content()))
            .await?)
    };
    caller.detach(work).await
}

fn ids<P: Needed>(
    caller: &Own<P>,
    (customer, method): &(String, String),
) -> Result<(CustomerId, PaymentMethodId), Problem> {
    let method = parse_path(method)?;
    Ok((whose(caller, customer)?, method))
}
