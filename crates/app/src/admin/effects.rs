//! Calls to the outside world: what became of them, and what to do about those that were given up.

use actix_web::{get, post, web};
use kernel::Page;
use kernel::permission::{SystemOperate, SystemRead};
use platform::Change;
use platform::effects::{self, EffectError, EffectId, EffectState, Effects, StoredEffect};
use platform::http::{
    Bodiless, Caller, Keyable, May, Params, Problem, Problems, Reply, kinds, page_request, parse_path,
};
use platform::idempotency::RequestKey;
use platform::store::Tx;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use super::NewDiscard;
use crate::web::Mount;

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct EffectParams {
    /// Whose effects.
    module: String,
    /// `dead` if left out: those that need a person.
    state: Option<EffectState>,
    /// Effects on a page.
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Carries a command out in the store of the module that decided, once per key.
async fn operate(
    caller: &Caller,
    of: Effects,
    key: Option<RequestKey>,
    work: impl Fn(&mut Tx<'_>, &Change) -> Result<(), EffectError> + Send + 'static,
) -> Result<Reply, Problem> {
    let cx = caller.cx.clone();
    let answer = async move {
        let foundation = of.foundation().clone();
        Ok(foundation.answer(&cx, "platform.operate", key, work, |()| Ok(Reply::no_content())).await?)
    };
    caller.detach(answer).await
}

/// A module that makes no calls has none that were given up.
fn find(mount: &Mount, module: &str, id: &str) -> Result<(Effects, EffectId), Problem> {
    let id = parse_path(id)?;
    let found = mount.modules.iter().find(|one| one.name() == module).and_then(|one| one.effects());
    Ok((found.ok_or_else(|| Problem::of(&kinds::EFFECT_NOT_FOUND))?, id))
}

/// Effects
///
/// Calls to the outside world that a module decided on. Oldest first.
#[utoipa::path(tag = "process", operation_id = "list_effects", security(("bearer" = ["system:read"])),
    params(EffectParams), responses((status = 200, body = Page<StoredEffect>), Problems))]
#[get("/v1/admin/effects")]
async fn list_effects(
    caller: May<SystemRead>,
    params: Params<EffectParams>,
    mount: web::Data<Mount>,
) -> Result<Reply, Problem> {
    let Params(params) = params;
    let page = page_request::<EffectId>(params.limit, params.cursor.as_deref())?;
    let found = mount.modules.iter().find(|one| one.name() == params.module);
    let store = found.ok_or_else(|| Problem::of(&kinds::MODULE_NOT_FOUND))?.store();
    let (state, after, limit) =
        (params.state.unwrap_or(EffectState::Dead), page.after, page.limit.plus_one());
    let list = store.read(&caller.cx, move |db| effects::list(db, state, after, limit)).await?;
    Ok(Reply::ok(&Page::cut(list, page.limit, |effect| effect.id.to_string()))?)
}

/// Retry an effect that was given up
///
/// Under the same key, as often as a new one.
#[utoipa::path(tag = "process", operation_id = "retry_effect", security(("bearer" = ["system:operate"])),
    params(("module" = String, Path), ("id" = String, Path),
        ("Idempotency-Key" = Option<String>, Header, min_length = 16, max_length = 255)),
    responses((status = 204), Problems))]
#[post("/v1/admin/effects/{module}/{id}/retry")]
async fn retry_effect(
    caller: May<SystemOperate>,
    path: web::Path<(String, String)>,
    request: Bodiless,
    mount: web::Data<Mount>,
) -> Result<Reply, Problem> {
    let (found, id) = find(&mount, &path.0, &path.1)?;
    let of = found.clone();
    operate(&caller, found, request.key, move |tx, change| of.retry(tx, change, id)).await
}

/// Discard an effect that was given up
///
/// The call is never made. The note is kept.
#[utoipa::path(tag = "process", operation_id = "discard_effect", security(("bearer" = ["system:operate"])),
    params(("module" = String, Path), ("id" = String, Path),
        ("Idempotency-Key" = Option<String>, Header, min_length = 16, max_length = 255)),
    request_body = NewDiscard, responses((status = 204), Problems))]
#[post("/v1/admin/effects/{module}/{id}/discard")]
async fn discard_effect(
    caller: May<SystemOperate>,
    path: web::Path<(String, String)>,
    request: Keyable<NewDiscard>,
    mount: web::Data<Mount>,
) -> Result<Reply, Problem> {
    let (found, id) = find(&mount, &path.0, &path.1)?;
    let note = request.body.note;
    operate(&caller, found, request.key, move |tx, change| effects::discard(tx, change, id, &note)).await
}

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config.service(list_effects).service(retry_effect).service(discard_effect);
}
