use std::fmt;
use std::path::PathBuf;

/// Where pictures are kept.
#[derive(Clone, Debug)]
pub enum PictureSettings {
    /// Shared by all instances.
    Directory(PathBuf),
    Bucket(Bucket),
}

/// A bucket of an S3-compatible server.
#[derive(Clone)]
pub struct Bucket {
    pub(crate) name: String,
    pub(crate) region: String,
    pub(crate) endpoint: Option<String>,
    pub(crate) access_key_id: String,
    pub(crate) secret_access_key: String,
}

/// Why pictures cannot be kept where the settings say. Never carries a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct PicturesError(String);

impl fmt::Debug for Bucket {
    /// Leaves the keys out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bucket")
            .field("name", &self.name)
            .field("region", &self.region)
            .field("endpoint", &self.endpoint)
            .finish_non_exhaustive()
    }
}

impl PicturesError {
    pub(crate) fn of(error: impl fmt::Display) -> PicturesError {
        PicturesError(error.to_string())
    }
}

/// Nothing leaves the machine on the way there.
const HERE: [&str; 3] = ["http://127.0.0.1:", "http://localhost:", "http://[::1]:"];

impl Bucket {
    /// Without an `endpoint` it is Amazon's own in the region.
    ///
    /// # Errors
    /// [`PicturesError`], which names the setting.
    pub fn try_new(
        name: String,
        region: String,
        endpoint: Option<String>,
        access_key_id: String,
        secret_access_key: String,
    ) -> Result<Bucket, PicturesError> {
        let texts = [
            ("bucket", &name),
            ("region", &region),
            ("access_key_id", &access_key_id),
            ("secret_access_key", &secret_access_key),
        ];
        if let Some((setting, _)) = texts.iter().find(|(_, text)| text.is_empty()) {
            return Err(PicturesError::of(format_args!("{setting} must not be empty")));
        }
        let bucket = Bucket { name, region, endpoint, access_key_id, secret_access_key };
        let safe = bucket.endpoint.as_ref().is_none_or(|endpoint| endpoint.starts_with("https://"));
        if !safe && !bucket.is_here() {
            return Err(PicturesError::of("endpoint must begin with https://, or be on this machine"));
        }
        Ok(bucket)
    }

    pub(crate) fn is_here(&self) -> bool {
        let at = |endpoint: &String| HERE.iter().any(|here| endpoint.starts_with(here));
        self.endpoint.as_ref().is_some_and(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_is_reached_encrypted_and_keeps_its_secrets() {
        let bucket = |endpoint: Option<&str>, secret: &str| {
            let text = str::to_owned;
            Bucket::try_new(text("faces"), text("eu"), endpoint.map(text), text("AKIA"), text(secret))
        };
        for endpoint in [None, Some("https://s3.example"), Some("http://127.0.0.1:9000")] {
            assert!(bucket(endpoint, "geheim").is_ok(), "{endpoint:?}");
        }
        for endpoint in ["http://s3.example", "s3.example", "http://127.0.0.1.example"] {
            let error = bucket(Some(endpoint), "geheim").unwrap_err();
            assert!(error.to_string().starts_with("endpoint "), "{error}");
        }
        assert!(bucket(None, "").unwrap_err().to_string().starts_with("secret_access_key "));
        let shown = format!("{:?}", PictureSettings::Bucket(bucket(None, "geheim").unwrap()));
        assert!(!shown.contains("geheim") && !shown.contains("AKIA"), "{shown}");
    }
}
