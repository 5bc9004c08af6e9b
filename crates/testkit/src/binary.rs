use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::ops::Deref;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};
use std::{env, fs};

use tokio::process::{Child, Command};
use tokio::sync::OnceCell;

use crate::{ADMIN_TOKEN, Client, Database, Engine};

/// A shop in a process of its own: the real binary, which can be killed. It ends when dropped.
pub struct BinaryShop {
    client: Client,
    process: Child,
    start: Start,
}

/// How the process is started, again and again.
struct Start {
    program: PathBuf,
    database: Arc<Database>,
    listen: SocketAddr,
    log: PathBuf,
    /// What else it finds in its environment.
    variables: Vec<(String, String)>,
}

/// What a command said, and whether it exited with 0.
#[derive(Clone, Debug)]
pub struct Checked {
    pub clean: bool,
    pub output: String,
}

const STARTS_WITHIN: Duration = Duration::from_secs(60);
const STOPS_WITHIN: Duration = Duration::from_secs(30);

impl BinaryShop {
    /// Starts one on an empty database, and waits until it is ready.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn start(engine: Engine) -> BinaryShop {
        BinaryShop::start_on(Arc::new(Database::empty(engine).await)).await
    }

    /// # Panics
    /// When it does not start.
    pub async fn start_on(database: Arc<Database>) -> BinaryShop {
        BinaryShop::start_with(database, &[]).await
    }

    /// Starts one with settings of its own, such as `HOLDFAST_DATABASE_URL`.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn start_with(database: Arc<Database>, variables: &[(&str, String)]) -> BinaryShop {
        let mut shop = BinaryShop::spawn_with(database, variables).await;
        shop.ready().await;
        shop
    }

    /// Starts one, and does not wait.
    ///
    /// # Panics
    /// When there is no binary.
    pub async fn spawn(database: Arc<Database>) -> BinaryShop {
        BinaryShop::spawn_with(database, &[]).await
    }

    async fn spawn_with(database: Arc<Database>, variables: &[(&str, String)]) -> BinaryShop {
        BinaryShop::spawn_at(program().await, free_address(), database, variables)
    }

    pub(crate) fn spawn_at(
        program: PathBuf,
        listen: SocketAddr,
        database: Arc<Database>,
        variables: &[(&str, String)],
    ) -> BinaryShop {
        let start = Start::at(program, listen, database, variables);
        BinaryShop { client: Client::new(start.listen), process: start.command().spawn().unwrap(), start }
    }

    /// A command on the data of a shop that nobody serves.
    ///
    /// # Panics
    /// When there is no binary.
    pub async fn holdfast_on(database: &Arc<Database>, arguments: &[&str]) -> Checked {
        Start::at(program().await, free_address(), Arc::clone(database), &[]).run(arguments).await
    }

    /// Waits until the shop says that it is ready.
    ///
    /// # Panics
    /// When the process ends, or is not ready for a long time.
    pub async fn ready(&mut self) {
        let (started, url) = (Instant::now(), format!("http://{}/health/ready", self.client.address()));
        while !reqwest::get(&url).await.is_ok_and(|reply| reply.status() == 200) {
            let ended = self.process.try_wait().unwrap();
            assert!(ended.is_none(), "the shop ended: {ended:?}\n{}", self.log());
            assert!(started.elapsed() < STARTS_WITHIN, "the shop does not get ready\n{}", self.log());
            // Another process can only be asked again; a connection that is refused takes no time by itself.
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Ends the process between any two instructions.
    ///
    /// # Panics
    /// When it has ended already.
    pub async fn kill_9(&mut self) {
        let ended = self.process.try_wait().unwrap();
        assert!(ended.is_none(), "the shop ended by itself: {ended:?}\n{}", self.log());
        self.process.kill().await.unwrap();
    }

    /// Asks the process to stop. [`BinaryShop::stopped`] waits for it.
    ///
    /// # Panics
    /// When it has ended already.
    pub async fn sigterm(&self) {
        let process = self.process.id().expect("the shop is running").to_string();
        assert!(Command::new("kill").args(["-TERM", &process]).status().await.unwrap().success());
    }

    /// # Panics
    /// When the process does not end.
    pub async fn stopped(&mut self) -> ExitStatus {
        let ended = tokio::time::timeout(STOPS_WITHIN, self.process.wait()).await;
        ended.unwrap_or_else(|_| panic!("the shop does not stop\n{}", self.log())).unwrap()
    }

    /// Starts the process again, on the same port and data.
    ///
    /// # Panics
    /// When it does not get ready.
    pub async fn restart(&mut self) {
        let _ = self.process.kill().await;
        self.process = self.start.command().spawn().unwrap();
        self.ready().await;
    }

    /// `holdfast check`, beside the running shop.
    ///
    /// # Panics
    /// When there is no binary.
    pub async fn check(&self) -> Checked {
        self.holdfast(&["check"]).await
    }

    /// A command, beside the running shop.
    ///
    /// # Panics
    /// When there is no binary.
    pub async fn holdfast(&self, arguments: &[&str]) -> Checked {
        self.start.run(arguments).await
    }

    /// What the processes wrote so far, its end.
    pub fn log(&self) -> String {
        let log = fs::read_to_string(&self.start.log).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(60)..].join("\n")
    }
}

impl Deref for BinaryShop {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

impl Start {
    fn at(
        program: PathBuf,
        listen: SocketAddr,
        database: Arc<Database>,
        variables: &[(&str, String)],
    ) -> Start {
        let log = database.directory().join(format!("log-{}", listen.port()));
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        Start { program, database, listen, log, variables }
    }

    async fn run(&self, arguments: &[&str]) -> Checked {
        let mut command = self.command();
        let command = command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
        let output = command.output().await.unwrap();
        let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        Checked { clean: output.status.success(), output: text.concat() }
    }

    fn command(&self) -> Command {
        let log = fs::OpenOptions::new().create(true).append(true).open(&self.log).unwrap();
        let mut command = Command::new(&self.program);
        command.kill_on_drop(true).current_dir(self.database.directory());
        for (name, _) in env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("HOLDFAST_")) {
            command.env_remove(name);
        }
        command.env("HOLDFAST_DATA_DIR", self.database.directory());
        command.env("HOLDFAST_LISTEN", self.listen.to_string()).env("HOLDFAST_ADMIN_TOKEN", ADMIN_TOKEN);
        if let Some(url) = self.database.url() {
            command.env("HOLDFAST_DATABASE_URL", url);
        }
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        command
    }
}

/// Below the ports that outgoing connections get, so that a shop can come back to its own after being killed.
pub(crate) fn free_address() -> SocketAddr {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let base = 20_000 + u16::try_from(std::process::id() % 100).unwrap() * 100;
    loop {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, base + NEXT.fetch_add(1, Ordering::Relaxed)));
        if TcpListener::bind(address).is_ok() {
            return address;
        }
    }
}

/// `SHOP_BINARY`, else what cargo builds, which is quick when it is up to date.
pub(crate) async fn program() -> PathBuf {
    static PROGRAM: OnceCell<PathBuf> = OnceCell::const_new();
    let find = || async {
        if let Some(given) = env::var_os("SHOP_BINARY") {
            return PathBuf::from(given);
        }
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut build = Command::new(cargo);
        build.args(["build", "--quiet", "--workspace", "--bin", "holdfast"]).current_dir(root);
        assert!(build.status().await.unwrap().success(), "the binary does not build");
        // …/target/debug/deps/shop-0123456789abcdef → …/target/debug/holdfast
        let test = env::current_exe().unwrap();
        test.ancestors().nth(2).unwrap().join("holdfast")
    };
    PROGRAM.get_or_init(find).await.clone()
}
