//! What the modules of a process are built from, and how they reach each other.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::Context;
use kernel::{Around, Clock, Contract, Far, Ids};
use platform::Foundation;
use platform::events::feed::{Feed, LocalFeed};
use platform::events::shared::SharedFeed;
use platform::remote::{Hosted, Link, RemoteFeed};
use platform::store::{Ownership, Store};
use tokio::runtime::Handle;

use crate::config::{Config, MODULES, Place};

/// What every module is built from, wherever it lives.
pub(super) struct Site<'a> {
    pub config: &'a Config,
    pub clock: &'a Arc<dyn Clock>,
    around: &'a Arc<dyn Around>,
    runtime: &'a Handle,
    ids: Ids,
    links: BTreeMap<&'static str, Link>,
    /// Whether modules are only asked what they are.
    only_described: bool,
    /// What those here answer to other processes.
    hosted: RefCell<Vec<(&'static str, Hosted)>>,
}

impl<'a> Site<'a> {
    pub(super) fn new(
        config: &'a Config,
        clock: &'a Arc<dyn Clock>,
        around: &'a Arc<dyn Around>,
        runtime: &'a Handle,
    ) -> anyhow::Result<Site<'a>> {
        let links = links(config)?;
        let (ids, hosted) = (Ids::new(), RefCell::default());
        Ok(Site { config, clock, around, runtime, ids, links, only_described: false, hosted })
    }

    /// The same without tables: modules can only be asked what they are.
    pub(super) fn described(self) -> Site<'a> {
        Site { only_described: true, ..self }
    }

    pub(super) fn runtime(&self) -> Handle {
        self.runtime.clone()
    }

    pub(super) fn around(&self) -> Arc<dyn Around> {
        Arc::clone(self.around)
    }

    /// The way to a module that lives elsewhere.
    pub(super) fn link(&self, module: &str) -> Option<Link> {
        self.links.get(module).cloned()
    }

    pub(super) fn foundation(&self, ownership: Ownership) -> anyhow::Result<Foundation> {
        let store = if self.only_described || self.link(ownership.module).is_some() {
            Store::absent(ownership, self.runtime())
        } else {
            Store::open(ownership, &self.config.database(ownership.module), self.runtime())
                .with_context(|| format!("cannot open the tables of {}", ownership.module))?
        };
        Ok(Foundation { store, clock: Arc::clone(self.clock), ids: self.ids.clone() })
    }

    /// The log of a module, for all who listen to it here.
    pub(super) fn log(&self, of: &Foundation) -> Arc<dyn Feed> {
        let feed: Arc<dyn Feed> = match self.link(of.store.module()) {
            Some(link) => Arc::new(RemoteFeed::new(link, self.runtime())),
            None => Arc::new(LocalFeed::new(of.store.clone(), Arc::clone(self.clock))),
        };
        Arc::new(SharedFeed::new(feed))
    }

    /// Lets other processes call a module that lives here, and hear its log.
    pub(super) fn offer(&self, store: &Store, contract: &'static Contract, api: Arc<dyn Far>) {
        let log = LocalFeed::new(store.clone(), Arc::clone(self.clock));
        self.hosted.borrow_mut().push((store.module(), Hosted { api, contract, log }));
    }

    pub(super) fn into_parts(self) -> (BTreeMap<&'static str, Link>, Vec<(&'static str, Hosted)>) {
        (self.links, self.hosted.into_inner())
    }
}

fn links(config: &Config) -> anyhow::Result<BTreeMap<&'static str, Link>> {
    let Some(network) = config.network()? else { return Ok(BTreeMap::new()) };
    let link = |module: &'static str| match config.place(module) {
        Place::Here => None,
        Place::At(url) => Some(network.link(module, url).map(|link| (module, link))),
    };
    MODULES.into_iter().filter_map(link).collect::<Result<_, _>>().context("cannot reach another process")
}

/// A module's API as the others call it, wherever it lives; one that lives here is offered to other processes.
macro_rules! reach {
    ($site:expr, $rpc:ident, $module:expr) => {
        match $site.link($module.name()) {
            Some(link) => Arc::new($rpc::Local {
                inner: Arc::new($rpc::Remote(platform::remote::Calls { link, contract: &$rpc::CONTRACT })),
                around: $site.around(),
            }),
            None => {
                $site.offer($module.store(), &$rpc::CONTRACT, Arc::new($rpc::Served($module.clone())));
                Arc::new($rpc::Local { inner: $module.clone(), around: $site.around() })
            }
        }
    };
}
pub(super) use reach;
