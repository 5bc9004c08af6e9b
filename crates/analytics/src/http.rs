//! REST rows: the reports, as JSON or as CSV.

use actix_web::{Either, HttpResponse, get, web};
use analytics_api::{By, Day, Days, FindProducts, FindSales, MOST_PRODUCTS, ProductsReport, SalesReport};
use kernel::Timestamp;
use kernel::permission::ReportsRead;
use platform::http::{May, Params, Problem, Problems, Reply};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::csv;
use crate::error::parameter;
use crate::module::AnalyticsModule;

const USUAL_PRODUCTS: u32 = 20;

/// How a report is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ReportFormat)]
pub(crate) enum Format {
    #[default]
    Json,
    /// RFC 4180, with amounts in minor units; `as_of` and `lag_events` are in the headers `Holdfast-As-Of` and
    /// `Holdfast-Lag-Events`.
    Csv,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct SalesParams {
    /// The first day, in UTC.
    #[param(value_type = Day)]
    from: Day,
    /// The last day; a report covers 1,827 days at most.
    #[param(value_type = Day)]
    to: Day,
    /// What a row stands for; `day` if left out.
    by: Option<By>,
    /// `json` if left out.
    format: Option<Format>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ProductsParams {
    /// The first day, in UTC.
    #[param(value_type = Day)]
    from: Day,
    /// The last day; a report covers 1,827 days at most.
    #[param(value_type = Day)]
    to: Day,
    /// Rows of the report.
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<u32>,
    /// `json` if left out.
    format: Option<Format>,
}

type Reports = web::Data<AnalyticsModule>;
type Report = Result<Either<Reply, HttpResponse>, Problem>;

/// What was sold
///
/// Orders that stand, placed and not cancelled, on the UTC day on which they were placed, per key and currency. With
/// `format=csv` it is a table for spreadsheets.
#[utoipa::path(tag = "analytics", operation_id = "report_sales", security(("bearer" = ["reports:read"])), params(SalesParams),
    responses(
        (status = 200, description = "The report", content((SalesReport = "application/json"), (String = "text/csv"))),
        Problems))]
#[get("/v1/reports/sales")]
async fn report_sales(caller: May<ReportsRead>, params: Params<SalesParams>, reports: Reports) -> Report {
    let SalesParams { from, to, by, format } = params.0;
    let find = FindSales { days: Days { from, to }, by: by.unwrap_or_default() };
    let report = reports.find_sales(&caller.cx, find).await?;
    match format.unwrap_or_default() {
        Format::Json => Ok(Either::Left(Reply::ok(&report)?)),
        Format::Csv => Ok(Either::Right(table(csv::sales(&report.data), report.as_of, report.lag_events))),
    }
}

/// What was sold most
///
/// SKUs by units sold, per currency, with what the catalog calls them by now.
#[utoipa::path(tag = "analytics", operation_id = "report_products", security(("bearer" = ["reports:read"])), params(ProductsParams),
    responses(
        (status = 200, description = "The report", content((ProductsReport = "application/json"), (String = "text/csv"))),
        Problems))]
#[get("/v1/reports/products")]
async fn report_products(
    caller: May<ReportsRead>,
    params: Params<ProductsParams>,
    reports: Reports,
) -> Report {
    let ProductsParams { from, to, limit, format } = params.0;
    let limit = limit.unwrap_or(USUAL_PRODUCTS);
    if !(1..=MOST_PRODUCTS).contains(&limit) {
        return Err(parameter("limit", format!("must be from 1 to {MOST_PRODUCTS}")));
    }
    let report = reports.find_products(&caller.cx, FindProducts { days: Days { from, to }, limit }).await?;
    match format.unwrap_or_default() {
        Format::Json => Ok(Either::Left(Reply::ok(&report)?)),
        Format::Csv => Ok(Either::Right(table(csv::products(&report.data), report.as_of, report.lag_events))),
    }
}

fn table(text: String, as_of: Option<Timestamp>, lag_events: Option<i64>) -> HttpResponse {
    let mut response = HttpResponse::Ok();
    response.content_type("text/csv; charset=utf-8");
    if let Some(as_of) = as_of {
        response.insert_header(("Holdfast-As-Of", as_of.to_string()));
    }
    if let Some(lag) = lag_events {
        response.insert_header(("Holdfast-Lag-Events", lag));
    }
    response.body(text)
}

pub(crate) fn routes(module: &AnalyticsModule, config: &mut ServiceConfig<'_>) {
    config.app_data(web::Data::new(module.clone()));
    config.service(report_sales).service(report_products);
}
