//! Pictures as they are kept: what comes in is never kept as it came.

use bytes::Bytes;
use customer_api::Picture;

kernel::id_kinds! {
    /// Names a picture in the store of pictures. Each upload has one of its own, so nothing is ever overwritten.
    PictureKind / PictureId = "pic";
}

/// A picture that was decoded and encoded again: it carries nothing but pixels.
#[derive(Clone, Debug)]
pub(crate) struct Encoded {
    pub content_type: &'static str,
    pub width: u32,
    pub height: u32,
    pub bytes: Bytes,
}

impl Encoded {
    /// As it is shown; the version is the profile's to give.
    pub(crate) fn describe(&self) -> Picture {
        Picture {
            content_type: self.content_type.to_owned(),
            width: i32::try_from(self.width).unwrap_or(i32::MAX),
            height: i32::try_from(self.height).unwrap_or(i32::MAX),
            bytes: i64::try_from(self.bytes.len()).unwrap_or(i64::MAX),
            version: 0,
        }
    }
}
