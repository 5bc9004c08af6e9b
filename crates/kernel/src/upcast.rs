//! Reading what was written before the shape of an event changed.
//!
//! Logs are kept, so an event may be read by code that is years younger. Each change of a shape brings a pure function that
//! makes data of the version before those of the version after; reading applies as many as are needed, and listeners only
//! ever see the newest shape.

use serde_json::{Value, value::RawValue};

/// Lifts the data of one type of event from one version to the next.
#[derive(Clone, Copy, Debug)]
pub struct Upcast {
    /// Of which events: `order.created`.
    pub event_type: &'static str,
    /// Makes data of `from + 1` from data of this version.
    pub from: u32,
    /// # Errors
    /// Says what the data lack.
    pub lift: fn(Value) -> Result<Value, String>,
}

/// Why data could not be lifted to the newest version.
#[derive(Debug, thiserror::Error)]
pub enum UpcastError {
    /// Whoever wrote it is younger than whoever reads it.
    #[error("{event_type} is of version {found}, and {newest} is the newest known here")]
    Newer { event_type: String, found: u32, newest: u32 },
    #[error("{event_type} of version {from} cannot be lifted: {why}")]
    Failed { event_type: String, from: u32, why: String },
}

impl Upcast {
    /// The newest version of a type: one more than it has upcasts.
    pub fn newest(upcasts: &[Upcast], event_type: &str) -> u32 {
        let of = upcasts.iter().filter(|upcast| upcast.event_type == event_type).count();
        u32::try_from(of).unwrap_or(u32::MAX).saturating_add(1)
    }

    /// The data in the newest version, or `None` if they are in it already.
    pub(crate) fn lift(
        upcasts: &[Upcast],
        event_type: &str,
        version: u32,
        data: &RawValue,
    ) -> Result<Option<Box<RawValue>>, UpcastError> {
        let newest = Upcast::newest(upcasts, event_type);
        if version > newest {
            return Err(UpcastError::Newer { event_type: event_type.to_owned(), found: version, newest });
        }
        if version == newest {
            return Ok(None);
        }
        let failed = |from, why| UpcastError::Failed { event_type: event_type.to_owned(), from, why };
        let mut data =
            serde_json::from_str(data.get()).map_err(|error| failed(version, error.to_string()))?;
        for from in version..newest {
            let step = upcasts.iter().find(|upcast| upcast.event_type == event_type && upcast.from == from);
            let step = step.ok_or_else(|| failed(from, "there is no upcast".to_owned()))?;
            data = (step.lift)(data).map_err(|why| failed(from, why))?;
        }
        let lifted = serde_json::value::to_raw_value(&data);
        lifted.map(Some).map_err(|error| failed(newest, error.to_string()))
    }
}
