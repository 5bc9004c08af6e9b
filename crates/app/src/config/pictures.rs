use std::fmt;
use std::path::{Path, PathBuf};

use ::customer::{Bucket, PictureSettings};
use anyhow::bail;
use serde::{Deserialize, Serialize};

/// Where profile pictures are kept: a directory, or a bucket.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PicturesConfig {
    /// `<data_dir>/pictures` if unset. All instances must see the same one.
    pub directory: Option<PathBuf>,
    /// Instead of a directory.
    pub s3: Option<BucketConfig>,
}

/// A bucket of an S3-compatible server.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BucketConfig {
    pub bucket: String,
    #[serde(default = "usual_region")]
    pub region: String,
    /// Such as `https://s3.example`; `http` only on this machine. Amazon's own if unset.
    pub endpoint: Option<String>,
    pub access_key_id: String,
    pub secret_access_key: String,
}

fn usual_region() -> String {
    "us-east-1".to_owned()
}

impl fmt::Debug for BucketConfig {
    /// Leaves the keys out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BucketConfig").field("bucket", &self.bucket).finish_non_exhaustive()
    }
}

impl PicturesConfig {
    pub(super) fn settings(&self, data_dir: &Path) -> anyhow::Result<PictureSettings> {
        match (&self.directory, self.s3.clone()) {
            (Some(_), Some(_)) => {
                bail!("configuration: pictures.directory and pictures.s3 exclude each other: unset one")
            }
            (Some(directory), None) => Ok(PictureSettings::Directory(directory.clone())),
            (None, None) => Ok(PictureSettings::Directory(data_dir.join("pictures"))),
            (None, Some(s3)) => {
                let BucketConfig { bucket, region, endpoint, access_key_id, secret_access_key } = s3;
                let bucket = Bucket::try_new(bucket, region, endpoint, access_key_id, secret_access_key);
                let named = |error| anyhow::anyhow!("configuration: pictures.s3.{error}");
                Ok(PictureSettings::Bucket(bucket.map_err(named)?))
            }
        }
    }
}
