use customer_api::{CustomerApi, CustomerId, Profile, UpdateProfile};
use kernel::ApiError;
use platform::http::{IfMatch, Problem};

use super::registry::{Registry, on_both};
use crate::profile::ProfilePatch;
use crate::update_profile::update_profile;

async fn say(
    registry: &Registry,
    customer: CustomerId,
    expected: IfMatch,
    bio: Option<&str>,
) -> Result<(), Problem> {
    let patch = ProfilePatch { bio: Some(bio.map(str::to_owned)), ..ProfilePatch::default() };
    let work = move |tx: &mut platform::store::Tx<'_>, change: &platform::Change| {
        update_profile(tx, change, customer, &expected, &patch)
    };
    registry.change(work).await.map(drop)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_is_empty_until_something_is_said_and_a_part_of_its_customer_then() {
    on_both(async |registry: Registry| {
        let alice = registry.customer("alice").await.id;
        let shown = async || registry.module.get_profile(&registry.cx, alice).await.unwrap().profile;
        assert_eq!((shown().await.version, shown().await.updated_at), (0, None));
        assert!(say(&registry, alice, IfMatch::Versions(vec![0]), None).await.is_ok());
        assert_eq!((shown().await.version, registry.version(alice).await), (0, 1), "nothing was said");

        assert!(say(&registry, alice, IfMatch::Versions(vec![0]), Some("Likes lamps.")).await.is_ok());
        let stale = say(&registry, alice, IfMatch::Versions(vec![0]), Some("x")).await;
        assert_eq!(stale.unwrap_err().code(), "stale");
        assert!(say(&registry, alice, IfMatch::Versions(vec![1]), Some("Likes lamps.")).await.is_ok());
        let profile = shown().await;
        assert_eq!((profile.bio.as_deref(), profile.version), (Some("Likes lamps."), 1));
        assert!(say(&registry, alice, IfMatch::Any, None).await.is_ok());
        assert_eq!((shown().await.bio, shown().await.version), (None, 2));
        assert_eq!(registry.version(alice).await, 3);
        assert_eq!(registry.events(alice, "customer.profile_updated").await, 2);
        let nobody = kernel::Id::from_uuid(Default::default());
        assert_eq!(
            say(&registry, nobody, IfMatch::Any, None).await.unwrap_err().code(),
            "customer-not-found"
        );
        assert!(registry.module.get_profile(&registry.cx, nobody).await.is_err());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_module_may_speak_for_a_customer() {
    on_both(async |registry: Registry| {
        let customer_id = registry.customer("alice").await.id;
        let update = UpdateProfile {
            customer_id,
            display_name: Some("Ada".into()),
            bio: None,
            locale: Some("sv".into()),
        };
        let cx = registry.cx.with_key("say-it-once");
        let said: Profile = registry.module.update_profile(&cx, update.clone()).await.unwrap();
        assert_eq!(
            (said.display_name.as_deref(), said.locale.as_deref(), said.version),
            (Some("Ada"), Some("sv"), 1)
        );
        assert_eq!(registry.module.update_profile(&cx, update.clone()).await, Ok(said));
        let wrong = UpdateProfile { locale: Some("Swedish".into()), ..update };
        let refused = registry.module.update_profile(&registry.cx, wrong).await;
        assert!(matches!(refused, Err(ApiError::Incompatible(_))), "{refused:?}");
    })
    .await;
}
