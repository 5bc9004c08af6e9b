//! Against a real server, as the launcher is nothing without one.

use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use testkit_pg::{Cluster, Durability};

#[test]
fn databases_are_made_copied_and_dropped() {
    let cluster = Cluster::start(Durability::Off).unwrap();
    cluster.create_database("template_shop").unwrap();
    cluster.psql("template_shop", "CREATE TABLE lamp (id int); INSERT INTO lamp VALUES (7)").unwrap();

    // Many tests clone the template at once.
    std::thread::scope(|scope| {
        for copy in 0..8 {
            let cluster = &cluster;
            scope.spawn(move || {
                cluster.create_database_from(&format!("shop-{copy}"), "template_shop").unwrap()
            });
        }
    });
    assert_eq!(cluster.psql("shop-7", "SELECT id FROM lamp").unwrap(), "7");

    cluster.drop_database("shop-7").unwrap();
    cluster.drop_database("shop-7").unwrap();
    assert!(cluster.psql("shop-7", "SELECT 1").unwrap_err().to_string().contains("does not exist"));
}

#[test]
fn a_failed_statement_is_an_error_in_postgres_words() {
    let cluster = Cluster::start(Durability::Full).unwrap();
    assert_eq!(cluster.psql("postgres", "SHOW fsync").unwrap(), "on");
    let error = cluster.psql("postgres", "SELECT 1 FROM nowhere").unwrap_err().to_string();
    assert!(error.contains("relation \"nowhere\" does not exist"), "{error}");
}

#[test]
fn what_was_committed_is_there_after_a_crash_of_the_server() {
    let cluster = Cluster::start(Durability::Off).unwrap();
    let port = cluster.port();
    cluster.psql("postgres", "CREATE TABLE t (id int); INSERT INTO t VALUES (1)").unwrap();
    cluster.stop_immediate().unwrap();
    assert!(cluster.psql("postgres", "SELECT 1").is_err());
    cluster.start_again().unwrap();
    assert_eq!(
        (cluster.port(), cluster.psql("postgres", "SELECT id FROM t").unwrap()),
        (port, "1".to_owned())
    );
}

#[test]
fn nothing_is_left_after_a_drop() {
    let cluster = Cluster::start(Durability::Off).unwrap();
    let (home, port) = (cluster.home().to_owned(), cluster.port());
    assert!(TcpStream::connect(("127.0.0.1", port)).is_ok());
    drop(cluster);
    assert!(!home.exists() && TcpStream::connect(("127.0.0.1", port)).is_err());
}

#[test]
fn nothing_is_left_after_kill_9() {
    // The process that this test starts, and kills, is this test. It says where its cluster is, and waits.
    if std::env::var_os("VICTIM").is_some() {
        let cluster = Cluster::start(Durability::Off).unwrap();
        println!("victim: {} {}", cluster.port(), cluster.home().display());
        std::thread::park_timeout(Duration::from_secs(60));
        return;
    }
    let mut victim = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "nothing_is_left_after_kill_9", "--nocapture"])
        .env("VICTIM", "yes")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(victim.stdout.take().unwrap()).lines();
    let line = lines
        .map_while(Result::ok)
        .find_map(|line| line.split_once("victim: ").map(|(_, rest)| rest.to_owned()));
    let line = line.unwrap();
    let (port, home) = line.split_once(' ').unwrap();
    let port: u16 = port.parse().unwrap();
    assert!(TcpStream::connect(("127.0.0.1", port)).is_ok());

    victim.kill().unwrap();
    victim.wait().unwrap();
    let deadline = Instant::now() + Duration::from_secs(20);
    while TcpStream::connect(("127.0.0.1", port)).is_ok() || Path::new(home).exists() {
        assert!(Instant::now() < deadline, "the server on {port} with {home} outlives its process");
        std::thread::park_timeout(Duration::from_millis(20));
    }
}
