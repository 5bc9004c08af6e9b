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
    use diesel::sql_types::*;
    use crate::store::{Moment, Uid};

    /// `one` is a number on SQLite, and `last_seq` is PostgreSQL's alone: nothing reads the one, and only the
    /// sequencer the other.
    log_head (one) {
        one -> Bool,
        log_id -> Uid,
        last_seq -> BigInt,
        first_seq -> BigInt,
        trimmed_before -> Nullable<Moment>,
    }
}

diesel::table! {
    event_type (aggregate, name, schema_version) {
        aggregate -> Text,
        name -> Text,
        schema_version -> Integer,
    }
}

diesel::table! {
    listener (subscription) {
        subscription -> Text,
        seq -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::{Moment, Uid};

    subscription (name) {
        name -> Text,
        source -> Text,
        log_id -> Nullable<Uid>,
        seq -> BigInt,
        heard_until -> Nullable<Moment>,
        lease_owner -> Nullable<Uid>,
        lease_until -> Nullable<Moment>,
        attempts -> Integer,
        next_at -> Nullable<Moment>,
        last_error -> Nullable<Text>,
        paused -> Bool,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::{Document, Moment};

    dead_letter (subscription, seq) {
        subscription -> Text,
        seq -> BigInt,
        aggregate_id -> Text,
        state -> Text,
        envelope -> Document,
        error -> Nullable<Text>,
        note -> Nullable<Text>,
        actor -> Nullable<Text>,
        at -> Moment,
    }
}
