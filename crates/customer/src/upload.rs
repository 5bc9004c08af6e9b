//! A picture's way from a request into a profile, and out again.

use bytes::Bytes;
use customer_api::{CustomerId, Picture, Profile};
use kernel::CallCtx;
use platform::http::IfMatch;
use platform::store::Tx;

use crate::error::Error;
use crate::keep_picture;
use crate::module::CustomerModule;

impl CustomerModule {
    /// Decodes, announces, uploads, shows. Where that ends early, the announced removal sees to the rest.
    pub(crate) async fn put_picture(
        &self,
        cx: &CallCtx,
        customer: CustomerId,
        expected: IfMatch,
        (content_type, sent): (&'static str, Bytes),
    ) -> Result<Profile, Error> {
        let encoded = self.pictures.encode(cx, sent, content_type).await?;
        let (store, bytes) = (&self.foundation.store, encoded.bytes.clone());
        let (foundation, call, announced) = (self.foundation.clone(), cx.clone(), encoded.clone());
        let announce = move |tx: &mut Tx<'_>| {
            keep_picture::announce(tx, &foundation.change(&call), customer, &announced)
        };
        let id = store.write(cx, "customer.announce_picture", announce).await?;
        self.pictures.put(cx, id, bytes).await?;
        let (foundation, call) = (self.foundation.clone(), cx.clone());
        let show = move |tx: &mut Tx<'_>| {
            keep_picture::show(tx, &foundation.change(&call), customer, &expected, (id, &encoded))
        };
        store.write(cx, "customer.show_picture", show).await
    }

    /// The picture, and its bytes unless the caller `has` that version.
    pub(crate) async fn get_picture(
        &self,
        cx: &CallCtx,
        customer: CustomerId,
        has: impl Fn(i64) -> bool,
    ) -> Result<(Picture, Option<Bytes>), Error> {
        let mut looked_for = None;
        loop {
            let kept = self.get_profile(cx, customer).await?;
            let shown = kept.profile.picture.zip(kept.picture);
            let (picture, id) = shown.ok_or(Error::PictureNotFound(customer))?;
            if has(picture.version) {
                return Ok((picture, None));
            }
            if let Some(bytes) = self.pictures.get(cx, id).await? {
                return Ok((picture, Some(bytes)));
            }
            // It may have been replaced since it was looked up.
            if looked_for.replace(id) == Some(id) {
                return Err(Error::PicturesAway("the picture is not where pictures are kept".to_owned()));
            }
        }
    }
}
