//! An S3-compatible server that keeps one bucket in memory: enough of the protocol to put, get and delete objects.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use actix_web::dev::ServerHandle;
use actix_web::http::Method;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};

use crate::pictures::{Bucket, PictureSettings};

const NAME: &str = "faces";
const ACCESS_KEY_ID: &str = "AKIATEST";

#[derive(Default)]
struct State {
    objects: Mutex<BTreeMap<String, web::Bytes>>,
    away: AtomicBool,
}

/// The bucket, and its server, which stops when it is told to.
#[derive(Clone)]
pub(super) struct FakeBucket {
    state: Arc<State>,
    port: u16,
    server: ServerHandle,
}

impl FakeBucket {
    pub(super) fn start() -> FakeBucket {
        let state = Arc::<State>::default();
        let shared = web::Data::from(Arc::clone(&state));
        let app = move || App::new().app_data(shared.clone()).default_service(web::to(answer));
        let server = HttpServer::new(app).workers(1).disable_signals().bind("127.0.0.1:0").unwrap();
        let port = server.addrs()[0].port();
        let server = server.run();
        let handle = server.handle();
        tokio::spawn(server);
        FakeBucket { state, port, server: handle }
    }

    pub(super) fn settings(&self) -> PictureSettings {
        let endpoint = format!("http://127.0.0.1:{}", self.port);
        let (id, secret) = (ACCESS_KEY_ID.to_owned(), "secret".to_owned());
        let bucket = Bucket::try_new(NAME.to_owned(), "eu-central-1".to_owned(), Some(endpoint), id, secret);
        PictureSettings::Bucket(bucket.unwrap())
    }

    /// Names in the bucket.
    pub(super) fn objects(&self) -> Vec<String> {
        self.state.objects.lock().unwrap().keys().cloned().collect()
    }

    /// Answers 503 from now on, or no longer.
    pub(super) fn be_away(&self, away: bool) {
        self.state.away.store(away, Ordering::Relaxed);
    }

    pub(super) async fn stop(&self) {
        self.server.stop(false).await;
    }
}

async fn answer(request: HttpRequest, body: web::Bytes, state: web::Data<State>) -> HttpResponse {
    let signed = format!("AWS4-HMAC-SHA256 Credential={ACCESS_KEY_ID}/");
    let signature = request.headers().get("authorization").and_then(|value| value.to_str().ok());
    if !signature.is_some_and(|signature| signature.starts_with(&signed)) {
        return HttpResponse::Forbidden().finish();
    }
    if state.away.load(Ordering::Relaxed) {
        return HttpResponse::ServiceUnavailable().finish();
    }
    let Some(key) = request.path().strip_prefix(&format!("/{NAME}/")) else {
        return HttpResponse::NotFound().finish();
    };
    let mut objects = state.objects.lock().unwrap();
    match *request.method() {
        Method::PUT => {
            objects.insert(key.to_owned(), body);
            HttpResponse::Ok().insert_header(("ETag", "\"1\"")).finish()
        }
        Method::GET => match objects.get(key) {
            Some(object) => HttpResponse::Ok()
                .insert_header(("ETag", "\"1\""))
                .insert_header(("Last-Modified", "Thu, 15 Jan 2026 12:00:00 GMT"))
                .body(object.clone()),
            None => HttpResponse::NotFound().finish(),
        },
        Method::DELETE => {
            objects.remove(key);
            HttpResponse::NoContent().finish()
        }
        _ => HttpResponse::MethodNotAllowed().finish(),
    }
}
