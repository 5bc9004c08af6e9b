//! Removing a picture's object: an effect, as no transaction can take that back.

use std::future::ready;
use std::time::Duration;

use kernel::{BoxFut, CallCtx};
use platform::effects::{Call, Effect, Handler, NewEffect, Outcome, Policy};
use platform::store::{StoreError, Tx};
use platform::{Change, Foundation};
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::picture::PictureId;
use crate::pictures::Pictures;
use crate::store::pictures;

/// The kind of the effects.
pub(crate) const REMOVAL: &str = "customer.picture_removal";
/// Longer than any reason that helps; some servers answer with pages.
const LONGEST_REASON: usize = 300;

#[derive(Debug, Serialize, Deserialize)]
struct Removal {
    picture_id: PictureId,
}

/// For a picture that no profile shows any more.
pub(crate) fn at_once(change: &Change, picture_id: PictureId) -> Result<NewEffect, StoreError> {
    NewEffect::new(change, REMOVAL, &format_args!("gone:{picture_id}"), &Removal { picture_id })
}

/// For a picture that is yet to be shown, and has `after` to come to that.
pub(crate) fn unless_shown(
    change: &Change,
    picture_id: PictureId,
    after: Duration,
) -> Result<NewEffect, StoreError> {
    let key = format_args!("upload:{picture_id}").to_string();
    let effect = NewEffect::new(change, REMOVAL, &key, &Removal { picture_id })?;
    Ok(effect.not_before(change.now.saturating_add(after)))
}

/// Removes pictures that are not shown.
#[derive(Clone)]
pub(crate) struct Remover {
    pub foundation: Foundation,
    pub pictures: Pictures,
}

impl Handler for Remover {
    fn kind(&self) -> &'static str {
        REMOVAL
    }

    /// The store of pictures may be away for a day before an operator is asked.
    fn policy(&self) -> Policy {
        Policy { attempts: 60, ..Policy::default() }
    }

    fn calls<'a>(&'a self, cx: &'a CallCtx, effects: &'a [Effect]) -> BoxFut<'a, Vec<Call<'a>>> {
        let call = |effect| -> Call<'a> { Box::pin(self.call(cx, effect)) };
        Box::pin(ready(effects.iter().map(call).collect()))
    }
}

impl Remover {
    async fn call(&self, cx: &CallCtx, effect: &Effect) -> Outcome {
        let Ok(Removal { picture_id }) = effect.read() else {
            return Outcome::Failed("the payload is of another shape".to_owned());
        };
        match self.remove(cx, picture_id).await {
            Ok(()) => Outcome::Done,
            Err(error) => Outcome::Retry(error.to_string().chars().take(LONGEST_REASON).collect()),
        }
    }

    /// The row goes first: from then on nobody can come to show the object, and a crash in between repeats this.
    async fn remove(&self, cx: &CallCtx, id: PictureId) -> Result<(), Error> {
        let forget = move |tx: &mut Tx<'_>| {
            let there = pictures::lock(tx, id)?;
            if there && pictures::is_shown(tx, id)? {
                return Ok(false);
            }
            pictures::delete(tx, id)?;
            Ok::<_, Error>(true)
        };
        if self.foundation.store.write(cx, "customer.forget_picture", forget).await? {
            self.pictures.remove(cx, id).await?;
        }
        Ok(())
    }
}
