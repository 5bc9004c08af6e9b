use std::collections::BTreeMap;

use kernel::{Bounded, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Number;
use utoipa::ToSchema;

use crate::CustomerId;

/// What a customer says about itself. Who has said nothing has an empty one, of version 0.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
pub struct Profile {
    pub customer_id: CustomerId,
    /// What others see in place of the name.
    #[schema(required)]
    pub display_name: Option<String>,
    #[schema(required)]
    pub bio: Option<String>,
    /// The tag of a language, such as `de` or `de-AT`, BCP 47.
    #[schema(required)]
    pub locale: Option<String>,
    /// Whatever the shop's front ends keep for the customer, by names of their own.
    pub preferences: BTreeMap<String, Preference>,
    #[schema(required)]
    pub picture: Option<Picture>,
    /// The profile's own.
    pub version: i64,
    #[schema(required)]
    pub updated_at: Option<Timestamp>,
}

/// A truth, a number or a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(untagged)]
pub enum Preference {
    Flag(bool),
    #[schema(value_type = f64)]
    Number(Number),
    Text(String),
}

/// What is known of a profile's picture beside its bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
#[schema(as = ProfilePicture)]
pub struct Picture {
    /// `image/jpeg` or `image/png`.
    pub content_type: String,
    /// In pixels, 512 at most.
    pub width: i32,
    /// In pixels, 512 at most.
    pub height: i32,
    pub bytes: i64,
    /// The profile's version that the picture came with.
    pub version: i64,
}

/// What is to change of a profile. What is `None` stays.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UpdateProfile {
    pub customer_id: CustomerId,
    /// 80 characters at most.
    pub display_name: Option<String>,
    /// 2000 characters at most.
    pub bio: Option<String>,
    /// The tag of a language, such as `de` or `de-AT`.
    pub locale: Option<String>,
}

impl Bounded for UpdateProfile {
    const MAX_ITEMS: usize = 1;
    fn items(&self) -> usize {
        1
    }
}
