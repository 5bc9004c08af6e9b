use std::net::TcpListener;
use std::os::unix::fs::symlink;

use app::{Config, ModuleConfig, OWNERSHIPS};

/// How the modules of a shop under test are spread over processes: each has a listener, a configuration and, on SQLite, a data
/// directory of its own, and knows the others by their URLs alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Split {
    /// All in one.
    One,
    /// Each module in its own.
    All,
    /// This module in its own, all others in another.
    Out(&'static str),
}

impl Split {
    /// As `cargo xtask split` says in `HOLDFAST_TEST_SPLIT`: `all`, or the name of a module.
    pub(crate) fn from_environment() -> Split {
        match std::env::var("HOLDFAST_TEST_SPLIT").as_deref() {
            Err(_) => Split::One,
            Ok("all") => Split::All,
            Ok(name) => {
                let module = OWNERSHIPS.iter().map(|of| of.module).find(|module| *module == name);
                Split::Out(module.unwrap_or_else(|| panic!("HOLDFAST_TEST_SPLIT: there is no module {name}")))
            }
        }
    }

    fn groups(&self) -> Vec<Vec<&'static str>> {
        let modules = OWNERSHIPS.iter().map(|of| of.module);
        match self {
            Split::One => vec![modules.collect()],
            Split::All => modules.map(|module| vec![module]).collect(),
            Split::Out(out) => vec![vec![out], modules.filter(|module| module != out).collect()],
        }
    }

    /// The processes of a shop that would have this configuration if it were one.
    pub(crate) fn processes(&self, whole: &Config) -> Vec<(TcpListener, Config)> {
        let groups = self.groups();
        let bound = groups.iter().map(|_| TcpListener::bind(whole.listen).unwrap());
        let listeners: Vec<TcpListener> = bound.collect();
        if groups.len() == 1 {
            return listeners.into_iter().map(|listener| (listener, whole.clone())).collect();
        }
        let mut shared = whole.clone();
        for (group, listener) in groups.iter().zip(&listeners) {
            for module in group {
                let url = Some(format!("http://{}", listener.local_addr().unwrap()));
                shared.modules.insert((*module).to_owned(), ModuleConfig { url, ..ModuleConfig::default() });
            }
        }
        groups.iter().zip(listeners).map(|(group, listener)| (listener, process(&shared, group))).collect()
    }
}

/// One of the processes. What tests look for in the shop's data directory is there, too.
fn process(shared: &Config, group: &[&'static str]) -> Config {
    let whole = &shared.data_dir;
    let own = whole.join(format!("process-of-{}", group[0]));
    if std::fs::create_dir(&own).is_ok() {
        std::fs::create_dir_all(whole.join("mail")).unwrap();
        symlink(whole.join("mail"), own.join("mail")).unwrap();
        for module in group {
            let file = format!("{module}.db");
            symlink(own.join(&file), whole.join(&file)).unwrap();
        }
    }
    let mut config = shared.clone();
    config.pictures.directory = Some(whole.join("pictures"));
    config.only = group.iter().map(|module| (*module).to_owned()).collect();
    // An instance of one process has 32, of which many would stay idle here.
    config.database_connections = 4 * u32::try_from(group.len()).unwrap() + 1;
    config.data_dir = own;
    config
}
