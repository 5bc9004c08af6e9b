diesel::table! {
    use diesel::sql_types::*;
    use platform::store::{Document, Moment, Uid};

    messages (id) {
        id -> Uid,
        key -> Text,
        template -> Text,
        channel -> Text,
        recipient -> Text,
        customer_id -> Nullable<Uid>,
        order_id -> Nullable<Uid>,
        event_id -> Uid,
        facts -> Document,
        status -> Text,
        suppression -> Nullable<Text>,
        attempts -> Integer,
        last_error -> Nullable<Text>,
        next_attempt_at -> Nullable<Moment>,
        created_at -> Moment,
        sent_at -> Nullable<Moment>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use platform::store::{Moment, Uid};

    preferences (customer_id) {
        customer_id -> Uid,
        locale -> Nullable<Text>,
        email_orders -> Bool,
        email_refunds -> Bool,
        version -> BigInt,
        updated_at -> Moment,
    }
}
