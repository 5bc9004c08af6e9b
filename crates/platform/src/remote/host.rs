//! Answers calls from other processes.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;

use actix_web::web::{Data, Path, PayloadConfig, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, web};
use bytes::Bytes;
use kernel::contract::Agreement;
use kernel::{ApiError, CallCtx, Contract, Far, WireReply};
use tokio::runtime::Handle;
use tokio::sync::watch;
use tracing::Instrument;
use uuid::Uuid;

use super::feed::Served;
use super::link::{CONTEXT, FAILURE, OUTCOME, REFUSAL, REPLY, SIGNATURE};
use super::secret::{Promise, Secret};
use crate::events::feed::LocalFeed;
use crate::http::{Problem, kinds};

/// Requests are bounded by their contracts; this is well above all of them.
const LARGEST_REQUEST: usize = 4 * 1024 * 1024;

/// A module of this process, as others may use it.
#[derive(Clone)]
pub struct Hosted {
    pub api: Arc<dyn Far>,
    pub contract: &'static Contract,
    pub log: LocalFeed,
}

/// The modules of this process that others may call and hear. Cheap to clone.
#[derive(Clone)]
pub struct Host {
    shared: Arc<Shared>,
}

struct Shared {
    secret: Secret,
    runtime: Handle,
    modules: BTreeMap<&'static str, Module>,
    stopping: watch::Receiver<bool>,
}

struct Module {
    api: Arc<dyn Far>,
    contract: &'static Contract,
    log: Served,
}

/// Sends those home who wait for news, once it is said or dropped.
pub struct Stopping(watch::Sender<bool>);

impl Stopping {
    pub fn say(&self) {
        self.0.send_replace(true);
    }
}

impl Host {
    /// `process` is an id that no other run of this process has.
    pub fn new(
        secret: Secret,
        runtime: Handle,
        process: Uuid,
        hosted: impl IntoIterator<Item = (&'static str, Hosted)>,
    ) -> (Host, Stopping) {
        let module = |(name, Hosted { api, contract, log }): (&'static str, Hosted)| {
            (name, Module { api, contract, log: Served::new(log, process) })
        };
        let modules = hosted.into_iter().map(module).collect();
        let (stop, stopping) = watch::channel(false);
        (Host { shared: Arc::new(Shared { secret, runtime, modules, stopping }) }, Stopping(stop))
    }

    /// Adds the rows that other processes call.
    pub fn routes(&self, config: &mut ServiceConfig) {
        let row = web::resource("/internal/{module}/v1/{method:.*}")
            .app_data(PayloadConfig::new(LARGEST_REQUEST))
            .app_data(Data::new(self.clone()))
            .route(web::post().to(answer));
        config.service(row);
    }

    async fn answer(
        &self,
        (module, method): (&str, &str),
        cx: &CallCtx,
        promise: Option<&Promise>,
        body: &[u8],
    ) -> WireReply {
        let Some(found) = self.shared.modules.get(module) else {
            return Err(ApiError::Incompatible(format!("{module} does not run in this process")));
        };
        let mut stopping = self.shared.stopping.clone();
        let stopping = async move {
            // Fails when nobody is left who could say so.
            let _ = stopping.wait_for(|stop| *stop).await;
        };
        if let Some(reply) = found.log.answer(method, cx, body, stopping).await {
            return reply;
        }
        agree(found.contract, promise)?;
        found.api.call(method, cx, body).await
    }
}

/// Only a contract of another version is refused as a whole. One that is newer than ours is tried: what it added, and we do not
/// know, will not decode.
fn agree(ours: &Contract, theirs: Option<&Promise>) -> Result<(), ApiError<Infallible>> {
    let told = theirs.and_then(|of| Some((of.version, of.fingerprint.parse().ok()?)));
    match told.map(|(version, fingerprint)| ours.judge(version, fingerprint)) {
        Some(Agreement::Same | Agreement::Older | Agreement::Unknown) => Ok(()),
        Some(Agreement::Incompatible) | None => {
            let theirs = theirs.map_or_else(|| "none".to_owned(), |of| of.version.to_string());
            let ours = (ours.module, ours.version);
            Err(ApiError::Incompatible(format!(
                "{}'s contract is version {} here, {theirs} there",
                ours.0, ours.1
            )))
        }
    }
}

async fn answer(
    request: HttpRequest,
    path: Path<(String, String)>,
    body: Bytes,
    host: Data<Host>,
) -> Result<HttpResponse, Problem> {
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    let signed = header(CONTEXT).zip(header(SIGNATURE));
    let verified = signed.and_then(|(context, signature)| {
        host.shared.secret.verify(request.path(), context, &body, signature)
    });
    let (cx, promise) = verified.ok_or_else(|| Problem::of(&kinds::UNAUTHORIZED))?;
    let (module, method) = path.into_inner();
    let span = tracing::debug_span!("called", module, method, request_id = %cx.request_id);
    // A caller that goes away must not stop what it began.
    let host = host.get_ref().clone();
    let runtime = host.shared.runtime.clone();
    let work = async move { host.answer((&module, &method), &cx, promise.as_ref(), &body).await };
    let done = runtime.spawn(work.instrument(span)).await;
    Ok(respond(done.unwrap_or_else(|panic| Err(ApiError::Internal(panic.to_string())))))
}

fn respond(reply: WireReply) -> HttpResponse {
    let (outcome, body) = match reply {
        Ok(Ok(reply)) => (REPLY, reply),
        Ok(Err(refusal)) => (REFUSAL, refusal),
        // Text in an enum can always be written.
        Err(failure) => (FAILURE, serde_json::to_vec(&failure.lift::<()>()).unwrap_or_default()),
    };
    HttpResponse::Ok().insert_header((OUTCOME, outcome)).content_type("application/json").body(body)
}
