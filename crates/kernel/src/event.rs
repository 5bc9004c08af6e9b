use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::{Timestamp, Upcast, UpcastError, id_kinds};

id_kinds! {
    /// Identifies an event, wherever it is read.
    EventKind / EventId = "evt";
}

/// A fact that a module made true and tells the others.
///
/// In serde's terms it is an enum that is tagged with its `type` and has its `data` beside that
/// (`#[serde(tag = "type", content = "data")]`, each variant renamed to its type). The data is a snapshot that a consumer
/// can act on alone.
pub trait Event: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// What the fact is about: `order`.
    const AGGREGATE: &'static str;

    /// All that can happen to it.
    const TYPES: &'static [&'static str];

    /// What happened, after the aggregate: `order.created`. One of [`Event::TYPES`].
    fn event_type(&self) -> &'static str;

    /// What makes data of an older version those of the next one. A type has one version more than it has upcasts, so
    /// the version rises with the code that reads what was written before.
    const UPCASTS: &'static [Upcast] = &[];

    /// Of the data, as they are written today.
    fn schema_version(&self) -> u32 {
        Upcast::newest(Self::UPCASTS, self.event_type())
    }

    /// The `data` of the [`Envelope`], as JSON.
    ///
    /// # Errors
    /// When the event has no JSON form, or is not tagged as it should be: a bug.
    fn data(&self) -> serde_json::Result<Box<RawValue>> {
        #[derive(Deserialize)]
        struct Tagged {
            data: Box<RawValue>,
        }
        let tagged: Tagged = serde_json::from_str(&serde_json::to_string(self)?)?;
        Ok(tagged.data)
    }
}

/// An event as it is logged and delivered. The field names fit Debezium's outbox event router.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Envelope {
    pub event_id: EventId,
    /// `order.created`
    #[serde(rename = "type")]
    pub event_type: String,
    pub schema_version: u32,
    pub occurred_at: Timestamp,
    /// `order`
    pub aggregate_type: String,
    pub aggregate_id: String,
    /// Of the aggregate after the event; later events of the same aggregate have greater ones.
    pub aggregate_version: i64,
    /// The request from outside that led here.
    pub correlation_id: String,
    /// The event that led here, if one did.
    #[schema(required)]
    pub causation_id: Option<EventId>,
    /// W3C Trace Context of the transaction that wrote the event.
    #[schema(required)]
    pub traceparent: Option<String>,
    /// Who caused it: `admin`, `system:demo`.
    pub actor: String,
    #[schema(value_type = Object)]
    pub data: Box<RawValue>,
}

/// Why an [`Envelope`] could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    #[error("{0} is no type of event that is known here")]
    UnknownType(String),
    /// It has not the shape that such an event has.
    #[error(transparent)]
    Shape(#[from] serde_json::Error),
    #[error(transparent)]
    Upcast(#[from] UpcastError),
}

impl ReadError {
    /// Whoever wrote the event may have been younger than this process.
    pub fn is_younger(&self) -> bool {
        matches!(self, ReadError::UnknownType(_) | ReadError::Upcast(UpcastError::Newer { .. }))
    }
}

impl Envelope {
    /// The fact itself, in its newest version whatever version it was written in.
    ///
    /// # Errors
    /// When it is of a type that this kind has not, of a version that is newer than the newest known, or of another shape.
    pub fn read<E: Event>(&self) -> Result<E, ReadError> {
        #[derive(Serialize)]
        struct Tagged<'a> {
            r#type: &'a str,
            data: &'a RawValue,
        }
        if !E::TYPES.contains(&self.event_type.as_str()) {
            return Err(ReadError::UnknownType(self.event_type.clone()));
        }
        let lifted = Upcast::lift(E::UPCASTS, &self.event_type, self.schema_version, &self.data)?;
        let tagged = Tagged { r#type: &self.event_type, data: lifted.as_deref().unwrap_or(&self.data) };
        Ok(serde_json::from_str(&serde_json::to_string(&tagged)?)?)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(tag = "type", content = "data")]
    enum LampEvent {
        #[serde(rename = "lamp.lit")]
        Lit { lumen: u32 },
        #[serde(rename = "lamp.dimmed")]
        Dimmed { lumen: u32 },
    }

    impl Event for LampEvent {
        const AGGREGATE: &'static str = "lamp";
        const TYPES: &'static [&'static str] = &["lamp.lit", "lamp.dimmed"];

        fn event_type(&self) -> &'static str {
            match self {
                LampEvent::Lit { .. } => "lamp.lit",
                LampEvent::Dimmed { .. } => "lamp.dimmed",
            }
        }
    }

    fn json() -> serde_json::Value {
        json!({
            "event_id": "evt_00000000000000000000000001",
            "type": "lamp.dimmed",
            "schema_version": 1,
            "occurred_at": "2026-11-23T07:42:00.000000Z",
            "aggregate_type": "lamp",
            "aggregate_id": "lamp_1",
            "aggregate_version": 2,
            "correlation_id": "req-1",
            "causation_id": null,
            "traceparent": null,
            "actor": "admin",
            "data": {"lumen": 1},
        })
    }

    #[test]
    fn an_envelope_has_these_fields() {
        let envelope: Envelope = serde_json::from_value(json()).unwrap();
        assert_eq!(serde_json::to_value(&envelope).unwrap(), json());
    }

    #[test]
    fn events_of_one_shape_are_told_apart_by_their_type() {
        let envelope: Envelope = serde_json::from_value(json()).unwrap();
        let event: LampEvent = envelope.read().unwrap();
        assert_eq!(event, LampEvent::Dimmed { lumen: 1 });
        assert_eq!(event.data().unwrap().get(), r#"{"lumen":1}"#);
        let other = Envelope { event_type: "lamp.sold".to_owned(), ..envelope };
        assert!(other.read::<LampEvent>().is_err());
    }

    /// Lamps were told by candela at first, and then by lumen alone; now it counts in which room they are.
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(tag = "type", content = "data")]
    enum LaterEvent {
        #[serde(rename = "lamp.dimmed")]
        Dimmed { lumen: u32, room: String },
    }

    impl Event for LaterEvent {
        const AGGREGATE: &'static str = "lamp";
        const TYPES: &'static [&'static str] = &["lamp.dimmed"];
        const UPCASTS: &'static [Upcast] = &[
            Upcast {
                event_type: "lamp.dimmed",
                from: 2,
                lift: |mut data| {
                    data["room"] = json!("unknown");
                    Ok(data)
                },
            },
            Upcast {
                event_type: "lamp.dimmed",
                from: 1,
                lift: |data| {
                    let candela =
                        data.get("candela").and_then(serde_json::Value::as_u64).ok_or("it has no candela")?;
                    Ok(json!({"lumen": candela * 12}))
                },
            },
        ];

        fn event_type(&self) -> &'static str {
            "lamp.dimmed"
        }
    }

    fn written(version: u32, data: &serde_json::Value) -> Envelope {
        let data = serde_json::value::to_raw_value(data).unwrap();
        Envelope { schema_version: version, data, ..serde_json::from_value(json()).unwrap() }
    }

    #[test]
    fn an_older_version_is_lifted_step_by_step() {
        let dimmed = |lumen, room: &str| LaterEvent::Dimmed { lumen, room: room.to_owned() };
        let read = |version, data| written(version, &data).read::<LaterEvent>().unwrap();
        assert_eq!(read(1, json!({"candela": 2})), dimmed(24, "unknown"));
        assert_eq!(read(2, json!({"lumen": 5})), dimmed(5, "unknown"));
        assert_eq!(read(3, json!({"lumen": 5, "room": "hall"})), dimmed(5, "hall"));
        assert_eq!(dimmed(5, "hall").schema_version(), 3, "what is written is of the newest version");
    }

    #[test]
    fn what_cannot_be_lifted_says_why() {
        let failure = |version, data| written(version, &data).read::<LaterEvent>().unwrap_err();
        let younger = failure(4, json!({}));
        assert!(younger.is_younger() && younger.to_string().contains("version 4"), "{younger}");
        let odd = failure(1, json!({"watt": 40}));
        assert!(!odd.is_younger() && odd.to_string().contains("it has no candela"), "{odd}");
        let unknown = written(1, &json!({})).read::<NoEvent>().unwrap_err();
        assert!(unknown.is_younger(), "{unknown}");
    }

    #[derive(Debug, Serialize, Deserialize)]
    enum NoEvent {}

    impl Event for NoEvent {
        const AGGREGATE: &'static str = "lamp";
        const TYPES: &'static [&'static str] = &[];

        fn event_type(&self) -> &'static str {
            match *self {}
        }
    }
}
