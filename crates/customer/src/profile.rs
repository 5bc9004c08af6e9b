//! The rules of a profile. Nothing here does I/O.

use std::collections::BTreeMap;

use customer_api::{CustomerEvent, CustomerId, Picture, Preference, Profile, UpdateProfile};
use kernel::Timestamp;

use crate::customer::set;
use crate::error::Error;
use crate::picture::PictureId;

/// How many preferences a profile may have.
pub(crate) const MOST_PREFERENCES: usize = 50;

/// A profile, and where its picture is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Kept {
    pub profile: Profile,
    pub picture: Option<PictureId>,
}

/// What a PATCH of a profile asks for. An absent field stays; a null one goes. So it is with each preference.
#[derive(Clone, Debug, Default)]
pub(crate) struct ProfilePatch {
    pub display_name: Option<Option<String>>,
    pub bio: Option<Option<String>>,
    pub locale: Option<Option<String>>,
    pub preferences: Option<Option<BTreeMap<String, Option<Preference>>>>,
}

impl ProfilePatch {
    /// What another module asks for.
    pub(crate) fn of(update: &UpdateProfile) -> ProfilePatch {
        let UpdateProfile { display_name, bio, locale, .. } = update.clone();
        ProfilePatch {
            display_name: display_name.map(Some),
            bio: bio.map(Some),
            locale: locale.map(Some),
            preferences: None,
        }
    }
}

/// Of a customer who has said nothing.
pub(crate) fn empty(customer_id: CustomerId) -> Kept {
    let profile = Profile {
        customer_id,
        display_name: None,
        bio: None,
        locale: None,
        preferences: BTreeMap::new(),
        picture: None,
        version: 0,
        updated_at: None,
    };
    Kept { profile, picture: None }
}

/// Applies a patch. `None` if it asks for what is so already. The event says which fields changed, not to what.
///
/// # Errors
/// [`Error::TooManyPreferences`].
pub(crate) fn update(
    profile: &mut Profile,
    patch: &ProfilePatch,
    now: Timestamp,
) -> Result<Option<CustomerEvent>, Error> {
    let preferences = merged(&profile.preferences, patch.preferences.as_ref())?;
    let fields = [
        ("display_name", set(&mut profile.display_name, patch.display_name.as_ref())),
        ("bio", set(&mut profile.bio, patch.bio.as_ref())),
        ("locale", set(&mut profile.locale, patch.locale.as_ref())),
        ("preferences", set(&mut profile.preferences, preferences.as_ref())),
    ];
    let changed: Vec<&str> =
        fields.into_iter().filter(|&(_, changed)| changed).map(|(field, _)| field).collect();
    Ok((!changed.is_empty()).then(|| touch(profile, &changed, now)))
}

/// Shows a picture in place of the one before, and says which that was.
pub(crate) fn show(
    kept: &mut Kept,
    (id, picture): (PictureId, Picture),
    now: Timestamp,
) -> (CustomerEvent, Option<PictureId>) {
    let event = touch(&mut kept.profile, &["picture"], now);
    kept.profile.picture = Some(Picture { version: kept.profile.version, ..picture });
    (event, kept.picture.replace(id))
}

/// Takes the picture away, if there is one, and says which it was.
pub(crate) fn hide(kept: &mut Kept, now: Timestamp) -> Option<(CustomerEvent, PictureId)> {
    let gone = kept.picture.take()?;
    kept.profile.picture = None;
    Some((touch(&mut kept.profile, &["picture"], now), gone))
}

fn touch(profile: &mut Profile, changed: &[&str], now: Timestamp) -> CustomerEvent {
    profile.version = profile.version.saturating_add(1);
    profile.updated_at = Some(now);
    let changed = changed.iter().map(|&field| field.to_owned()).collect();
    CustomerEvent::ProfileUpdated { customer_id: profile.customer_id, changed }
}

/// RFC 7396. `None` where nothing is asked for.
fn merged(
    now: &BTreeMap<String, Preference>,
    patch: Option<&Option<BTreeMap<String, Option<Preference>>>>,
) -> Result<Option<BTreeMap<String, Preference>>, Error> {
    let Some(patch) = patch else { return Ok(None) };
    let Some(changes) = patch else { return Ok(Some(BTreeMap::new())) };
    let mut merged = now.clone();
    for (name, preference) in changes {
        match preference {
            Some(preference) => merged.insert(name.clone(), preference.clone()),
            None => merged.remove(name),
        };
    }
    if merged.len() > MOST_PREFERENCES { Err(Error::TooManyPreferences) } else { Ok(Some(merged)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);

    fn preferences(of: &[(&str, Option<&str>)]) -> ProfilePatch {
        let of = of
            .iter()
            .map(|(name, text)| ((*name).to_owned(), text.map(|text| Preference::Text(text.to_owned()))));
        ProfilePatch { preferences: Some(Some(of.collect())), ..ProfilePatch::default() }
    }

    #[test]
    fn a_patch_names_what_it_changed_and_not_to_what() {
        let mut profile = empty(kernel::Id::from_uuid(Default::default())).profile;
        let patch = ProfilePatch {
            display_name: Some(Some("Ada".into())),
            bio: Some(None),
            ..preferences(&[("theme", Some("dark"))])
        };
        let event = update(&mut profile, &patch, NOW).unwrap().unwrap();
        assert!(
            matches!(&event, CustomerEvent::ProfileUpdated { changed, .. } if *changed == ["display_name", "preferences"])
        );
        let json = serde_json::to_string(&event).unwrap();
        assert!(!json.contains("Ada") && !json.contains("dark"), "{json}");
        assert_eq!((profile.version, profile.updated_at), (1, Some(NOW)));
        assert_eq!(update(&mut profile, &patch, NOW).unwrap(), None, "the same again changes nothing");
        assert_eq!(profile.version, 1);
    }

    #[test]
    fn preferences_are_merged_and_bounded() {
        let mut profile = empty(kernel::Id::from_uuid(Default::default())).profile;
        let mut change = |of: &[(&str, Option<&str>)]| {
            update(&mut profile, &preferences(of), NOW)
                .map(|event| (event.is_some(), profile.preferences.len()))
        };
        assert_eq!(change(&[("a", Some("1")), ("b", Some("2"))]).unwrap(), (true, 2));
        assert_eq!(change(&[("a", None), ("c", None)]).unwrap(), (true, 1));
        let names: Vec<String> = (0..MOST_PREFERENCES).map(|n| format!("p{n}")).collect();
        let many: Vec<(&str, Option<&str>)> = names.iter().map(|name| (name.as_str(), Some("1"))).collect();
        assert!(matches!(change(&many), Err(Error::TooManyPreferences)));
        assert_eq!(change(&many[1..]).unwrap(), (true, MOST_PREFERENCES));
        let nothing = ProfilePatch { preferences: Some(None), ..ProfilePatch::default() };
        assert!(update(&mut profile, &nothing, NOW).unwrap().is_some());
        assert!(profile.preferences.is_empty());
    }
}
