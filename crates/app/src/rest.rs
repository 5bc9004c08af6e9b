//! The REST rows of every module, wherever it lives: whichever process is asked, the owner answers.

use std::collections::BTreeMap;
use std::sync::Arc;

use actix_web::web::{self, Payload};
use actix_web::{App, HttpRequest, guard};
use platform::Module;
use platform::remote::{Forwarder, Host, Link};
use utoipa::openapi::path::{PathItem, Paths};
use utoipa_actix_web::AppExt;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::{admin, web as process};

/// What is mounted for each module, in one order for all processes: where two rows match, the first one wins.
#[derive(Clone)]
pub(crate) struct Rest {
    modules: Vec<(Arc<dyn Module>, Option<Away>)>,
    host: Option<Host>,
}

/// The rows of a module that lives elsewhere.
#[derive(Clone)]
struct Away {
    owner: Forwarder,
    /// Path and method.
    rows: Arc<[(String, actix_web::http::Method)]>,
}

impl Rest {
    pub(crate) fn new(
        known: &[Arc<dyn Module>],
        links: &BTreeMap<&'static str, Link>,
        host: Option<Host>,
    ) -> Rest {
        let place = |module: &Arc<dyn Module>| {
            let away = links
                .get(module.name())
                .map(|link| Away { owner: Forwarder::new(link.clone()), rows: rows(module.as_ref()).into() });
            (Arc::clone(module), away)
        };
        Rest { modules: known.iter().map(place).collect(), host }
    }

    pub(crate) fn routes(&self, config: &mut ServiceConfig<'_>) {
        process::own_routes(config);
        for (module, away) in &self.modules {
            match away {
                None => module.routes(config),
                Some(away) => away.routes(config),
            }
        }
        admin::routes(config);
    }

    /// What other processes call.
    pub(crate) fn internal(&self, config: &mut web::ServiceConfig) {
        if let Some(host) = &self.host {
            host.routes(config);
        }
    }
}

impl Away {
    fn routes(&self, config: &mut ServiceConfig<'_>) {
        for (path, method) in self.rows.iter() {
            let owner = self.owner.clone();
            let forward = move |request: HttpRequest, payload: Payload| {
                let owner = owner.clone();
                async move { owner.forward(request, payload).await }
            };
            // A row of its own for each method, as the owner has it: what no row takes is told from what does not exist.
            let row = web::resource(path.as_str()).guard(guard::Method(method.clone())).to(forward);
            config.map(|config| config.service(row));
        }
    }
}

/// The rows of a module, from its own description of them.
fn rows(module: &dyn Module) -> Vec<(String, actix_web::http::Method)> {
    use actix_web::http::Method;
    let (_, document) =
        App::new().into_utoipa_app().configure(|config| module.routes(config)).split_for_parts();
    let methods = |item: &PathItem| {
        let all = [
            (Method::GET, item.get.is_some()),
            (Method::POST, item.post.is_some()),
            (Method::PUT, item.put.is_some()),
            (Method::PATCH, item.patch.is_some()),
            (Method::DELETE, item.delete.is_some()),
        ];
        all.into_iter().filter(|(_, there)| *there).map(|(method, _)| method)
    };
    let Paths { paths, .. } = document.paths;
    paths.iter().flat_map(|(path, item)| methods(item).map(|method| (path.clone(), method))).collect()
}
