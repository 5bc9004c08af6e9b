diesel::table! {
    use diesel::sql_types::*;
    use platform::store::{Moment, Uid};

    principals (id) {
        id -> Uid,
        kind -> Text,
        email -> Text,
        email_key -> Text,
        name -> Nullable<Text>,
        status -> Text,
        password -> Nullable<Text>,
        version -> BigInt,
        created_at -> Moment,
        updated_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use platform::store::{Document, Moment};

    roles (code) {
        code -> Text,
        title -> Text,
        permissions -> Document,
        fixed -> Bool,
        version -> BigInt,
        created_at -> Moment,
        updated_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use platform::store::Uid;

    role_grants (principal_id, role) {
        principal_id -> Uid,
        role -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use platform::store::{Moment, Uid};

    sessions (id) {
        id -> Uid,
        principal_id -> Uid,
        access_digest -> Binary,
        access_expires_at -> Moment,
        refresh_digest -> Binary,
        refresh_expires_at -> Moment,
        refreshed_at -> Moment,
        ends_at -> Moment,
        created_at -> Moment,
        address -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use platform::store::{Moment, Uid};

    spent_refresh_tokens (digest) {
        digest -> Binary,
        session_id -> Uid,
        spent_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use platform::store::{Document, Moment, Uid};

    api_keys (id) {
        id -> Uid,
        name -> Text,
        digest -> Binary,
        scopes -> Document,
        created_by -> Text,
        expires_at -> Nullable<Moment>,
        revoked_at -> Nullable<Moment>,
        version -> BigInt,
        created_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use platform::store::{Document, Moment, Uid};

    letters (id) {
        id -> Uid,
        purpose -> Text,
        email -> Text,
        principal_id -> Nullable<Uid>,
        account -> Nullable<Document>,
        digest -> Nullable<Binary>,
        expires_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use platform::store::Moment;

    attempts (subject) {
        subject -> Binary,
        times -> Binary,
        last_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use platform::store::Moment;

    audit_log (seq) {
        seq -> BigInt,
        at -> Moment,
        actor -> Text,
        action -> Text,
        target -> Text,
        detail -> Text,
        address -> Nullable<Text>,
        request_id -> Text,
        digest -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    audit_head (id) {
        id -> Integer,
        seq -> BigInt,
        digest -> Binary,
    }
}

diesel::joinable!(role_grants -> roles (role));
diesel::joinable!(role_grants -> principals (principal_id));
diesel::joinable!(sessions -> principals (principal_id));
diesel::allow_tables_to_appear_in_same_query!(roles, role_grants, principals, sessions);
