diesel::table! {
    use diesel::sql_types::*;
    use platform::store::{Moment, Uid};

    products (id) {
        id -> Uid,
        handle -> Text,
        title -> Text,
        description -> Nullable<Text>,
        category -> Nullable<Text>,
        tax_category -> Nullable<Text>,
        status -> Text,
        search -> Text,
        version -> BigInt,
        created_at -> Moment,
        updated_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use platform::store::{Document, Uid};

    variants (id) {
        id -> Uid,
        product_id -> Uid,
        sku -> Text,
        sku_key -> Text,
        title -> Text,
        options -> Document,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use platform::store::Uid;

    prices (variant_id, currency) {
        variant_id -> Uid,
        currency -> Text,
        amount -> BigInt,
        place -> Integer,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use platform::store::Moment;

    known_categories (code) {
        code -> Text,
        removed -> Bool,
        source_version -> BigInt,
        as_of -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use platform::store::Moment;

    known_tax_categories (code) {
        code -> Text,
        source_version -> BigInt,
        as_of -> Moment,
    }
}

diesel::joinable!(variants -> products (product_id));
diesel::allow_tables_to_appear_in_same_query!(products, variants, prices);
