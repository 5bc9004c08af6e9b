diesel::table! {
    use diesel::sql_types::*;
    use crate::store::{Document, Moment, Uid};

    event_log (seq) {
        seq -> BigInt,
        event_id -> Uid,
        event_type -> Text,
        schema_version -> Integer,
        occurred_at -> Moment,
        aggregate_type -> Text,
        aggregate_id -> Text,
        aggregate_version -> BigInt,
        correlation_id -> Text,
        causation_id -> Nullable<Uid>,
        traceparent -> Nullable<Text>,
        actor -> Text,
        data -> Document,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::{Document, Moment, Uid};

    outbox (pos) {
        pos -> BigInt,
        event_id -> Uid,
        event_type -> Text,
        schema_version -> Integer,
        occurred_at -> Moment,
        aggregate_type -> Text,
        aggregate_id -> Text,
        aggregate_version -> BigInt,
        correlation_id -> Text,
        causation_id -> Nullable<Uid>,
        traceparent -> Nullable<Text>,
        actor -> Text,
        data -> Document,
    }
}

diesel::table! {
    log_head (one) {
        one -> Bool,
        last_seq -> BigInt,
    }
}
