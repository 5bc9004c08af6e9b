//! The REST mount: every module's rows, and those of the process itself.

use std::net::TcpListener;
use std::num::NonZeroUsize;
use std::sync::{Arc, OnceLock};

use actix_web::guard::Get;
use actix_web::middleware::{Compress, from_fn};
use actix_web::{App, HttpResponse, HttpServer, get, web};
use anyhow::Context;
use metrics_exporter_prometheus::PrometheusHandle;
use platform::Module;
use platform::events::subscription::Dispatcher;
use platform::events::subscription::watch::Tolerance;
use platform::http::health::{Health, Readiness};
use platform::http::{
    Edge, FieldError, Open, PathSegment, Problem, ProblemBody, Problems, Reply, Routes, around, kinds,
    not_routed,
};
use platform::saga::Operable;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{OpenApi, ToSchema};
use utoipa_actix_web::AppExt;
use utoipa_actix_web::service_config::ServiceConfig;
use utoipa_swagger_ui::SwaggerUi;

use crate::admin::{self, Elsewhere};
use crate::rest::Rest;

const LARGEST_BODY: usize = 64 * 1024;
/// A client that is slower than this with its request's head is cut off.
const HEAD_WITHIN: std::time::Duration = std::time::Duration::from_secs(5);
const KEEP_ALIVE: std::time::Duration = std::time::Duration::from_secs(5);
/// In-flight requests have 2 s at most; the rest is for slow readers.
pub(crate) const DRAIN_SECONDS: u64 = 25;

/// What the process's own rows need.
#[derive(Clone)]
pub(crate) struct Mount {
    pub edge: web::Data<Edge>,
    pub readiness: Readiness,
    pub metrics: Option<PrometheusHandle>,
    /// Those that live in this process.
    pub modules: Vec<Arc<dyn Module>>,
    /// All of them, to be asked what they are.
    pub known: Vec<Arc<dyn Module>>,
    pub rest: Rest,
    pub elsewhere: Elsewhere,
    pub subscriptions: Vec<Dispatcher>,
    pub sagas: Vec<Arc<dyn Operable>>,
    pub tolerance: Tolerance,
}

#[derive(OpenApi)]
#[openapi(
    info(title = "Holdfast", description = "A commerce backend in which every fact has exactly one owner.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0")),
    components(schemas(ProblemBody<'static>)),
    tags(
        (name = "reference", description = "Codes that the whole shop refers to: categories, countries, currencies"),
        (name = "identity", description = "Who somebody is, and what that allows: accounts, sessions, staff, roles, API keys"),
        (name = "catalog", description = "Products, variants and prices"),
        (name = "inventory", description = "Stock and its ledger"),
        (name = "customer", description = "Customers, addresses, payment methods and profiles"),
        (name = "order", description = "Orders"),
        (name = "payment", description = "Payments: captures, refunds, voids, and the gateway's events"),
        (name = "notification", description = "Mails: what became of them, and what customers want to hear of"),
        (name = "analytics", description = "Reports on what was sold"),
        (name = "process", description = "The running system about itself")
    )
)]
struct Document;

/// What the process says of its API.
#[derive(Clone)]
pub(crate) struct Described {
    /// The OpenAPI document. Written once: each worker would keep one of its own, and write it at every request.
    pub text: web::Bytes,
    pub routes: Arc<Routes>,
}

/// The same for all shops of a process, whatever their modules are built on.
pub(crate) fn described(modules: &[Arc<dyn Module>]) -> anyhow::Result<Described> {
    static DESCRIBED: OnceLock<Described> = OnceLock::new();
    if let Some(described) = DESCRIBED.get() {
        return Ok(described.clone());
    }
    let document = document(modules);
    let text = web::Bytes::from(document.to_json().context("the OpenAPI document cannot be written")?);
    let described = Described { text, routes: Arc::new(Routes::of(&document.paths)) };
    Ok(DESCRIBED.get_or_init(|| described).clone())
}

/// The OpenAPI document, made from the handlers themselves.
pub(crate) fn document(modules: &[Arc<dyn Module>]) -> utoipa::openapi::OpenApi {
    let (_, document) = App::new()
        .into_utoipa_app()
        .openapi(Document::openapi())
        .configure(|config| routes(modules, config))
        .split_for_parts();
    secured(document)
}

fn secured(mut document: utoipa::openapi::OpenApi) -> utoipa::openapi::OpenApi {
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some(
            "The access token of a session (`POST /v1/sessions`), an API key, or the admin token, of which start-up prints where it is \
             kept. What an operation lists is the permission that it needs; customers need none for what is their own.",
        ))
        .build();
    document.components.get_or_insert_default().add_security_scheme("bearer", SecurityScheme::Http(bearer));
    document
}

fn routes(modules: &[Arc<dyn Module>], config: &mut ServiceConfig<'_>) {
    own_routes(config);
    for module in modules {
        module.routes(config);
    }
    admin::routes(config);
}

pub(crate) fn own_routes(config: &mut ServiceConfig<'_>) {
    config.service(live).service(ready).service(metrics_text).service(explain_problem);
}

/// A server on the listener; it serves once it is awaited.
pub(crate) fn serve(
    mount: Mount,
    document: web::Bytes,
    listener: TcpListener,
    threads: NonZeroUsize,
) -> std::io::Result<actix_web::dev::Server> {
    let server = HttpServer::new(move || {
        let document = document.clone();
        let (app, _) = App::new()
            .wrap(from_fn(around))
            .wrap(Compress::default())
            .into_utoipa_app()
            .app_data(mount.edge.clone())
            .app_data(web::Data::new(mount.clone()))
            .app_data(web::PayloadConfig::new(LARGEST_BODY))
            .app_data(
                web::PathConfig::default()
                    .error_handler(|error, _| Problem::of(&kinds::MALFORMED_PATH).caused_by(error).into()),
            )
            .configure(|config| {
                config.map(|config| {
                    mount.rest.internal(config);
                    mount.elsewhere.routes(config);
                    config
                });
                mount.rest.routes(config);
            })
            .split_for_parts();
        // Left unset, the page would send the document to a validator on the internet.
        let offline = utoipa_swagger_ui::Config::new(["/openapi.json"]).validator_url("none");
        app.service(SwaggerUi::new("/docs/{_:.*}").config(offline))
            .service(web::resource("/openapi.json").guard(Get()).to(move || {
                std::future::ready(HttpResponse::Ok().content_type("application/json").body(document.clone()))
            }))
            .service(web::redirect("/docs", "/docs/"))
            .default_service(web::to(not_routed))
    })
    .workers(threads.get())
    .client_request_timeout(HEAD_WITHIN)
    .keep_alive(KEEP_ALIVE)
    .shutdown_timeout(DRAIN_SECONDS)
    .disable_signals()
    .listen(listener)?;
    Ok(server.run())
}

/// Serves the metrics alone.
pub(crate) fn serve_metrics(
    handle: PrometheusHandle,
    listen: std::net::SocketAddr,
) -> std::io::Result<actix_web::dev::Server> {
    let server = HttpServer::new(move || {
        let handle = handle.clone();
        App::new().route("/metrics", web::get().to(move || std::future::ready(prometheus(&handle))))
    });
    Ok(server.workers(1).disable_signals().bind(listen)?.run())
}

fn prometheus(handle: &PrometheusHandle) -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; version=0.0.4").body(handle.render())
}

#[derive(serde::Serialize, ToSchema)]
struct Live {
    /// `ok`
    status: &'static str,
    version: &'static str,
}

/// Whether the process runs
///
/// Depends on nothing else, the databases least of all.
#[utoipa::path(tag = "process", operation_id = "live", security(()),
    responses((status = 200, body = Live), Problems))]
#[get("/health/live")]
async fn live(_: Open) -> Result<Reply, Problem> {
    Ok(Reply::ok(&Live { status: "ok", version: env!("CARGO_PKG_VERSION") })?)
}

/// Whether the shop can serve
///
/// Every module's database answers, its migrations are current, and the background workers live. At most 1 s old. Modules in other
/// processes are listed, and do not count: each process answers for its own.
#[utoipa::path(tag = "process", operation_id = "ready", security(()),
    responses((status = 200, body = Health), Problems))]
#[get("/health/ready")]
async fn ready(_: Open, mount: web::Data<Mount>) -> Result<Reply, Problem> {
    let mut health = mount.readiness.now().await;
    if mount.edge.is_draining() {
        return Err(
            Problem::new(&kinds::NOT_READY, "the process is finishing what is in flight").retry_after(1)
        );
    }
    if health.status == "ok" {
        health.modules.extend(mount.elsewhere.health());
        return Ok(Reply::ok(&health)?);
    }
    let modules = health.modules.into_iter().map(|module| (module.module, module.status));
    let workers = health.silent_workers.into_iter().map(|worker| (worker, "the worker is silent".to_owned()));
    let parts = modules.chain(workers).filter(|(_, status)| status != "ok");
    let errors = parts.map(|(part, status)| FieldError::new(part, kinds::NOT_READY.code).detail(status));
    Err(Problem::of(&kinds::NOT_READY).errors(errors).retry_after(1))
}

/// Metrics
///
/// As Prometheus text, unless they are served elsewhere.
#[utoipa::path(tag = "process", operation_id = "metrics", security(()),
    responses((status = 200, body = String, content_type = "text/plain"), Problems))]
#[get("/metrics")]
async fn metrics_text(_: Open, mount: web::Data<Mount>) -> Result<HttpResponse, Problem> {
    mount.metrics.as_ref().map(prometheus).ok_or_else(|| Problem::of(&kinds::NOT_FOUND))
}

#[derive(serde::Serialize, ToSchema)]
struct Explanation {
    code: String,
    status: u16,
    title: String,
    about: String,
}

/// What a problem means
///
/// The `type` of every problem reply leads here.
#[utoipa::path(tag = "process", operation_id = "explain_problem", security(()),
    params(("code" = String, Path)), responses((status = 200, body = Explanation), Problems))]
#[get("/problems/{code}")]
async fn explain_problem(_: Open, code: PathSegment, edge: web::Data<Edge>) -> Result<Reply, Problem> {
    let kind = edge.explain(&code).ok_or_else(|| Problem::of(&kinds::NOT_FOUND))?;
    Ok(Reply::ok(&Explanation {
        code: kind.code.to_owned(),
        status: kind.status,
        title: kind.title.to_owned(),
        about: kind.about.to_owned(),
    })?)
}
