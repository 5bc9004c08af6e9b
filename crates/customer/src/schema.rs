diesel::table! {
    use diesel::sql_types::*;
    use platform::store::{Moment, Uid};

    customers (id) {
        id -> Uid,
        email -> Text,
        email_key -> Text,
        name -> Text,
        phone -> Nullable<Text>,
        customer_group -> Nullable<Text>,
        default_shipping_address_id -> Nullable<Uid>,
        default_billing_address_id -> Nullable<Uid>,
        version -> BigInt,
        created_at -> Moment,
        updated_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use platform::store::Uid;

    addresses (id) {
        id -> Uid,
        customer_id -> Uid,
        name -> Text,
        line1 -> Text,
        line2 -> Nullable<Text>,
        city -> Text,
        region -> Nullable<Text>,
        postal_code -> Text,
        country -> Text,
        phone -> Nullable<Text>,
        version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use platform::store::{Moment, Uid};

    payment_methods (id) {
        id -> Uid,
        customer_id -> Uid,
        provider -> Text,
        token -> Text,
        brand -> Text,
        last4 -> Text,
        exp_month -> Integer,
        exp_year -> Integer,
        version -> BigInt,
        created_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use platform::store::{Moment, Uid};

    profile_pictures (id) {
        id -> Uid,
        customer_id -> Uid,
        content_type -> Text,
        width -> Integer,
        height -> Integer,
        bytes -> BigInt,
        created_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use platform::store::{Document, Moment, Uid};

    profiles (customer_id) {
        customer_id -> Uid,
        display_name -> Nullable<Text>,
        bio -> Nullable<Text>,
        locale -> Nullable<Text>,
        preferences -> Document,
        picture_id -> Nullable<Uid>,
        picture_version -> Nullable<BigInt>,
        version -> BigInt,
        updated_at -> Moment,
    }
}

diesel::joinable!(profiles -> profile_pictures (picture_id));
diesel::allow_tables_to_appear_in_same_query!(profiles, profile_pictures);

diesel::table! {
    use diesel::sql_types::*;
    use platform::store::{Document, Moment};

    known_countries (code) {
        code -> Text,
        address -> Document,
        enabled -> Bool,
        source_version -> BigInt,
        as_of -> Moment,
    }
}
