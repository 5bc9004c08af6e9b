//! What callers may say in a profile.

use std::collections::BTreeMap;

use customer_api::{CustomerError, Preference, UpdateProfile};
use garde::{Error, Validate};
use kernel::ApiError;
use platform::http::rules::{clearable, code, line, present, text};
use platform::http::{Problem, Screen, card};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::breaks;
use crate::profile::{MOST_PREFERENCES, ProfilePatch};

const LONGEST_DISPLAY_NAME: usize = 80;
const LONGEST_BIO: usize = 2000;
const LONGEST_PREFERENCE: usize = 500;

type Preferences = BTreeMap<String, Wanted>;

/// A preference, or null where it is to go.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(as = PreferencePatch)]
struct Wanted(Option<Preference>);

/// What is to change of a profile. What is left out stays. A card number is refused in any field.
#[derive(Clone, Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ProfilePatch)]
pub(crate) struct ProfilePatchRequest {
    /// Null takes it away.
    #[garde(custom(clearable(line(1, LONGEST_DISPLAY_NAME))))]
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 80, pattern = r"^[^\x00-\x1F\x7F-\x9F]*$", examples("Ada"))]
    display_name: Option<Option<String>>,
    /// Null takes it away.
    #[garde(custom(clearable(text(LONGEST_BIO))))]
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 2000)]
    bio: Option<Option<String>>,
    /// The tag of a language, BCP 47. Null takes it away.
    #[garde(custom(clearable(is_tag)))]
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, pattern = "^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$", examples("de-AT"))]
    locale: Option<Option<String>>,
    /// Each is set, or taken away if it is null; those that are not named stay. Null takes all of them away. Names are codes of
    /// 64 characters at most, texts have 500, and a profile has 50 at most.
    #[garde(custom(are_preferences))]
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<BTreeMap<String, Wanted>>)]
    preferences: Option<Option<Preferences>>,
}

impl Screen for ProfilePatchRequest {
    fn screen(body: &Value) -> Result<(), Problem> {
        card::refuse_in(body)
    }
}

/// BCP 47, as far as it is needed.
fn is_tag(tag: &str, (): &()) -> garde::Result {
    let mut parts = tag.split('-');
    let letters = |part: &str| (2..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphabetic());
    let rest = |part: &str| (2..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric());
    let language = parts.next().is_some_and(letters);
    if language && parts.clone().count() <= 3 && parts.all(rest) {
        return Ok(());
    }
    Err(Error::new("must be the tag of a language, such as de or de-AT"))
}

fn are_preferences(preferences: &Option<Option<Preferences>>, (): &()) -> garde::Result {
    let Some(Some(preferences)) = preferences else { return Ok(()) };
    if preferences.len() > 2 * MOST_PREFERENCES {
        return Err(Error::new(format_args!("a profile has {MOST_PREFERENCES} at most")));
    }
    let wrong = |name: &str, what| Error::new(format_args!("{name:?}: {what}"));
    for (name, preference) in preferences {
        code(64)(name, &()).map_err(|error| wrong(name, error.message().to_owned()))?;
        if let Wanted(Some(Preference::Text(value))) = preference {
            text(LONGEST_PREFERENCE)(value, &()).map_err(|error| wrong(name, error.message().to_owned()))?;
        }
    }
    Ok(())
}

impl From<ProfilePatchRequest> for ProfilePatch {
    fn from(request: ProfilePatchRequest) -> ProfilePatch {
        let ProfilePatchRequest { display_name, bio, locale, preferences } = request;
        let unwrap = |(name, Wanted(preference))| (name, preference);
        let preferences = preferences.map(|all| all.map(|all| all.into_iter().map(unwrap).collect()));
        ProfilePatch { display_name, bio, locale, preferences }
    }
}

/// Checks what another module says for a customer.
pub(crate) fn admit_profile(update: &UpdateProfile) -> Result<(), ApiError<CustomerError>> {
    let ProfilePatch { display_name, bio, locale, .. } = ProfilePatch::of(update);
    let request = ProfilePatchRequest { display_name, bio, locale, ..ProfilePatchRequest::default() };
    request.validate().map_err(breaks)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fault(body: Value) -> Option<String> {
        match serde_json::from_value::<ProfilePatchRequest>(body) {
            Err(_) => Some("schema".to_owned()),
            Ok(request) => {
                request.validate().err().and_then(|report| Some(report.iter().next()?.0.to_string()))
            }
        }
    }

    #[test]
    fn profiles_are_short_and_plain() {
        for good in [
            json!({}),
            json!({"display_name": null, "bio": null, "locale": null, "preferences": null}),
            json!({"display_name": "x".repeat(80), "bio": "é".repeat(2000), "locale": "zh-Hans-CN"}),
            json!({"bio": "two\nlines"}),
            json!({"preferences": {"theme": "dark", "beta": true, "font_size": 1.5, "old": null}}),
        ] {
            assert_eq!(fault(good.clone()), None, "{good}");
        }
        let many: serde_json::Map<_, _> = (0..101).map(|n| (format!("p{n}"), json!(n))).collect();
        for (field, bad) in [
            ("display_name", json!("")),
            ("display_name", json!("x".repeat(81))),
            ("display_name", json!("a\nb")),
            ("bio", json!("x".repeat(2001))),
            ("bio", json!("a\u{7}")),
            ("locale", json!("de_AT")),
            ("locale", json!("deutsch")),
            ("preferences", json!({"two words": 1})),
            ("preferences", json!({"theme": "x".repeat(501)})),
            ("preferences", json!(many)),
        ] {
            assert_eq!(fault(json!({field: bad})).as_deref(), Some(field), "{bad}");
        }
        for bad in [
            json!({"preferences": {"deep": {"a": 1}}}),
            json!({"preferences": {"list": [1]}}),
            json!({"id": 1}),
        ] {
            assert_eq!(fault(bad.clone()).as_deref(), Some("schema"), "{bad}");
        }
        let card = ProfilePatchRequest::screen(&json!({"bio": "mine is 4242 4242 4242 4242"}));
        assert_eq!(card.unwrap_err().code(), "card-number-refused");
    }

    #[test]
    fn both_doors_have_the_same_rules() {
        let long = UpdateProfile {
            customer_id: kernel::Id::from_uuid(Default::default()),
            display_name: Some("x".repeat(81)),
            bio: None,
            locale: None,
        };
        assert!(matches!(admit_profile(&long), Err(ApiError::Incompatible(_))));
        assert!(admit_profile(&UpdateProfile { display_name: None, ..long }).is_ok());
    }
}
