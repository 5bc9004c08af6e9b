//! What operators do with sagas.

use std::sync::Arc;

use kernel::{BoxFut, CallCtx, Id};

use super::rows::{Row, Standing, State};
use super::runner::{BUDGET, cx};
use super::{Runner, Saga, own};
use crate::http::{Problem, kinds};
use crate::store::{Failure, Key, Store, StoreError, Tx};
use crate::{Change, Foundation};

/// Why an operator's command was not carried out. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum OperateError {
    #[error("there is no such saga, or it is over")]
    NoSaga,
    #[error(transparent)]
    Storage(#[from] StoreError),
}

impl Failure for OperateError {
    fn storage(&self) -> Option<&StoreError> {
        match self {
            OperateError::Storage(error) => Some(error),
            OperateError::NoSaga => None,
        }
    }
}

impl From<&OperateError> for Problem {
    fn from(error: &OperateError) -> Problem {
        match error {
            OperateError::NoSaga => Problem::of(&kinds::SAGA_NOT_FOUND),
            OperateError::Storage(error) => error.into(),
        }
    }
}

/// Whether a module knows all the kinds of sagas that its store has.
///
/// # Errors
/// [`StoreError::Migration`] when it does not: without somebody to take it up, a saga would wait unnoticed.
pub async fn ensure_known(store: &Store, kinds: &[Arc<dyn Operable>]) -> Result<(), StoreError> {
    let cx = CallCtx::system("sagas", BUDGET);
    let stored: Vec<String> = store.read(&cx, own::names).await?;
    match stored.into_iter().find(|name| !kinds.iter().any(|kind| kind.name() == name)) {
        None => Ok(()),
        Some(orphan) => Err(StoreError::Migration(format!(
            "{} has sagas of the kind {orphan}, which this version cannot finish; start the version that began them",
            store.module()
        ))),
    }
}

/// The sagas of one kind, whatever the kind.
pub trait Operable: Send + Sync {
    /// The kind, such as `order.place`.
    fn name(&self) -> &'static str;

    /// Of the module that leads them.
    fn foundation(&self) -> &Foundation;

    /// The key behind a saga's id, if it is an id of this kind.
    fn parse(&self, id: &str) -> Option<Key>;

    /// Sagas that are not over, oldest first, after a place in the list.
    fn list<'a>(
        &'a self,
        state: Option<State>,
        after: Option<Key>,
        limit: i64,
    ) -> BoxFut<'a, Result<Vec<Standing>, StoreError>>;

    /// One saga, unless it is over.
    fn find(&self, id: Key) -> BoxFut<'_, Result<Option<Standing>, StoreError>>;

    /// Has a saga taken up now, whoever's it is and whatever it waits for.
    ///
    /// # Errors
    /// [`OperateError`].
    fn retry(&self, tx: &mut Tx<'_>, change: &Change, id: Key) -> Result<(), OperateError>;

    /// Ends a saga; what it did is undone. The note says why.
    ///
    /// # Errors
    /// [`OperateError`].
    fn discard(&self, tx: &mut Tx<'_>, change: &Change, id: Key, note: &str) -> Result<(), OperateError>;

    /// Makes the runner look.
    fn ring(&self);
}

impl<S: Saga> Operable for Runner<S> {
    fn name(&self) -> &'static str {
        S::NAME
    }

    fn foundation(&self) -> &Foundation {
        self.saga.foundation()
    }

    fn parse(&self, id: &str) -> Option<Key> {
        id.parse::<Id<S::Kind>>().ok().map(Key::from)
    }

    fn list<'a>(
        &'a self,
        state: Option<State>,
        after: Option<Key>,
        limit: i64,
    ) -> BoxFut<'a, Result<Vec<Standing>, StoreError>> {
        Box::pin(async move {
            let cx = cx::<S>();
            let rows: Vec<Row> =
                self.foundation().store.read(&cx, move |db| own::rows::<S>(db, state, after, limit)).await?;
            rows.into_iter().map(Row::standing::<S>).collect()
        })
    }

    fn find(&self, id: Key) -> BoxFut<'_, Result<Option<Standing>, StoreError>> {
        Box::pin(async move {
            let cx = cx::<S>();
            let row: Option<Row> = self.foundation().store.read(&cx, move |db| own::row::<S>(db, id)).await?;
            row.map(Row::standing::<S>).transpose()
        })
    }

    fn retry(&self, tx: &mut Tx<'_>, change: &Change, id: Key) -> Result<(), OperateError> {
        own::seize::<S>(tx, id)?.ok_or(OperateError::NoSaga)?;
        Ok(own::set_free(tx, id, change.now)?)
    }

    fn discard(&self, tx: &mut Tx<'_>, change: &Change, id: Key, note: &str) -> Result<(), OperateError> {
        let row = own::seize::<S>(tx, id)?.ok_or(OperateError::NoSaga)?;
        let (saga, actor) = (super::text_of::<S>(id), change.cx.principal.to_string());
        tracing::warn!(saga, actor, note, "the saga was given up by an operator");
        Ok(self.saga.give_up(tx, change, row.taken()?, note)?)
    }

    fn ring(&self) {
        self.bell.notify_one();
    }
}
