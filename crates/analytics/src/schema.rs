diesel::table! {
    generation (one) {
        one -> Integer,
        serving -> BigInt,
        building -> Nullable<BigInt>,
        last -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use platform::store::{Moment, Uid};

    sales (generation, order_id) {
        generation -> BigInt,
        order_id -> Uid,
        placed_at -> Moment,
        currency -> Text,
        country -> Text,
        payment_method -> Text,
        customer_id -> Uid,
        customer_group -> Nullable<Text>,
        status -> Text,
        gross -> BigInt,
        version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use platform::store::Uid;

    sale_lines (generation, order_id, sku) {
        generation -> BigInt,
        order_id -> Uid,
        sku -> Text,
        units -> BigInt,
        gross -> BigInt,
        category -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use platform::store::Uid;

    sale_refunds (generation, order_id) {
        generation -> BigInt,
        order_id -> Uid,
        amount -> BigInt,
        version -> BigInt,
    }
}

diesel::table! {
    sheets (id) {
        id -> BigInt,
        generation -> BigInt,
        dimension -> Text,
        span -> Text,
        start -> Date,
        version -> BigInt,
    }
}

diesel::table! {
    sums (sheet, key, currency) {
        sheet -> BigInt,
        key -> Text,
        currency -> Text,
        orders -> BigInt,
        units -> BigInt,
        gross -> BigInt,
        refunds -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use platform::store::Uid;

    skus (generation, sku) {
        generation -> BigInt,
        sku -> Text,
        product_id -> Uid,
        title -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use platform::store::{Moment, Uid};

    product_versions (generation, product_id, version) {
        generation -> BigInt,
        product_id -> Uid,
        version -> BigInt,
        since -> Moment,
        title -> Text,
        category -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use platform::store::{Moment, Uid};

    customer_groups (generation, customer_id, version) {
        generation -> BigInt,
        customer_id -> Uid,
        version -> BigInt,
        since -> Moment,
        customer_group -> Nullable<Text>,
    }
}

diesel::allow_tables_to_appear_in_same_query!(skus, product_versions);
diesel::allow_tables_to_appear_in_same_query!(sales, sale_lines);
diesel::allow_tables_to_appear_in_same_query!(sheets, sums);
