//! REST rows about the modules: what they are, what they own, and what happened in them.

use std::sync::Arc;

use actix_web::{HttpRequest, get, web};
use kernel::permission::SystemRead;
use kernel::{Envelope, Page};
use platform::Module;
use platform::events::browse::{self, Filter};
use platform::http::{May, Params, Problem, Problems, Reply, kinds, page_request};
use platform::store::{Engine, StoreError};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::elsewhere::everywhere;
use crate::ownership::{self, Owned};
use crate::web::Mount;

/// A module of this shop.
#[derive(Debug, Serialize, ToSchema)]
struct ModuleView {
    name: &'static str,
    /// `sqlite` or `postgres`.
    engine: &'static str,
    /// What other modules may ask of it.
    methods: Vec<MethodView>,
    /// Names of its subscriptions.
    subscriptions: Vec<&'static str>,
    /// Kinds of sagas that it leads.
    sagas: Vec<&'static str>,
}

#[derive(Debug, Serialize, ToSchema)]
struct MethodView {
    name: &'static str,
    /// `query` or `command`.
    kind: &'static str,
    request: &'static str,
    reply: &'static str,
}

impl ModuleView {
    fn of(module: &dyn Module) -> ModuleView {
        let method = |method: &&kernel::MethodMeta| MethodView {
            name: method.method,
            kind: ownership::kind_name(method.kind),
            request: method.request,
            reply: method.reply,
        };
        ModuleView {
            name: module.name(),
            engine: match module.store().engine() {
                Engine::Sqlite => "sqlite",
                Engine::Postgres => "postgres",
            },
            methods: module.methods().iter().map(method).collect(),
            subscriptions: module.subscriptions().iter().map(|one| one.subscription().name()).collect(),
            sagas: module.sagas().iter().map(|kind| kind.name()).collect(),
        }
    }
}

/// An event with its place in the log.
#[derive(Debug, Serialize, ToSchema)]
struct LoggedEvent {
    seq: i64,
    #[serde(flatten)]
    event: Envelope,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct EventParams {
    /// Whose events.
    module: String,
    /// Such as `order.created`.
    #[serde(rename = "type")]
    #[param(rename = "type")]
    event_type: Option<String>,
    /// Of this thing only, such as `ord_…`.
    aggregate_id: Option<String>,
    /// Events on a page.
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<u32>,
    /// `next_cursor` of the page before: a place in the log.
    cursor: Option<String>,
}

/// Modules
///
/// What the modules are, wherever they run, what may be asked of them, and whom they hear.
#[utoipa::path(tag = "process", operation_id = "list_modules", security(("bearer" = ["system:read"])),
    responses((status = 200, body = Page<ModuleView>), Problems))]
#[get("/v1/admin/modules")]
pub(super) async fn list_modules(
    _: May<SystemRead>,
    request: HttpRequest,
    mount: web::Data<Mount>,
) -> Result<Reply, Problem> {
    let own: Vec<ModuleView> = mount.modules.iter().map(|module| ModuleView::of(module.as_ref())).collect();
    Ok(Reply::ok(&everywhere(&mount, &request, Page { data: own, next_cursor: None }).await?)?)
}

/// Ownership
///
/// Which module owns which facts, in which tables; what others may ask of it and what it tells them; what it keeps of others, and
/// how old that may be. `platform` stands for the tables that each module has a copy of.
#[utoipa::path(tag = "process", operation_id = "list_ownership", security(("bearer" = ["system:read"])),
    responses((status = 200, body = Page<Owned>), Problems))]
#[get("/v1/admin/ownership")]
pub(super) async fn list_ownership(_: May<SystemRead>, mount: web::Data<Mount>) -> Result<Reply, Problem> {
    let data =
        ownership::map(&mount.known).map_err(|error| Problem::of(&kinds::INTERNAL).caused_by(error))?;
    Ok(Reply::ok(&Page { data, next_cursor: None })?)
}

/// Events
///
/// What happened in a module, oldest first.
#[utoipa::path(tag = "process", operation_id = "list_events", security(("bearer" = ["system:read"])),
    params(EventParams), responses((status = 200, body = Page<LoggedEvent>), Problems))]
#[get("/v1/admin/events")]
pub(super) async fn list_events(
    caller: May<SystemRead>,
    params: Params<EventParams>,
    mount: web::Data<Mount>,
) -> Result<Reply, Problem> {
    let Params(EventParams { module, event_type, aggregate_id, limit, cursor }) = params;
    let page = page_request::<i64>(limit, cursor.as_deref())?;
    let found = mount.modules.iter().find(|one| one.name() == module);
    let store = found.ok_or_else(|| Problem::of(&kinds::MODULE_NOT_FOUND))?.store();
    let filter = Filter { event_type, aggregate_id };
    let (after, most) = (page.after.unwrap_or(0), page.limit.plus_one());
    let events = store.read(&caller.cx, move |db| browse::browse(db, &filter, after, most)).await;
    let events: Result<Vec<_>, StoreError> = events;
    let events: Vec<LoggedEvent> = events?
        .into_iter()
        .map(|logged| LoggedEvent { seq: logged.seq, event: Arc::unwrap_or_clone(logged.event) })
        .collect();
    Ok(Reply::ok(&Page::cut(events, page.limit, |event| event.seq.to_string()))?)
}
