diesel::table! {
    use diesel::sql_types::*;
    use platform::store::Moment;

    stock_items (sku_key) {
        sku_key -> Text,
        sku -> Text,
        version -> BigInt,
        updated_at -> Moment,
        low_stock_threshold -> Nullable<BigInt>,
        revision -> BigInt,
        backorder_limit -> BigInt,
        backordered -> BigInt,
        locations -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use platform::store::Moment;

    stock_levels (sku_key, location) {
        sku_key -> Text,
        location -> Text,
        on_hand -> BigInt,
        reserved -> BigInt,
        version -> BigInt,
        updated_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use platform::store::{Document, Moment, Uid};

    holds (order_id) {
        order_id -> Uid,
        state -> Text,
        expires_at -> Moment,
        shortages -> Nullable<Document>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use platform::store::Uid;

    hold_lines (order_id, sku_key, location) {
        order_id -> Uid,
        sku_key -> Text,
        location -> Text,
        sku -> Text,
        quantity -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use platform::store::Moment;

    stock_ledger (seq) {
        seq -> BigInt,
        sku_key -> Text,
        location -> Text,
        kind -> Text,
        on_hand_delta -> BigInt,
        reserved_delta -> BigInt,
        on_hand_after -> BigInt,
        reason -> Nullable<Text>,
        cause -> Nullable<Text>,
        at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use platform::store::Uid;

    backorders (seq) {
        seq -> BigInt,
        order_id -> Uid,
        sku_key -> Text,
        sku -> Text,
        quantity -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use platform::store::Uid;

    shipped_lines (order_id, shipment_id, sku_key, location) {
        order_id -> Uid,
        shipment_id -> Uid,
        sku_key -> Text,
        location -> Text,
        sku -> Text,
        quantity -> BigInt,
    }
}

diesel::joinable!(hold_lines -> holds (order_id));
diesel::joinable!(stock_levels -> stock_items (sku_key));
diesel::allow_tables_to_appear_in_same_query!(hold_lines, holds);
diesel::allow_tables_to_appear_in_same_query!(stock_items, stock_levels);
