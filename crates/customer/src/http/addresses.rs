use actix_web::{delete, get, patch, post, web};
use customer_api::{AddAddress, Address, AddressId, CustomerId};
use kernel::permission::{CustomersRead, CustomersWrite};
use kernel::{Needed, Page};
use platform::http::{
    IfMatch, JsonBody, Keyable, Own, Params, PathSegment, Problem, Problems, Reply, page_request, parse_path,
};
use platform::store::{StoreError, Tx};

use super::{Customers, PageParams, whose};
use crate::customer::AddressPatch;
use crate::request::{AddressPatchRequest, AddressRequest};
use crate::{add_address, remove_address, update_address};
use platform::Change;

/// The customer's and the address's.
type TwoSegments = web::Path<(String, String)>;

/// Add an address
///
/// It is held to the rules of its country, which `GET /v1/countries` shows. A country that the shop has disabled is refused
/// with 409 `country-disabled`.
#[utoipa::path(tag = "customer", operation_id = "add_address", security(("bearer" = ["customers:write"])),
    params(("customer" = CustomerId, Path),
        ("Idempotency-Key" = Option<String>, Header, min_length = 16, max_length = 255)),
    request_body = AddressRequest,
    responses(
        (status = 201, description = "The address", body = Address,
            headers(("Location" = String), ("ETag" = String))),
        Problems))]
#[post("/v1/customers/{customer}/addresses")]
pub(super) async fn add_customer_address(
    caller: Own<CustomersWrite>,
    customer: PathSegment,
    request: Keyable<AddressRequest>,
    customers: Customers,
) -> Result<Reply, Problem> {
    let (customer_id, cx) = (whose(&caller, &customer)?, caller.cx.clone());
    let Keyable { body, key } = request;
    let new = AddAddress { customer_id, address: body.into() };
    let work = async move {
        customers.learn_country(&cx, &new.address.country).await?;
        let work = move |tx: &mut Tx<'_>, change: &Change| add_address::add_address(tx, change, &new);
        let created = move |address: &Address| {
            let location = format!("/v1/customers/{customer_id}/addresses/{}", address.id);
            Ok(Reply::created(address)?.at(location).tagged(address.version))
        };
        Ok(customers.foundation.answer(&cx, "customer.add_address", key, work, created).await?)
    };
    caller.detach(work).await
}

/// List a customer's addresses
///
/// Newest first.
#[utoipa::path(tag = "customer", operation_id = "list_addresses", security(("bearer" = ["customers:read"])),
    params(("customer" = CustomerId, Path), PageParams),
    responses((status = 200, description = "A page of addresses", body = Page<Address>), Problems))]
#[get("/v1/customers/{customer}/addresses")]
pub(super) async fn list_addresses(
    caller: Own<CustomersRead>,
    customer: PathSegment,
    params: Params<PageParams>,
    customers: Customers,
) -> Result<Reply, Problem> {
    let id = whose(&caller, &customer)?;
    let page = page_request(params.0.limit, params.0.cursor.as_deref())?;
    Ok(Reply::ok(&customers.list_addresses(&caller.cx, id, page).await?)?)
}

/// Show an address
#[utoipa::path(tag = "customer", operation_id = "get_address", security(("bearer" = ["customers:read"])),
    params(("customer" = CustomerId, Path), ("address" = AddressId, Path)),
    responses((status = 200, description = "The address", body = Address, headers(("ETag" = String))), Problems))]
#[get("/v1/customers/{customer}/addresses/{address}")]
pub(super) async fn get_address(
    caller: Own<CustomersRead>,
    path: TwoSegments,
    customers: Customers,
) -> Result<Reply, Problem> {
    let (customer, id) = ids(&caller, &path)?;
    let address = customers.get_address(&caller.cx, customer, id).await?;
    Ok(shown(&address)?)
}

/// Change an address
///
/// What is left out stays, null takes a field away. What changes nothing keeps the version. A changed country, postal code or
/// region is held to the rules of the country.
#[utoipa::path(tag = "customer", operation_id = "update_address", security(("bearer" = ["customers:write"])),
    params(("customer" = CustomerId, Path), ("address" = AddressId, Path),
        ("If-Match" = Option<String>, Header, description = "The ETag that was read")),
    request_body = AddressPatchRequest,
    responses(
        (status = 200, description = "The address after the change", body = Address, headers(("ETag" = String))),
        Problems))]
#[patch("/v1/customers/{customer}/addresses/{address}")]
pub(super) async fn update_customer_address(
    caller: Own<CustomersWrite>,
    path: TwoSegments,
    expected: IfMatch,
    request: JsonBody<AddressPatchRequest>,
    customers: Customers,
) -> Result<Reply, Problem> {
    let (ids, cx) = (ids(&caller, &path)?, caller.cx.clone());
    let patch = AddressPatch::from(request.0);
    let work = async move {
        customers.learn_country_of(&cx, ids, &patch).await?;
        let work = move |tx: &mut Tx<'_>, change: &Change| {
            update_address::update_address(tx, change, ids, &expected, &patch)
        };
        Ok(customers.foundation.answer(&cx, "customer.update_address", None, work, shown).await?)
    };
    caller.detach(work).await
}

/// Remove an address
///
/// Orders that were sent there keep their copy.
#[utoipa::path(tag = "customer", operation_id = "remove_address", security(("bearer" = ["customers:write"])),
    params(("customer" = CustomerId, Path), ("address" = AddressId, Path),
        ("If-Match" = Option<String>, Header, description = "The ETag that was read")),
    responses((status = 204, description = "It is gone"), Problems))]
#[delete("/v1/customers/{customer}/addresses/{address}")]
pub(super) async fn remove_customer_address(
    caller: Own<CustomersWrite>,
    path: TwoSegments,
    expected: IfMatch,
    customers: Customers,
) -> Result<Reply, Problem> {
    let (ids, cx) = (ids(&caller, &path)?, caller.cx.clone());
    let work = async move {
        let work = move |tx: &mut Tx<'_>, change: &Change| {
            remove_address::remove_address(tx, change, ids, &expected)
        };
        Ok(customers
            .foundation
            .answer(&cx, "customer.remove_address", None, work, |()| Ok(Reply::no_content()))
            .await?)
    };
    caller.detach(work).await
}

fn ids<P: Needed>(
    caller: &Own<P>,
    (customer, address): &(String, String),
) -> Result<(CustomerId, AddressId), Problem> {
    let address = parse_path(address)?;
    Ok((whose(caller, customer)?, address))
}

fn shown(address: &Address) -> Result<Reply, StoreError> {
    Ok(Reply::ok(address)?.tagged(address.version))
}
