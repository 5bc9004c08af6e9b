//! REST rows: categories, countries, currencies, tax categories.

mod categories;
mod countries;
mod currencies;
mod tax_categories;

use std::str::FromStr;

use actix_web::web;
use platform::http::{FieldError, Problem, kinds};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::module::ReferenceModule;
use crate::show::{is_alpha2, is_code};

type Reference = web::Data<ReferenceModule>;

pub(crate) fn routes(module: &ReferenceModule, config: &mut ServiceConfig<'_>) {
    config
        .app_data(web::Data::new(module.clone()))
        .service(categories::list_categories)
        .service(categories::create_new_category)
        .service(categories::get_category)
        .service(categories::change_category)
        .service(categories::delete_category)
        .service(countries::list_countries)
        .service(countries::get_country)
        .service(countries::change_country)
        .service(currencies::list_currencies)
        .service(tax_categories::list_tax_categories)
        .service(tax_categories::create_new_tax_category)
        .service(tax_categories::get_tax_category)
        .service(tax_categories::change_tax_category);
}

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

/// The cursor points at what never was in the list.
fn no_cursor() -> Problem {
    let cursor = FieldError::new("cursor", "parameter").detail("not a cursor of this list");
    Problem::of(&kinds::VALIDATION).errors([cursor])
}

/// A place in a list that is in the order of its codes.
struct AfterCode(String);

/// A place in the list of countries.
struct AfterAlpha2(String);

impl FromStr for AfterCode {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<AfterCode, &'static str> {
        if is_code(text) { Ok(AfterCode(text.to_owned())) } else { Err("no code") }
    }
}

impl FromStr for AfterAlpha2 {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<AfterAlpha2, &'static str> {
        if is_alpha2(text) { Ok(AfterAlpha2(text.to_owned())) } else { Err("no code") }
    }
}
