use actix_web::{get, patch, post};
use customer_api::{Customer, CustomerId, CustomerKind, RegisterCustomer};
use kernel::Page;
use kernel::permission::{CustomersRead, CustomersWrite};
use platform::http::{
    IfMatch, JsonBody, Keyable, May, Own, Params, PathSegment, Problem, Problems, Reply, kinds, page_request,
};
use platform::store::{StoreError, Tx};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{Customers, whose};
use crate::customer::CustomerPatch;
use crate::request::{CustomerPatchRequest, CustomerRequest};
use crate::{register, update};
use platform::Change;

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct CustomerParams {
    /// The customer that has this email, in any case.
    email: Option<String>,
    /// Customers on a page.
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Register a customer
///
/// A taken email is refused: 409 `email-taken`.
#[utoipa::path(tag = "customer", operation_id = "register_customer", security(("bearer" = ["customers:write"])),
    params(("Idempotency-Key" = Option<String>, Header, min_length = 16, max_length = 255)),
    request_body = CustomerRequest,
    responses(
        (status = 201, description = "The customer", body = Customer,
            headers(("Location" = String), ("ETag" = String))),
        Problems))]
#[post("/v1/customers")]
pub(super) async fn register_customer(
    caller: May<CustomersWrite>,
    request: Keyable<CustomerRequest>,
    customers: Customers,
) -> Result<Reply, Problem> {
    let (Keyable { body, key }, cx) = (request, caller.cx.clone());
    let new = RegisterCustomer::from(body);
    let work = async move {
        let work = move |tx: &mut Tx<'_>, change: &Change| register::register(tx, change, &new);
        Ok(customers.foundation.answer(&cx, "customer.register", key, work, created).await?)
    };
    caller.detach(work).await
}

/// List customers
///
/// Newest first.
#[utoipa::path(tag = "customer", operation_id = "list_customers", security(("bearer" = ["customers:read"])),
    params(CustomerParams),
    responses((status = 200, description = "A page of customers", body = Page<Customer>), Problems))]
#[get("/v1/customers")]
pub(super) async fn list_customers(
    caller: May<CustomersRead>,
    params: Params<CustomerParams>,
    customers: Customers,
) -> Result<Reply, Problem> {
    let CustomerParams { email, limit, cursor } = params.0;
    let page = page_request(limit, cursor.as_deref())?;
    Ok(Reply::ok(&customers.list(&caller.cx, email, page).await?)?)
}

/// Show a customer
#[utoipa::path(tag = "customer", operation_id = "get_customer", security(("bearer" = ["customers:read"])),
    params(("customer" = CustomerId, Path)),
    responses((status = 200, description = "The customer", body = Customer, headers(("ETag" = String))), Problems))]
#[get("/v1/customers/{customer}")]
pub(super) async fn get_customer(
    caller: Own<CustomersRead>,
    customer: PathSegment,
    customers: Customers,
) -> Result<Reply, Problem> {
    let customer = customers.get(&caller.cx, whose(&caller, &customer)?).await?;
    Ok(shown(&customer)?)
}

/// Change a customer
///
/// What is left out stays, null takes the phone, the group or a default address away. What changes nothing keeps the
/// version. A taken email is refused: 409 `email-taken`; so is a default address that is not the customer's own: 409
/// `unknown-address`. Customers change their own name, phone and default addresses; email and group are the shop's to change:
/// 403 otherwise.
#[utoipa::path(tag = "customer", operation_id = "update_customer", security(("bearer" = ["customers:write"])),
    params(("customer" = CustomerId, Path),
        ("If-Match" = Option<String>, Header, description = "The ETag that was read")),
    request_body = CustomerPatchRequest,
    responses(
        (status = 200, description = "The customer after the change", body = Customer, headers(("ETag" = String))),
        Problems))]
#[patch("/v1/customers/{customer}")]
pub(super) async fn update_customer(
    caller: Own<CustomersWrite>,
    customer: PathSegment,
    expected: IfMatch,
    request: JsonBody<CustomerPatchRequest>,
    customers: Customers,
) -> Result<Reply, Problem> {
    let (id, cx) = (whose(&caller, &customer)?, caller.cx.clone());
    let patch = CustomerPatch::from(request.0);
    if caller.only::<CustomerKind>().is_some() && patch.is_the_shops() {
        return Err(Problem::new(
            &kinds::FORBIDDEN,
            "the email and the group of a customer are the shop's to change",
        ));
    }
    let work = async move {
        let work = move |tx: &mut Tx<'_>, change: &Change| {
            update::update_customer(tx, change, id, &expected, &patch)
        };
        Ok(customers.foundation.answer(&cx, "customer.update", None, work, shown).await?)
    };
    caller.detach(work).await
}

fn shown(customer: &Customer) -> Result<Reply, StoreError> {
    Ok(Reply::ok(customer)?.tagged(customer.version))
}

fn created(customer: &Customer) -> Result<Reply, StoreError> {
    Ok(Reply::created(customer)?.at(format!("/v1/customers/{}", customer.id)).tagged(customer.version))
}
