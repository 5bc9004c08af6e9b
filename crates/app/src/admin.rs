//! REST rows about the running system itself: who hears whom, what could not be applied, what was called, and what is under
//! way.

mod about;
mod effects;
mod elsewhere;
mod sagas;

use actix_web::{HttpRequest, get, post, web};
use garde::Validate;
use kernel::Page;
use kernel::permission::{SystemOperate, SystemRead};
use platform::Change;
use platform::events::subscription::watch::Report;
use platform::events::subscription::{Dispatcher, Letter, OperateError, Replay, Standing, Subscription};
use platform::http::{
    Bodiless, Caller, Keyable, May, Params, PathSegment, Problem, Problems, Reply, kinds, page_request,
    parse_path,
};
use platform::idempotency::RequestKey;
use platform::store::{StoreError, Tx};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) use self::elsewhere::Elsewhere;
use self::elsewhere::everywhere;
use crate::web::Mount;

/// Whether to pause.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewPause {
    /// `false` to go on.
    #[garde(skip)]
    paused: bool,
}

/// From where events are heard again.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewReplay {
    /// Place in the source's log; 0 is before the first event. One beyond the cursor stands for the cursor.
    #[garde(range(min = 0))]
    #[schema(minimum = 0)]
    after: i64,
    /// Only tell what would be done.
    #[garde(skip)]
    #[serde(default)]
    dry_run: bool,
}

#[derive(Serialize, ToSchema)]
struct Replayed {
    /// The cursor before, and after.
    from: i64,
    to: i64,
    dry_run: bool,
}

/// Why something is given up.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewDiscard {
    #[garde(length(chars, min = 1, max = 500))]
    #[schema(min_length = 1, max_length = 500)]
    note: String,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct LetterParams {
    /// Whose letters.
    subscription: String,
    /// Letters on a page.
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

fn find(mount: &Mount, name: &str) -> Result<Dispatcher, Problem> {
    let mut all = mount.subscriptions.iter();
    let found = all.find(|one| one.subscription().name() == name);
    found.cloned().ok_or_else(|| Problem::of(&kinds::SUBSCRIPTION_NOT_FOUND))
}

/// Carries a command out in the store of the module that listens, once per key.
async fn operate<R: 'static>(
    caller: &Caller,
    of: Dispatcher,
    key: Option<RequestKey>,
    work: impl Fn(&Subscription, &mut Tx<'_>, &Change) -> Result<R, OperateError> + Send + 'static,
    render: impl Fn(&R) -> Result<Reply, StoreError> + Send + 'static,
) -> Result<Reply, Problem> {
    let cx = caller.cx.clone();
    let answer = async move {
        let foundation = of.foundation().clone();
        let work = move |tx: &mut Tx<'_>, change: &Change| work(of.subscription(), tx, change);
        Ok(foundation.answer(&cx, "platform.operate", key, work, render).await?)
    };
    caller.detach(answer).await
}

/// Subscriptions
///
/// Which module hears which, how far, how far behind that is, and what stands in its way.
#[utoipa::path(tag = "process", operation_id = "list_subscriptions", security(("bearer" = ["system:read"])),
    responses((status = 200, body = Page<Report>), Problems))]
#[get("/v1/admin/subscriptions")]
async fn list_subscriptions(
    _: May<SystemRead>,
    request: HttpRequest,
    mount: web::Data<Mount>,
) -> Result<Reply, Problem> {
    let mut own = Vec::with_capacity(mount.subscriptions.len());
    for subscription in &mount.subscriptions {
        own.push(subscription.report(mount.tolerance).await?);
    }
    Ok(Reply::ok(&everywhere(&mount, &request, Page { data: own, next_cursor: None }).await?)?)
}

/// Pause a subscription, or let it go on
///
/// While it is paused it hears nothing; events wait in the source's log. One that goes on also tries at once what was put
/// off.
#[utoipa::path(tag = "process", operation_id = "pause_subscription", security(("bearer" = ["system:operate"])),
    params(("name" = String, Path), ("Idempotency-Key" = Option<String>, Header, min_length = 16, max_length = 255)),
    request_body = NewPause, responses((status = 200, body = Standing), Problems))]
#[post("/v1/admin/subscriptions/{name}/pause")]
async fn pause(
    caller: May<SystemOperate>,
    name: PathSegment,
    request: Keyable<NewPause>,
    mount: web::Data<Mount>,
) -> Result<Reply, Problem> {
    let (found, paused) = (find(&mount, &name)?, request.body.paused);
    let work = move |of: &Subscription, tx: &mut Tx<'_>, _: &Change| of.set_paused(tx, paused);
    operate(&caller, found, request.key, work, Reply::ok).await
}

/// Replay a subscription
///
/// Everything after a place in the source's log is heard again. Listeners do nothing twice. A place before the log's
/// beginning is refused with `events-trimmed`.
#[utoipa::path(tag = "process", operation_id = "replay_subscription", security(("bearer" = ["system:operate"])),
    params(("name" = String, Path), ("Idempotency-Key" = Option<String>, Header, min_length = 16, max_length = 255)),
    request_body = NewReplay, responses((status = 200, body = Replayed), Problems))]
#[post("/v1/admin/subscriptions/{name}/replay")]
async fn replay(
    caller: May<SystemOperate>,
    name: PathSegment,
    request: Keyable<NewReplay>,
    mount: web::Data<Mount>,
) -> Result<Reply, Problem> {
    let (found, NewReplay { after, dry_run }) = (find(&mount, &name)?, request.body);
    found.keep_after(after, dry_run).await.map_err(|error| Problem::from(&error))?;
    let work = move |of: &Subscription, tx: &mut Tx<'_>, _: &Change| {
        let Replay { from, to } = of.replay(tx, after, dry_run)?;
        Ok(Replayed { from, to, dry_run })
    };
    operate(&caller, found, request.key, work, Reply::ok).await
}

/// Dead letters
///
/// Events that could not be applied, and those that wait behind them. Oldest first.
#[utoipa::path(tag = "process", operation_id = "list_dead_letters", security(("bearer" = ["system:read"])),
    params(LetterParams), responses((status = 200, body = Page<Letter>), Problems))]
#[get("/v1/admin/dead-letters")]
async fn list_letters(
    _: May<SystemRead>,
    params: Params<LetterParams>,
    mount: web::Data<Mount>,
) -> Result<Reply, Problem> {
    let Params(params) = params;
    let page = page_request::<i64>(params.limit, params.cursor.as_deref())?;
    let found = find(&mount, &params.subscription)?;
    let letters = found.letters(page.after.unwrap_or(0), page.limit.plus_one()).await?;
    Ok(Reply::ok(&Page::cut(letters, page.limit, |letter| letter.seq.to_string()))?)
}

/// Retry a dead letter
///
/// And all that wait behind it: they are applied in order, all or none.
#[utoipa::path(tag = "process", operation_id = "retry_dead_letter", security(("bearer" = ["system:operate"])),
    params(("subscription" = String, Path), ("seq" = i64, Path),
        ("Idempotency-Key" = Option<String>, Header, min_length = 16, max_length = 255)),
    responses((status = 204), Problems))]
#[post("/v1/admin/dead-letters/{subscription}/{seq}/retry")]
async fn retry(
    caller: May<SystemOperate>,
    path: web::Path<(String, String)>,
    request: Bodiless,
    mount: web::Data<Mount>,
) -> Result<Reply, Problem> {
    let (found, seq) = (find(&mount, &path.0)?, parse_path::<i64>(&path.1)?);
    let work = move |of: &Subscription, tx: &mut Tx<'_>, change: &Change| of.retry(tx, change, seq);
    operate(&caller, found, request.key, work, |()| Ok(Reply::no_content())).await
}

/// Discard a dead letter
///
/// It is never applied; what waits behind it is, in order. The note is kept.
#[utoipa::path(tag = "process", operation_id = "discard_dead_letter", security(("bearer" = ["system:operate"])),
    params(("subscription" = String, Path), ("seq" = i64, Path),
        ("Idempotency-Key" = Option<String>, Header, min_length = 16, max_length = 255)),
    request_body = NewDiscard, responses((status = 204), Problems))]
#[post("/v1/admin/dead-letters/{subscription}/{seq}/discard")]
async fn discard(
    caller: May<SystemOperate>,
    path: web::Path<(String, String)>,
    request: Keyable<NewDiscard>,
    mount: web::Data<Mount>,
) -> Result<Reply, Problem> {
    let (found, seq) = (find(&mount, &path.0)?, parse_path::<i64>(&path.1)?);
    let note = request.body.note;
    let work = move |of: &Subscription, tx: &mut Tx<'_>, change: &Change| of.discard(tx, change, seq, &note);
    operate(&caller, found, request.key, work, |()| Ok(Reply::no_content())).await
}

pub(crate) fn routes(config: &mut ServiceConfig<'_>) {
    config.service(list_subscriptions).service(pause).service(replay);
    config.service(list_letters).service(retry).service(discard);
    config.service(about::list_modules).service(about::list_ownership).service(about::list_events);
    effects::routes(config);
    config.service(sagas::list_sagas).service(sagas::retry_saga).service(sagas::discard_saga);
}
