//! The customer module with a place for pictures that can be looked into, and a clock that the test turns.

use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use customer_api::{CustomerId, Profile};
use image::{DynamicImage, ImageBuffer, ImageFormat, Rgb};
use kernel::{Clock, ManualClock, Timestamp};
use platform::Module;
use platform::effects::{self, EffectState, StoredEffect};
use platform::http::{IfMatch, Problem};
use platform::store::{Database, Db, StoreError};
use platform::workers::Workers;
use tokio::runtime::Handle;

use super::bucket::FakeBucket;
use super::registry::{Registry, empty_database};
use crate::pictures::PictureSettings;

const START: Timestamp = Timestamp::from_micros(1_768_478_400_000_000);
/// For tests that turn the clock, which wakes nobody.
const OFTEN: Duration = Duration::from_millis(5);
/// An effect that is under way is due again when its lease ends.
const LONGER_THAN_A_LEASE: Duration = Duration::from_secs(30);
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Clone)]
pub(super) enum Place {
    Directory(PathBuf),
    Bucket(FakeBucket),
}

#[derive(Clone)]
pub(super) struct Gallery {
    pub registry: Registry,
    pub clock: Arc<ManualClock>,
    pub place: Place,
}

/// Runs the story on both engines, with a directory and with a bucket.
pub(super) async fn in_each_place<F: Future<Output = ()>>(story: impl Fn(Gallery) -> F) {
    for on_postgres in [false, true] {
        for in_bucket in [false, true] {
            let dir = tempfile::tempdir().unwrap();
            let database = match on_postgres {
                true => empty_database(),
                false => Database::Sqlite { dir: dir.path().to_owned() },
            };
            let place = match in_bucket {
                true => Place::Bucket(FakeBucket::start()),
                false => Place::Directory(dir.path().join("pictures")),
            };
            let (gallery, workers) = Gallery::open(&database, place);
            story(gallery.clone()).await;
            workers.stop().await;
            if let Place::Bucket(bucket) = &gallery.place {
                bucket.stop().await;
            }
        }
    }
}

impl Gallery {
    fn open(database: &Database, place: Place) -> (Gallery, Workers) {
        let settings = match &place {
            Place::Directory(directory) => PictureSettings::Directory(directory.clone()),
            Place::Bucket(bucket) => bucket.settings(),
        };
        let clock = Arc::new(ManualClock::new(START));
        let registry = Registry::open(database, &settings, Arc::<ManualClock>::clone(&clock));
        let workers = Workers::new(Handle::current());
        registry.module.effects().unwrap().look_every(OFTEN).start(&workers);
        (Gallery { registry, clock, place }, workers)
    }

    /// Names of the objects that are there.
    pub(super) fn objects(&self) -> Vec<String> {
        match &self.place {
            Place::Directory(directory) => {
                let files = std::fs::read_dir(directory).unwrap().map(|file| file.unwrap().file_name());
                files.map(|name| name.into_string().unwrap()).collect()
            }
            Place::Bucket(bucket) => {
                let name = |key: String| key.strip_prefix("pictures/").unwrap().to_owned();
                bucket.objects().into_iter().map(name).collect()
            }
        }
    }

    pub(super) async fn put(&self, customer: CustomerId, width: u32) -> Result<Profile, Problem> {
        let sent = ("image/png", png(width));
        let module = &self.registry.module;
        module.put_picture(&self.registry.cx, customer, IfMatch::Any, sent).await.map_err(Problem::from)
    }

    /// The width of what is shown; the code of the refusal if nothing is.
    pub(super) async fn width(&self, customer: CustomerId) -> Result<u32, &'static str> {
        let shown = self.registry.module.get_picture(&self.registry.cx, customer, |_| false).await;
        let (picture, bytes) = shown.map_err(|error| Problem::from(error).code())?;
        let image = image::load_from_memory(&bytes.unwrap()).unwrap();
        assert_eq!(i64::from(picture.width), i64::from(image.width()));
        Ok(image.width())
    }

    /// Waits until no removal is due or under way.
    pub(super) async fn settle(&self) {
        let soon = self.clock.now().saturating_add(LONGER_THAN_A_LEASE);
        self.until(async || self.waiting().await.iter().all(|due| *due > soon)).await;
    }

    /// When the removals are due that are not done.
    async fn waiting(&self) -> Vec<Timestamp> {
        let store = &self.registry.module.foundation.store;
        let list = move |db: &mut Db<'_>| effects::list(db, EffectState::Waiting, None, 100);
        let listed: Result<Vec<StoredEffect>, StoreError> = store.read(&self.registry.cx, list).await;
        listed.unwrap().into_iter().map(|effect| effect.due_at).collect()
    }

    async fn until(&self, so: impl AsyncFn() -> bool) {
        let looking = async {
            while !so().await {
                tokio::time::sleep(OFTEN).await;
            }
        };
        tokio::time::timeout(PATIENCE, looking).await.expect("it comes to that");
    }
}

pub(super) fn png(width: u32) -> Bytes {
    let image: DynamicImage = ImageBuffer::from_pixel(width, 10, Rgb([1_u8, 2, 3])).into();
    let mut bytes = std::io::Cursor::new(Vec::new());
    image.write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner().into()
}
