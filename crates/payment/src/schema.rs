diesel::table! {
    use diesel::sql_types::*;
    use platform::store::{Moment, Uid};

    payments (id) {
        id -> Uid,
        method -> Text,
        provider -> Text,
        currency -> Text,
        amount -> BigInt,
        authorised -> BigInt,
        capturing -> BigInt,
        captured -> BigInt,
        refunding -> BigInt,
        refunded -> BigInt,
        state -> Text,
        unwanted -> Bool,
        token -> Nullable<Text>,
        return_url -> Nullable<Text>,
        reference -> Nullable<Text>,
        redirect_url -> Nullable<Text>,
        decline_reason -> Nullable<Text>,
        version -> BigInt,
        created_at -> Moment,
        updated_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use platform::store::{Document, Moment, Uid};

    payment_transactions (id) {
        id -> Uid,
        payment_id -> Uid,
        kind -> Text,
        amount -> BigInt,
        state -> Text,
        failure -> Nullable<Text>,
        scope -> Nullable<Uid>,
        origin -> Nullable<Document>,
        attempts -> Integer,
        sent_at -> Moment,
        lease_until -> Moment,
        created_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use platform::store::Moment;

    webhook_events (provider, event_id) {
        provider -> Text,
        event_id -> Text,
        event_type -> Text,
        received_at -> Moment,
    }
}

diesel::joinable!(payment_transactions -> payments (payment_id));
diesel::allow_tables_to_appear_in_same_query!(payment_transactions, payments);
