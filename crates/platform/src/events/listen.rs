//! Hears from PostgreSQL that another instance has added to a log, and rings as a commit in this process would.
//!
//! It is a bell and nothing more: who hears it reads the log, and who misses it looks by itself now and then. Sequencers
//! notify, and nobody else: a `NOTIFY` makes commits take turns.

use std::collections::BTreeMap;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::pg::PgNotification;
use diesel::{Connection, PgConnection, QueryResult};

use crate::backoff::Backoff;
use crate::store::{SERVING, Store, StoreError};
use crate::workers::{Beat, Workers};

/// Between two looks at the socket, each of which costs a system call: Diesel takes notifications off it, but does not
/// wait for them.
const LOOK: Duration = Duration::from_millis(20);
const CONNECTS_WITHIN: Duration = Duration::from_secs(5);
const RECONNECT: Backoff = Backoff { first: Duration::from_millis(200), longest: Duration::from_secs(30) };

/// Starts a worker for each database that these stores are in, with one connection of its own, outside of the pools.
pub fn start(stores: &[Store], workers: &Workers) {
    let mut databases: BTreeMap<&str, Vec<Store>> = BTreeMap::new();
    for store in stores {
        if let Some(url) = store.postgres_url() {
            databases.entry(url).or_default().push(store.clone());
        }
    }
    for (url, stores) in databases {
        let listener = Listener { url: url.to_owned(), stores };
        workers.spawn("log-listener", move |beat| async move { listener.run(&beat).await });
    }
}

struct Listener {
    url: String,
    stores: Vec<Store>,
}

impl Listener {
    async fn run(&self, beat: &Beat) {
        let mut attempts = 0_i32;
        loop {
            beat.show();
            let error = match self.connect().await {
                Ok(conn) => {
                    attempts = 0;
                    self.hear(conn, beat).await
                }
                Err(error) => error,
            };
            attempts = attempts.saturating_add(1);
            tracing::warn!(%error, "cannot hear of other instances' events at once, and looks for them instead");
            beat.rest(RECONNECT.after(attempts)).await;
        }
    }

    async fn connect(&self) -> Result<PgConnection, StoreError> {
        let url = self.url.clone();
        let channels: String =
            self.stores.iter().map(|store| format!("LISTEN {}; ", channel(store.schema()))).collect();
        // It also shows that somebody serves, for as long as the connection lasts: `Standstill`.
        let setup = format!("{channels}SET lock_timeout = '2s'; SELECT pg_advisory_lock_shared({SERVING})");
        let connect = tokio::task::spawn_blocking(move || {
            let mut conn =
                PgConnection::establish(&url).map_err(|error| StoreError::Unavailable(error.to_string()))?;
            conn.batch_execute(&setup)?;
            Ok(conn)
        });
        let late = || StoreError::Unavailable("the database does not answer".to_owned());
        tokio::time::timeout(CONNECTS_WITHIN, connect).await.map_err(|_| late())?.map_err(|_| late())?
    }

    /// Until the connection breaks.
    async fn hear(&self, mut conn: PgConnection, beat: &Beat) -> StoreError {
        // What was told before is not told again.
        self.stores.iter().for_each(Store::logged);
        loop {
            beat.show();
            match conn.notifications_iter().collect::<QueryResult<Vec<_>>>() {
                Ok(told) => told.iter().for_each(|told| self.ring(told)),
                Err(error) => return error.into(),
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    fn ring(&self, told: &PgNotification) {
        let Ok(seq) = told.payload.parse() else { return };
        for store in self.stores.iter().filter(|store| channel(store.schema()) == told.channel) {
            store.logged_up_to(seq);
        }
    }
}

fn channel(schema: &str) -> String {
    format!("holdfast_{schema}")
}
