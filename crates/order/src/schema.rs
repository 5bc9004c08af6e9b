diesel::table! {
    use diesel::sql_types::*;
    use platform::store::{Document, Moment, Uid};

    orders (id) {
        id -> Uid,
        number -> Nullable<BigInt>,
        status -> Text,
        customer_id -> Uid,
        currency -> Text,
        shipping -> BigInt,
        tax -> BigInt,
        total -> BigInt,
        shipping_address -> Document,
        payment_method -> Text,
        payment_status -> Text,
        reason -> Nullable<Text>,
        created_at -> Moment,
        placed_at -> Nullable<Moment>,
        cancelled_at -> Nullable<Moment>,
        version -> BigInt,
        record_id -> Uid,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use platform::store::Uid;

    order_lines (order_id, position) {
        order_id -> Uid,
        position -> Integer,
        sku -> Text,
        title -> Text,
        quantity -> BigInt,
        unit_price -> BigInt,
        total -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use platform::store::{Moment, Uid};

    order_payments (order_id) {
        order_id -> Uid,
        status -> Text,
        version -> BigInt,
        as_of -> Moment,
        captured -> Nullable<BigInt>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use platform::store::{Moment, Uid};

    shipments (order_id, position) {
        order_id -> Uid,
        position -> Integer,
        id -> Uid,
        carrier -> Nullable<Text>,
        tracking -> Nullable<Text>,
        shipped_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use platform::store::Uid;

    shipment_lines (order_id, shipment, position) {
        order_id -> Uid,
        shipment -> Integer,
        position -> Integer,
        quantity -> BigInt,
    }
}
