//! REST rows: customers, their addresses, their payment methods, their profiles.

mod addresses;
mod customers;
mod payment_methods;
mod picture;
mod profile;

use actix_web::web;
use customer_api::CustomerId;
use kernel::Needed;
use platform::http::{Own, Problem, parse_path};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::error::Error;
use crate::module::CustomerModule;

type Customers = web::Data<CustomerModule>;

pub(crate) fn routes(module: &CustomerModule, config: &mut ServiceConfig<'_>) {
    config
        .app_data(web::Data::new(module.clone()))
        .service(customers::register_customer)
        .service(customers::list_customers)
        .service(customers::get_customer)
        .service(customers::update_customer)
        .service(addresses::add_customer_address)
        .service(addresses::list_addresses)
        .service(addresses::get_address)
        .service(addresses::update_customer_address)
        .service(addresses::remove_customer_address)
        .service(payment_methods::add_customer_payment_method)
        .service(payment_methods::list_payment_methods)
        .service(payment_methods::get_payment_method)
        .service(payment_methods::remove_customer_payment_method)
        .service(profile::get_profile)
        .service(profile::update_customer_profile)
        .service(picture::put_profile_picture)
        .service(picture::get_profile_picture)
        .service(picture::remove_profile_picture);
}

/// Whose rows are asked for. To a customer, another one's are as good as absent.
fn whose<P: Needed>(caller: &Own<P>, segment: &str) -> Result<CustomerId, Problem> {
    let id = parse_path(segment)?;
    if caller.includes(id) { Ok(id) } else { Err(Error::CustomerNotFound(id).into()) }
}

/// Of the lists under a customer.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct PageParams {
    /// Rows on a page.
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}
