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

diesel::table! {
    use diesel::sql_types::*;
    use platform::store::{Moment, Uid};

    reviews (order_id) {
        order_id -> Uid,
        address_id -> Uid,
        source_version -> BigInt,
        as_of -> Moment,
        finding -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use platform::store::{Moment, Uid};

    customer_copies (customer_id) {
        customer_id -> Uid,
        heard_version -> BigInt,
        source_version -> BigInt,
        as_of -> Nullable<Moment>,
        name -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use platform::store::{Document, Uid};

    address_copies (customer_id, address_id) {
        customer_id -> Uid,
        address_id -> Uid,
        version -> BigInt,
        address -> Document,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use platform::store::{Moment, Uid};

    product_copies (product_id) {
        product_id -> Uid,
        source_version -> BigInt,
        as_of -> Nullable<Moment>,
        title -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use platform::store::Uid;

    variant_copies (product_id, sku) {
        product_id -> Uid,
        sku -> Text,
        title -> Text,
    }
}
