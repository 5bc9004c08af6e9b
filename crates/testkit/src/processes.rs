use std::net::SocketAddr;
use std::ops::Deref;
use std::path::PathBuf;
use std::sync::Arc;

use app::OWNERSHIPS;
use futures_util::future::join_all;
use testkit_wire::Proxy;

use crate::binary::{free_address, program};
use crate::{BinaryShop, Checked, Client, Database, Engine, INTERNAL_SECRET, Random};

/// The processes of one shop, from the real binary: each can be killed, and so can the network between them.
pub struct Processes {
    all: Vec<BinaryShop>,
    /// By the module they lead to: the way to it that all other processes take.
    ways: Vec<(&'static str, Proxy)>,
}

/// Of a process that has one module: enough for it, and few enough for all of them together.
const CONNECTIONS: u32 = 6;

impl Processes {
    /// All modules in one.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn together(engine: Engine, variables: &[(&str, String)]) -> Processes {
        let database = Arc::new(Database::empty(engine).await);
        Processes { all: vec![BinaryShop::start_with(database, variables).await], ways: Vec::new() }
    }

    /// Each module in its own, with a database of its own.
    ///
    /// # Panics
    /// When one does not start.
    pub async fn apart(engine: Engine, variables: &[(&str, String)]) -> Processes {
        let (mut places, mut ways) = (Vec::new(), Vec::new());
        for of in &OWNERSHIPS {
            let address = free_address();
            places.push((of.module, address));
            ways.push((of.module, Proxy::start(address).await.unwrap()));
        }
        let mut all = Vec::new();
        for (module, address) in places {
            let database = Arc::new(Database::empty(engine).await);
            let own = alone(module, ways.iter().map(|(other, way)| (*other, way.address())));
            let own = own.iter().map(|(name, value)| (name.as_str(), value.clone()));
            let small = [
                ("HOLDFAST_DATABASE_CONNECTIONS", CONNECTIONS.to_string()),
                ("HOLDFAST_HTTP_THREADS", "1".to_owned()),
            ];
            let variables: Vec<(&str, String)> = variables.iter().cloned().chain(own).chain(small).collect();
            let program = match previous(module) {
                Some(program) => program,
                None => program().await,
            };
            all.push(BinaryShop::spawn_at(program, address, database, &variables));
        }
        join_all(all.iter_mut().map(BinaryShop::ready)).await;
        Processes { all, ways }
    }

    /// Kills one of them, and starts it again.
    ///
    /// # Panics
    /// When it has ended already, or does not get ready again.
    pub async fn kill_one(&mut self, random: &mut Random) {
        let place = usize::try_from(random.below(self.all.len().try_into().unwrap())).unwrap();
        self.all[place].kill_9().await;
        self.all[place].restart().await;
    }

    /// The networks between them, by the module that they lead to.
    pub fn ways(&self) -> &[(&'static str, Proxy)] {
        &self.ways
    }

    /// `holdfast check` in each of them.
    ///
    /// # Panics
    /// When there is no binary.
    pub async fn check(&self) -> Checked {
        let checked = join_all(self.all.iter().map(BinaryShop::check)).await;
        let output = checked.iter().map(|one| one.output.as_str()).collect();
        Checked { clean: checked.iter().all(|one| one.clean), output }
    }

    /// What they wrote so far, its end.
    pub fn log(&self) -> String {
        self.all.iter().map(BinaryShop::log).collect::<Vec<_>>().join("\n---\n")
    }
}

/// Another build of the binary for this module, as `cargo xtask split --previous` says: `inventory=/path/of/holdfast`.
fn previous(module: &str) -> Option<PathBuf> {
    let said = std::env::var("HOLDFAST_TEST_PREVIOUS").ok()?;
    let (of, program) = said.split_once('=')?;
    (of == module).then(|| PathBuf::from(program))
}

/// What makes a process that of one module, in its environment: where the others are, and the secret that all of them share.
pub fn alone<'a>(
    module: &str,
    places: impl IntoIterator<Item = (&'a str, SocketAddr)>,
) -> Vec<(String, String)> {
    let others = places.into_iter().filter(|(other, _)| *other != module);
    let url = |(other, at): (&str, SocketAddr)| {
        (format!("HOLDFAST_MODULES__{}__URL", other.to_uppercase()), format!("http://{at}"))
    };
    let mut settings: Vec<(String, String)> = others.map(url).collect();
    settings.push(("HOLDFAST_ONLY".to_owned(), format!("[{module}]")));
    settings.push(("HOLDFAST_INTERNAL_SECRET".to_owned(), INTERNAL_SECRET.to_owned()));
    settings
}

/// The one that owns the orders is asked.
impl Deref for Processes {
    type Target = Client;

    fn deref(&self) -> &Client {
        let orders = OWNERSHIPS.iter().position(|of| of.module == "order").filter(|_| self.all.len() > 1);
        &self.all[orders.unwrap_or_default()]
    }
}
