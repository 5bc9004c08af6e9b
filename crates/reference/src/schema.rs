diesel::table! {
    use diesel::sql_types::*;
    use platform::store::{Document, Moment};

    countries (code) {
        code -> Text,
        alpha3 -> Text,
        name -> Text,
        address -> Document,
        enabled -> Bool,
        version -> BigInt,
        updated_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use platform::store::Moment;

    currencies (code) {
        code -> Text,
        name -> Text,
        exponent -> Integer,
        version -> BigInt,
        updated_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use platform::store::Moment;

    categories (code) {
        code -> Text,
        title -> Text,
        parent -> Nullable<Text>,
        position -> Integer,
        removed -> Bool,
        version -> BigInt,
        created_at -> Moment,
        updated_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use platform::store::Moment;

    tax_categories (code) {
        code -> Text,
        title -> Text,
        version -> BigInt,
        created_at -> Moment,
        updated_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use platform::store::Moment;

    taxonomy (one) {
        one -> Integer,
        planted_at -> Nullable<Moment>,
    }
}
