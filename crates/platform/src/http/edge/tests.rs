use actix_web::middleware::from_fn;
use actix_web::test::{TestRequest, call_service, init_service};
use actix_web::{App, HttpResponse};
use futures_util::future::join_all;
use kernel::{BoxFut, SystemClock};

use super::*;

fn edge(in_flight: usize, queued: usize) -> web::Data<Edge> {
    let (clock, settings) = (Arc::new(SystemClock), EdgeSettings { in_flight, queued });
    let access = Access {
        admin_token: Some("secret".to_owned()),
        credentials: Arc::new(Nobodys),
        origins: Origins::default(),
    };
    web::Data::new(Edge::new(Handle::current(), clock, Ids::new(), access, settings, Arc::default(), []))
}

struct Nobodys;

impl Credentials for Nobodys {
    fn bearer<'a>(&'a self, _: &'a CallCtx, _: &'a str) -> BoxFut<'a, Result<Option<Bearer>, Problem>> {
        Box::pin(async { Ok(None) })
    }
}

macro_rules! status {
    ($app:expr) => {
        async { call_service(&$app, TestRequest::get().uri("/v1/orders").to_request()).await.status() }
    };
}

/// A handler that gives way to every other request.
async fn slow() -> HttpResponse {
    tokio::task::yield_now().await;
    HttpResponse::Ok().finish()
}

#[actix_web::test]
async fn clients_that_ask_again_at_once_are_never_too_many() {
    let app = App::new().app_data(edge(2, 2)).wrap(from_fn(around));
    let app = init_service(app.route("/v1/orders", web::get().to(slow))).await;
    let client = || async {
        for _ in 0..50 {
            assert_eq!(status!(app).await, StatusCode::OK);
        }
    };
    join_all((0..4).map(|_| client())).await;
}

#[actix_web::test]
async fn more_than_may_run_and_wait_are_refused() {
    let gate = Arc::new(Semaphore::new(0));
    let held = Arc::clone(&gate);
    let wait = move || {
        let gate = Arc::clone(&held);
        async move { gate.acquire().await.map(|_| HttpResponse::Ok().finish()).unwrap() }
    };
    let app = App::new().app_data(edge(1, 1)).wrap(from_fn(around));
    let app = init_service(app.route("/v1/orders", web::get().to(wait))).await;
    let refused = StatusCode::SERVICE_UNAVAILABLE;
    let (first, rest) = tokio::join!(status!(app), async {
        // The second waits its 100 ms; the third finds no room to wait.
        let (second, third) = tokio::join!(status!(app), status!(app));
        gate.add_permits(1);
        (second, third)
    });
    assert_eq!((first, rest), (StatusCode::OK, (refused, refused)));
    assert_eq!(status!(app).await, StatusCode::OK, "the places are free again");
}

#[actix_web::test]
async fn a_path_that_is_spelt_otherwise_is_counted_too() {
    let app = App::new().app_data(edge(0, 0)).wrap(from_fn(around));
    let app = app.route("/v1/orders", web::get().to(HttpResponse::Ok));
    let app = init_service(app.route("/health/live", web::get().to(HttpResponse::Ok))).await;
    for (path, status) in
        [("/v1/orders", 503), ("/%761/orders", 503), ("/v%31/orders", 503), ("/health/live", 200)]
    {
        let response = call_service(&app, TestRequest::get().uri(path).to_request()).await;
        assert_eq!(response.status().as_u16(), status, "{path}");
    }
}

#[actix_web::test]
async fn what_was_not_for_everybody_is_kept_by_nobody() {
    let app = App::new().app_data(edge(1, 1)).wrap(from_fn(around));
    let app = init_service(app.route("/v1/orders", web::route().to(HttpResponse::Ok))).await;
    let get = || TestRequest::get().uri("/v1/orders");
    let shown = || get().insert_header((AUTHORIZATION, "Bearer secret"));
    for (request, kept) in [
        (get(), None),
        (shown(), Some("no-store")),
        (TestRequest::post().uri("/v1/orders"), Some("no-store")),
    ] {
        let response = call_service(&app, request.to_request()).await;
        let header = |name| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        assert_eq!(header(CACHE_CONTROL).as_deref(), kept);
        assert_eq!(header(X_CONTENT_TYPE_OPTIONS).as_deref(), Some("nosniff"));
    }
}

#[actix_web::test]
async fn a_draining_edge_ends_every_connection_with_its_reply() {
    let edge = edge(1, 1);
    let app = App::new().app_data(edge.clone()).wrap(from_fn(around));
    let app = init_service(app.route("/v1/orders", web::get().to(HttpResponse::Ok))).await;
    for (path, draining) in
        [("/v1/orders", false), ("/v1/nothing", false), ("/v1/orders", true), ("/v1/nothing", true)]
    {
        if draining {
            edge.drain();
        }
        let response = call_service(&app, TestRequest::get().uri(path).to_request()).await;
        assert_eq!(response.response().head().keep_alive(), !draining, "{path} {draining}");
    }
}
