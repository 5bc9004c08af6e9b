use std::time::Duration;

use platform::http::{IfMatch, Problem};
use platform::store::Tx;

use super::gallery::{Gallery, Place, in_each_place, png};
use crate::error::Error;
use crate::keep_picture::{self, UPLOAD_TAKES};
use crate::picture::{Encoded, PictureId};

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_is_shown_until_another_one_is_or_none() {
    in_each_place(async |gallery: Gallery| {
        let alice = gallery.registry.customer("alice").await.id;
        assert_eq!(gallery.width(alice).await, Err("picture-not-found"));
        let first = gallery.put(alice, 20).await.unwrap();
        assert_eq!((first.version, first.picture.unwrap().version), (1, 1));
        assert_eq!(gallery.width(alice).await, Ok(20));
        let before = gallery.objects();
        assert_eq!(before.len(), 1);

        gallery.put(alice, 30).await.unwrap();
        gallery.settle().await;
        assert_eq!(gallery.width(alice).await, Ok(30));
        let after = gallery.objects();
        assert!(after.len() == 1 && after != before, "{before:?} {after:?}");

        let hide = |expected: IfMatch| {
            gallery.registry.change(move |tx, change| keep_picture::hide(tx, change, alice, &expected))
        };
        assert_eq!(hide(IfMatch::Versions(vec![1])).await.unwrap_err().code(), "stale");
        assert!(hide(IfMatch::Versions(vec![2])).await.is_ok());
        gallery.settle().await;
        assert_eq!((gallery.objects(), gallery.width(alice).await), (vec![], Err("picture-not-found")));
        assert_eq!(hide(IfMatch::Any).await.unwrap_err().code(), "picture-not-found");
        assert_eq!(gallery.registry.version(alice).await, 4);
        assert_eq!(gallery.registry.events(alice, "customer.profile_updated").await, 3);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_crash_leaves_behind_is_removed_and_can_be_shown_no_more() {
    in_each_place(async |gallery: Gallery| {
        let alice = gallery.registry.customer("alice").await.id;
        gallery.put(alice, 20).await.unwrap();
        let (registry, module) = (&gallery.registry, &gallery.registry.module);
        let encoded = module.pictures.encode(&registry.cx, png(30), "image/png").await.unwrap();

        // As `put_picture` does; then the process is gone.
        let (foundation, cx, announced) = (module.foundation.clone(), registry.cx.clone(), encoded.clone());
        let announce =
            move |tx: &mut Tx<'_>| keep_picture::announce(tx, &foundation.change(&cx), alice, &announced);
        let id: PictureId = module.foundation.store.write(&registry.cx, "test", announce).await.unwrap();
        module.pictures.put(&registry.cx, id, encoded.bytes.clone()).await.unwrap();
        assert_eq!(gallery.objects().len(), 2);

        gallery.clock.advance(UPLOAD_TAKES - MINUTE);
        gallery.settle().await;
        assert_eq!(gallery.objects().len(), 2, "it may yet come to be shown");
        gallery.clock.advance(MINUTE);
        gallery.settle().await;
        assert!(!gallery.objects().contains(&id.to_string()), "{:?}", gallery.objects());
        assert_eq!(gallery.width(alice).await, Ok(20), "what is shown stays");

        let refused = show(&gallery, alice, (id, encoded)).await;
        assert_eq!(refused.unwrap_err().code(), "unavailable");
        assert_eq!(gallery.width(alice).await, Ok(20));
    })
    .await;
}

async fn show(
    gallery: &Gallery,
    customer: customer_api::CustomerId,
    (id, encoded): (PictureId, Encoded),
) -> Result<(), Problem> {
    let show = move |tx: &mut Tx<'_>, change: &platform::Change| {
        keep_picture::show(tx, change, customer, &IfMatch::Any, (id, &encoded))
    };
    gallery.registry.change(show).await.map(drop)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_is_refused_shows_nothing_and_leaves_nothing() {
    in_each_place(async |gallery: Gallery| {
        let alice = gallery.registry.customer("alice").await.id;
        gallery.put(alice, 20).await.unwrap();
        let (registry, module) = (&gallery.registry, &gallery.registry.module);
        let stale = IfMatch::Versions(vec![7]);
        let refused = module.put_picture(&registry.cx, alice, stale, ("image/png", png(30))).await;
        assert!(matches!(refused, Err(Error::Stale(1))), "{refused:?}");
        let broken = module.put_picture(&registry.cx, alice, IfMatch::Any, ("image/jpeg", png(30))).await;
        assert!(matches!(broken, Err(Error::PictureInvalid(_))), "{broken:?}");
        let nobody = kernel::Id::from_uuid(Default::default());
        assert_eq!(gallery.put(nobody, 30).await.unwrap_err().code(), "customer-not-found");

        gallery.clock.advance(UPLOAD_TAKES);
        gallery.settle().await;
        assert_eq!((gallery.objects().len(), gallery.width(alice).await), (1, Ok(20)));
        assert_eq!(registry.version(alice).await, 2);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_that_is_away_is_waited_for() {
    in_each_place(async |gallery: Gallery| {
        let Place::Bucket(bucket) = gallery.place.clone() else { return };
        let alice = gallery.registry.customer("alice").await.id;
        gallery.put(alice, 20).await.unwrap();
        bucket.be_away(true);
        assert_eq!(gallery.put(alice, 30).await.unwrap_err().code(), "unavailable");
        assert_eq!(gallery.width(alice).await, Err("unavailable"));
        let hide =
            gallery.registry.change(move |tx, change| keep_picture::hide(tx, change, alice, &IfMatch::Any));
        assert!(hide.await.is_ok(), "nobody who takes a picture away waits for the bucket");
        bucket.be_away(false);
        gallery.clock.advance(UPLOAD_TAKES);
        gallery.settle().await;
        assert_eq!(gallery.objects(), [""; 0]);
    })
    .await;
}
