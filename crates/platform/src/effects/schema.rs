diesel::table! {
    use diesel::sql_types::*;
    use crate::store::{Document, Moment, Uid};

    effect (id) {
        id -> Uid,
        kind -> Text,
        key -> Text,
        payload -> Document,
        state -> Text,
        due_at -> Moment,
        attempts -> Integer,
        attempt -> Nullable<Uid>,
        error -> Nullable<Text>,
        note -> Nullable<Text>,
        actor -> Nullable<Text>,
        at -> Moment,
    }
}
