//! The rows of sagas.

use diesel::prelude::*;
use kernel::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Hold, Saga, Taken, text_of};
use crate::store::{Json, Key, StoreError, Time, corrupt};

pub(super) mod schema {
    diesel::table! {
        use diesel::sql_types::*;
        use crate::store::{Document, Moment, Uid};

        saga (id) {
            id -> Uid,
            name -> Text,
            party -> Nullable<Uid>,
            state -> Text,
            epoch -> BigInt,
            lease_until -> Moment,
            woken -> Bool,
            attempts -> Integer,
            last_error -> Nullable<Text>,
            data -> Document,
        }
    }
}
use self::schema::saga;

/// Whose turn it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = SagaState)]
pub enum State {
    /// Its owner's, until the lease ends.
    Running,
    /// Nobody's, until something happens or some time has passed.
    Waiting,
    /// An operator's.
    Stuck,
}

impl State {
    /// As in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            State::Running => "running",
            State::Waiting => "waiting",
            State::Stuck => "stuck",
        }
    }

    fn parse(text: &str) -> Option<State> {
        [State::Running, State::Waiting, State::Stuck].into_iter().find(|state| state.name() == text)
    }
}

/// Where a saga stands, for operators.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SagaStanding)]
pub struct Standing {
    pub id: String,
    /// Its kind, such as `order.place`.
    pub name: String,
    pub state: State,
    /// How many have owned it.
    pub epoch: i64,
    /// When somebody takes it up; of a stuck one, when it got stuck.
    pub lease_until: Timestamp,
    /// How often in a row it got no further, and why.
    pub attempts: i32,
    pub last_error: Option<String>,
}

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = saga, treat_none_as_default_value = false)]
pub(super) struct Row {
    pub id: Key,
    pub name: String,
    pub party: Option<Key>,
    pub state: String,
    pub epoch: i64,
    pub lease_until: Time,
    pub woken: bool,
    pub attempts: i32,
    pub last_error: Option<String>,
    pub data: Json,
}

impl Row {
    pub(super) fn data<D: DeserializeOwned>(&self) -> Result<D, StoreError> {
        serde_json::from_str(&self.data.0).map_err(|error| corrupt("saga", "data", self.id.0, error))
    }

    pub(super) fn hold(&self) -> Hold {
        Hold { id: self.id, epoch: self.epoch }
    }

    pub(super) fn taken<D: DeserializeOwned>(&self) -> Result<Taken<D>, StoreError> {
        Ok(Taken { hold: self.hold(), data: self.data()? })
    }

    pub(super) fn standing<S: Saga>(self) -> Result<Standing, StoreError> {
        let state =
            State::parse(&self.state).ok_or_else(|| corrupt("saga", "state", self.id.0, &self.state))?;
        Ok(Standing {
            id: text_of::<S>(self.id),
            name: self.name,
            state,
            epoch: self.epoch,
            lease_until: self.lease_until.0,
            attempts: self.attempts,
            last_error: self.last_error,
        })
    }
}
