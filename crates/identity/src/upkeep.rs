//! What is done by itself: the roles that a shop begins with, and forgetting what counts for nothing any more.

use std::sync::Arc;
use std::time::Duration;

use kernel::{CallCtx, Clock, Timestamp};
use platform::Change;
use platform::store::{Store, StoreError, Tx};
use platform::workers::Workers;

use crate::module::IdentityModule;
use crate::role;
use crate::store::{attempts, letters, roles, sessions};
use crate::throttle::WINDOW;

const PURGE_EVERY: Duration = Duration::from_secs(15 * 60);

impl IdentityModule {
    /// Makes the first roles, once: those that were removed since stay so.
    pub(crate) async fn install_roles(&self) -> Result<(), StoreError> {
        let cx = CallCtx::system("identity", Duration::from_secs(10));
        let install = |tx: &mut Tx<'_>, change: &Change| {
            let (owner, others) = role::first(change.now);
            if roles::insert_missing(tx, &owner)? {
                for role in &others {
                    roles::insert_missing(tx, role)?;
                }
            }
            Ok::<_, StoreError>(())
        };
        self.foundation.write(&cx, "identity.install", install).await
    }
}

/// Starts the worker that forgets sessions, letters and attempts that have expired.
pub(crate) fn start_purge(store: &Store, clock: Arc<dyn Clock>, workers: &Workers) {
    let store = store.clone();
    workers.spawn("identity-purge", move |beat| async move {
        loop {
            match purge(&store, clock.now()).await {
                Ok(0) => beat.rest(PURGE_EVERY).await,
                Ok(_) => beat.show(),
                Err(error) => {
                    tracing::warn!(%error, "cannot forget expired sessions");
                    beat.rest(PURGE_EVERY).await;
                }
            }
        }
    });
}

/// A batch of each, and how many that was.
pub(crate) async fn purge(store: &Store, now: Timestamp) -> Result<usize, StoreError> {
    let cx = CallCtx::system("identity", Duration::from_secs(10));
    let quiet = now.saturating_sub(WINDOW);
    let attempts = store.write(&cx, "identity.purge", move |tx| attempts::purge(tx, quiet)).await?;
    let letters = store.write(&cx, "identity.purge", move |tx| letters::purge(tx, now)).await?;
    let sessions = store.write(&cx, "identity.purge", move |tx| sessions::purge(tx, now)).await?;
    Ok::<_, StoreError>(attempts.saturating_add(letters).saturating_add(sessions))
}
