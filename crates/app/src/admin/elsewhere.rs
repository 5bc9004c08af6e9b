//! Rows about modules that live in other processes: passed on where they are about one module, gathered where they are about
//! all.

use std::collections::BTreeMap;
use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::dev::RequestHead;
use actix_web::guard::fn_guard;
use actix_web::web::{self, Payload};
use kernel::Page;
use platform::Module;
use platform::http::health::ModuleHealth;
use platform::http::{Problem, kinds};
use platform::remote::{FORWARDED, Forwarder, Link, is_forwarded};
use platform::saga::Operable;
use serde::Serialize;
use serde_json::Value;
use url::form_urlencoded;

use crate::web::Mount;

/// The modules that live in other processes, as operators reach them.
#[derive(Clone, Default)]
pub(crate) struct Elsewhere {
    owners: BTreeMap<&'static str, Forwarder>,
    /// One way to each process.
    processes: Vec<Forwarder>,
    /// Sagas that are led elsewhere, and by whom.
    sagas: Vec<(Arc<dyn Operable>, &'static str)>,
}

impl Elsewhere {
    pub(crate) fn new(known: &[Arc<dyn Module>], links: &BTreeMap<&'static str, Link>) -> Elsewhere {
        let owners = links.iter().map(|(module, link)| (*module, Forwarder::new(link.clone()))).collect();
        let by_process: BTreeMap<&str, &Link> = links.values().map(|link| (link.url(), link)).collect();
        let processes = by_process.into_values().map(|link| Forwarder::new(link.clone())).collect();
        let away = known.iter().filter(|module| links.contains_key(module.name()));
        let sagas =
            away.flat_map(|module| module.sagas().into_iter().map(|saga| (saga, module.name()))).collect();
        Elsewhere { owners, processes, sagas }
    }

    /// How the modules are, as far as is known here.
    pub(crate) fn health(&self) -> impl Iterator<Item = ModuleHealth> {
        self.owners.iter().map(|(module, owner)| {
            let status = if owner.answers() { "ok" } else { "its process does not answer" };
            ModuleHealth { module, status: status.to_owned(), elsewhere: true }
        })
    }

    /// Whom a request is for, if that is another process.
    fn owner(&self, head: &RequestHead) -> Option<Forwarder> {
        if self.owners.is_empty() || head.headers().contains_key(FORWARDED) {
            return None;
        }
        let mut path = head.uri.path().strip_prefix("/v1/admin/")?.split('/');
        let (list, one) = (path.next()?, path.next());
        let parameter = |name: &str| {
            let pairs = form_urlencoded::parse(head.uri.query().unwrap_or_default().as_bytes());
            pairs.into_iter().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
        };
        let named = |name: Option<String>| name?.split('.').next().and_then(|module| self.owners.get(module));
        let one = one.map(str::to_owned);
        let owner = match list {
            "subscriptions" => named(one),
            "dead-letters" => named(one.or_else(|| parameter("subscription"))),
            "effects" => named(one.or_else(|| parameter("module"))),
            "events" => named(parameter("module")),
            "sagas" => {
                let of = self
                    .sagas
                    .iter()
                    .find(|(saga, _)| one.as_deref().is_some_and(|id| saga.parse(id).is_some()));
                of.and_then(|(_, module)| self.owners.get(module))
            }
            _ => None,
        };
        owner.cloned()
    }

    /// Takes what is for other processes; to be registered before the rows that answer for this one.
    pub(crate) fn routes(&self, config: &mut web::ServiceConfig) {
        if self.owners.is_empty() {
            return;
        }
        let (asked, owners) = (self.clone(), self.clone());
        let forward = move |request: HttpRequest, payload: Payload| {
            let owner = owners.owner(request.head());
            async move {
                match owner {
                    Some(owner) => owner.forward(request, payload).await,
                    None => Err(Problem::of(&kinds::NOT_FOUND)),
                }
            }
        };
        let theirs = fn_guard(move |context| asked.owner(context.head()).is_some());
        config.service(web::resource("/v1/admin/{row:.*}").guard(theirs).to(forward));
    }
}

/// A list as this process has it, with what it has in all others, unless one of them asks. A list that is cut says so by its
/// cursor, as one of those that it is made of did.
pub(super) async fn everywhere<T: Serialize>(
    mount: &Mount,
    request: &HttpRequest,
    own: Page<T>,
) -> Result<Page<Value>, Problem> {
    let data: Result<Vec<Value>, _> = own.data.iter().map(serde_json::to_value).collect();
    let data = data.map_err(|error| Problem::of(&kinds::INTERNAL).caused_by(error))?;
    let mut all = Page { data, next_cursor: own.next_cursor };
    if !is_forwarded(request) {
        for process in &mount.elsewhere.processes {
            let Page { data, next_cursor } = process.list(request).await?;
            all.data.extend(data);
            all.next_cursor = all.next_cursor.or(next_cursor);
        }
    }
    Ok(all)
}
