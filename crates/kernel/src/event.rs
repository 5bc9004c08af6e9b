use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Timestamp, id_kinds};

id_kinds! {
    /// Identifies an event, wherever it is read.
    EventKind / EventId = "evt";
}

/// A fact that a module made true and tells the others.
///
/// What it serialises to is the `data` of the [`Envelope`]: a snapshot that a consumer can act on alone.
pub trait Event: Serialize {
    /// What the fact is about: `order`.
    const AGGREGATE: &'static str;

    /// What happened, after the aggregate: `order.created`.
    fn event_type(&self) -> &'static str;

    /// Rises when the shape of the data changes.
    fn schema_version(&self) -> u32 {
        1
    }
}

/// An event as it is logged and delivered. The field names fit Debezium's outbox event router.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
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
    pub data: serde_json::Value,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_envelope_has_these_fields() {
        let json = json!({
            "event_id": "evt_00000000000000000000000001",
            "type": "order.created",
            "schema_version": 1,
            "occurred_at": "2026-11-23T07:42:00.000000Z",
            "aggregate_type": "order",
            "aggregate_id": "ord_00000000000000000000000001",
            "aggregate_version": 2,
            "correlation_id": "req-1",
            "causation_id": null,
            "traceparent": null,
            "actor": "admin",
            "data": {"total": 1},
        });
        let envelope: Envelope = serde_json::from_value(json.clone()).unwrap();
        assert_eq!(envelope.event_type, "order.created");
        assert_eq!(serde_json::to_value(&envelope).unwrap(), json);
    }
}
