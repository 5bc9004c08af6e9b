//! Where pictures are kept: in a directory, or in a bucket of an S3-compatible server.

mod encode;
mod settings;

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use kernel::CallCtx;
use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{BackoffConfig, ClientOptions, ObjectStore, ObjectStoreExt, PutPayload, RetryConfig};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;

pub(crate) use self::encode::Unfit;
pub use self::settings::{Bucket, PictureSettings, PicturesError};
use crate::error::Error;
use crate::picture::{Encoded, PictureId};

/// Decoding may take some hundred megabytes, and a processor for a second: one at a time.
const DECODERS: usize = 1;
/// In a bucket, which may hold other things too.
const UNDER: &str = "pictures";

/// The store of pictures. Cheap to clone.
#[derive(Clone)]
pub struct Pictures {
    objects: Arc<dyn ObjectStore>,
    under: Path,
    runtime: Handle,
    decoders: Arc<Semaphore>,
}

impl fmt::Debug for Pictures {
    /// Leaves the client out, which has the keys.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pictures").field("under", &self.under).finish_non_exhaustive()
    }
}

impl Pictures {
    /// Makes the directory, if it is one. A bucket is not dialled before there is a picture.
    ///
    /// # Errors
    /// [`PicturesError`].
    pub fn open(settings: &PictureSettings, runtime: Handle) -> Result<Pictures, PicturesError> {
        let (objects, under): (Arc<dyn ObjectStore>, Path) = match settings {
            PictureSettings::Directory(directory) => {
                std::fs::create_dir_all(directory).map_err(PicturesError::of)?;
                let files = LocalFileSystem::new_with_prefix(directory).map_err(PicturesError::of)?;
                // A picture that is shown must not be gone after a loss of power.
                (Arc::new(files.with_fsync(true)), Path::default())
            }
            PictureSettings::Bucket(bucket) => {
                (Arc::new(dial(bucket).build().map_err(PicturesError::of)?), Path::from(UNDER))
            }
        };
        Ok(Pictures { objects, under, runtime, decoders: Arc::new(Semaphore::new(DECODERS)) })
    }

    /// Decodes what was sent, and encodes it anew.
    pub(crate) async fn encode(
        &self,
        cx: &CallCtx,
        sent: Bytes,
        content_type: &'static str,
    ) -> Result<Encoded, Error> {
        let place = Arc::clone(&self.decoders).acquire_owned();
        let waited = tokio::time::timeout(cx.remaining().unwrap_or_default(), place).await;
        let Ok(Ok(place)) = waited else { return Err(Error::PicturesBusy) };
        let work = move || {
            let encoded = encode::encode(&sent, content_type);
            // Whoever waits may have left: the place is taken until the work is done.
            drop(place);
            encoded
        };
        match self.runtime.spawn_blocking(work).await {
            Ok(encoded) => encoded.map_err(Error::PictureInvalid),
            // A decoder that gives up by panicking has been given what it cannot read.
            Err(_) => Err(Error::PictureInvalid(Unfit::Unreadable)),
        }
    }

    pub(crate) async fn put(&self, cx: &CallCtx, id: PictureId, bytes: Bytes) -> Result<(), Error> {
        let (objects, path) = self.at(id);
        self.within(cx, async move { objects.put(&path, PutPayload::from(bytes)).await.map(drop) }).await
    }

    /// `None` if there is no such object.
    pub(crate) async fn get(&self, cx: &CallCtx, id: PictureId) -> Result<Option<Bytes>, Error> {
        let (objects, path) = self.at(id);
        let get = async move {
            match objects.get(&path).await {
                Ok(found) => found.bytes().await.map(Some),
                Err(object_store::Error::NotFound { .. }) => Ok(None),
                Err(error) => Err(error),
            }
        };
        self.within(cx, get).await
    }

    /// What is not there is removed.
    pub(crate) async fn remove(&self, cx: &CallCtx, id: PictureId) -> Result<(), Error> {
        let (objects, path) = self.at(id);
        let remove = async move {
            match objects.delete(&path).await {
                Err(object_store::Error::NotFound { .. }) => Ok(()),
                done => done,
            }
        };
        self.within(cx, remove).await
    }

    fn at(&self, id: PictureId) -> (Arc<dyn ObjectStore>, Path) {
        (Arc::clone(&self.objects), self.under.clone().join(id.to_string()))
    }

    /// On the runtime that lasts: the connections of a request's own thread would end with it.
    async fn within<R: Send + 'static>(
        &self,
        cx: &CallCtx,
        work: impl Future<Output = object_store::Result<R>> + Send + 'static,
    ) -> Result<R, Error> {
        let left = cx.remaining().unwrap_or_default();
        match self.runtime.spawn(tokio::time::timeout(left, work)).await {
            Ok(Ok(done)) => done.map_err(|error| Error::PicturesAway(error.to_string())),
            Ok(Err(_)) => Err(Error::PicturesAway("the deadline passed".to_owned())),
            Err(join) => Err(Error::PicturesAway(join.to_string())),
        }
    }
}

/// The caller's deadline is shorter than any of this as a rule.
fn dial(bucket: &Bucket) -> AmazonS3Builder {
    let client = ClientOptions::new()
        .with_connect_timeout(Duration::from_secs(2))
        .with_timeout(Duration::from_secs(5))
        .with_allow_http(bucket.is_here());
    let retry = RetryConfig {
        backoff: BackoffConfig::default(),
        max_retries: 2,
        retry_timeout: Duration::from_secs(5),
    };
    let dial = AmazonS3Builder::new()
        .with_bucket_name(&bucket.name)
        .with_region(&bucket.region)
        .with_access_key_id(&bucket.access_key_id)
        .with_secret_access_key(&bucket.secret_access_key)
        // Not every compatible server has the call that deletes many.
        .with_disable_bulk_delete(true)
        .with_client_options(client)
        .with_retry(retry);
    match &bucket.endpoint {
        Some(endpoint) => dial.with_endpoint(endpoint),
        None => dial,
    }
}
