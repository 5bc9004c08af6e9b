use actix_web::{get, patch};
use customer_api::{CustomerId, Profile};
use kernel::permission::{CustomersRead, CustomersWrite};
use platform::Change;
use platform::http::{IfMatch, Keyable, Own, PathSegment, Problem, Problems, Reply, Screened};
use platform::store::{StoreError, Tx};

use super::{Customers, whose};
use crate::profile::ProfilePatch;
use crate::request::profile::ProfilePatchRequest;
use crate::update_profile;

/// Show a customer's profile
///
/// An empty one, of version 0, if nobody has said anything.
#[utoipa::path(tag = "customer", operation_id = "get_profile", security(("bearer" = ["customers:read"])),
    params(("customer" = CustomerId, Path)),
    responses((status = 200, description = "The profile", body = Profile, headers(("ETag" = String))), Problems))]
#[get("/v1/customers/{customer}/profile")]
pub(super) async fn get_profile(
    caller: Own<CustomersRead>,
    customer: PathSegment,
    customers: Customers,
) -> Result<Reply, Problem> {
    let kept = customers.get_profile(&caller.cx, whose(&caller, &customer)?).await?;
    Ok(shown(&kept.profile)?)
}

/// Change a customer's profile
///
/// What is left out stays, null takes a field or a preference away. What changes nothing keeps the version. More than 50
/// preferences are refused: 409 `too-many-preferences`.
#[utoipa::path(tag = "customer", operation_id = "update_profile", security(("bearer" = ["customers:write"])),
    params(("customer" = CustomerId, Path),
        ("If-Match" = Option<String>, Header, description = "The ETag that was read")),
    request_body = ProfilePatchRequest,
    responses(
        (status = 200, description = "The profile after the change", body = Profile, headers(("ETag" = String))),
        Problems))]
#[patch("/v1/customers/{customer}/profile")]
pub(super) async fn update_customer_profile(
    caller: Own<CustomersWrite>,
    customer: PathSegment,
    expected: IfMatch,
    request: Screened<ProfilePatchRequest>,
    customers: Customers,
) -> Result<Reply, Problem> {
    let (customer, cx) = (whose(&caller, &customer)?, caller.cx.clone());
    // Setting what is set already does nothing, so no key is needed.
    let Screened(Keyable { body, .. }) = request;
    let patch = ProfilePatch::from(body);
    let work = async move {
        let work = move |tx: &mut Tx<'_>, change: &Change| {
            update_profile::update_profile(tx, change, customer, &expected, &patch)
        };
        Ok(customers.foundation.answer(&cx, "customer.update_profile", None, work, shown).await?)
    };
    caller.detach(work).await
}

fn shown(profile: &Profile) -> Result<Reply, StoreError> {
    Ok(Reply::ok(profile)?.tagged(profile.version))
}
