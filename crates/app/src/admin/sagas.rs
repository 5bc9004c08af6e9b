//! REST rows about sagas that are not over.

use std::sync::Arc;

use actix_web::{HttpRequest, get, post, web};
use kernel::permission::{SystemOperate, SystemRead};
use kernel::{Limit, Page};
use platform::Change;
use platform::http::{
    Bodiless, Caller, Keyable, May, Params, PathSegment, Problem, Problems, Reply, kinds, page_request,
};
use platform::idempotency::RequestKey;
use platform::saga::{Operable, OperateError, Standing, State};
use platform::store::{Key, Tx};
use serde::Deserialize;
use serde_json::Value;
use utoipa::IntoParams;

use super::NewDiscard;
use super::elsewhere::everywhere;
use crate::web::Mount;

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct SagaParams {
    /// Only those that stand so.
    state: Option<State>,
    /// Sagas on a page.
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// The kind of a saga, and its key.
fn find(mount: &Mount, id: &str) -> Result<(Arc<dyn Operable>, Key), Problem> {
    let mut named = mount.sagas.iter().filter_map(|kind| Some((Arc::clone(kind), kind.parse(id)?)));
    named.next().ok_or_else(|| Problem::of(&kinds::SAGA_NOT_FOUND))
}

/// Carries a command out in the store of the module that leads the saga, once per key, and has the saga looked at.
async fn operate(
    caller: &Caller,
    kind: Arc<dyn Operable>,
    key: Option<RequestKey>,
    work: impl Fn(&dyn Operable, &mut Tx<'_>, &Change) -> Result<(), OperateError> + Send + 'static,
) -> Result<Reply, Problem> {
    let cx = caller.cx.clone();
    let answer = async move {
        let (foundation, of) = (kind.foundation().clone(), Arc::clone(&kind));
        let work = move |tx: &mut Tx<'_>, change: &Change| work(of.as_ref(), tx, change);
        let done = foundation.answer(&cx, "saga.operate", key, work, |()| Ok(Reply::no_content())).await?;
        kind.ring();
        Ok(done)
    };
    caller.detach(answer).await
}

/// Sagas
///
/// Work that crosses modules and is not over, such as orders being placed. Oldest first. A stuck one waits for an operator.
#[utoipa::path(tag = "process", operation_id = "list_sagas", security(("bearer" = ["system:read"])),
    params(SagaParams), responses((status = 200, body = Page<Standing>), Problems))]
#[get("/v1/admin/sagas")]
pub(super) async fn list_sagas(
    _: May<SystemRead>,
    params: Params<SagaParams>,
    request: HttpRequest,
    mount: web::Data<Mount>,
) -> Result<Reply, Problem> {
    let Params(params) = params;
    let page = page_request::<String>(params.limit, params.cursor.as_deref())?;
    let key_of = |id: &str| mount.sagas.iter().find_map(|kind| kind.parse(id));
    let after = page.after.as_deref().and_then(key_of);
    let mut sagas: Vec<Standing> = Vec::new();
    for kind in &mount.sagas {
        sagas.extend(kind.list(params.state, after, page.limit.plus_one()).await?);
    }
    sagas.sort_by_key(|saga| key_of(&saga.id));
    let own = Page::cut(sagas, page.limit, |saga| saga.id.clone());
    let Page { data, next_cursor } = everywhere(&mount, &request, own).await?;
    Ok(Reply::ok(&merged(data, next_cursor.is_some(), page.limit))?)
}

/// The first of them all are among the first of each process.
fn merged(mut sagas: Vec<Value>, more: bool, limit: Limit) -> Page<Value> {
    let id = |saga: &Value| saga.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
    sagas.sort_by_key(id);
    let cut = Page::cut(sagas, limit, id);
    let last = cut.data.last().map(id).filter(|_| more);
    Page { next_cursor: cut.next_cursor.or(last), ..cut }
}

/// Retry a saga
///
/// It is taken up now, whoever has it and whatever it waits for.
#[utoipa::path(tag = "process", operation_id = "retry_saga", security(("bearer" = ["system:operate"])),
    params(("id" = String, Path), ("Idempotency-Key" = Option<String>, Header, min_length = 16, max_length = 255)),
    responses((status = 204), Problems))]
#[post("/v1/admin/sagas/{id}/retry")]
pub(super) async fn retry_saga(
    caller: May<SystemOperate>,
    id: PathSegment,
    request: Bodiless,
    mount: web::Data<Mount>,
) -> Result<Reply, Problem> {
    let (kind, key) = find(&mount, &id)?;
    operate(&caller, kind, request.key, move |kind, tx, change| kind.retry(tx, change, key)).await
}

/// Discard a saga
///
/// It is given up: what it did is undone by those who did it. An order that was being placed is rejected. The note says why.
#[utoipa::path(tag = "process", operation_id = "discard_saga", security(("bearer" = ["system:operate"])),
    params(("id" = String, Path), ("Idempotency-Key" = Option<String>, Header, min_length = 16, max_length = 255)),
    request_body = NewDiscard, responses((status = 204), Problems))]
#[post("/v1/admin/sagas/{id}/discard")]
pub(super) async fn discard_saga(
    caller: May<SystemOperate>,
    id: PathSegment,
    request: Keyable<NewDiscard>,
    mount: web::Data<Mount>,
) -> Result<Reply, Problem> {
    let (kind, key) = find(&mount, &id)?;
    let note = request.body.note;
    operate(&caller, kind, request.key, move |kind, tx, change| kind.discard(tx, change, key, &note)).await
}
