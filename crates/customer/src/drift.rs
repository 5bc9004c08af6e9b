//! The copy of countries, as it is compared with its owner.

use kernel::{BoxFut, CallCtx};
use platform::copies::{Copies, Kept, Mending, Owned, PAGE};
use platform::events::subscription::Dispatcher;
use platform::store::{Db, StoreError, Tx};
use reference_api::WalkCodes;

use crate::countries::known;
use crate::module::CustomerModule;
use crate::store::countries::{self, KnownCountry};

pub(crate) struct CountryCopies(pub CustomerModule);

impl Copies for CountryCopies {
    type Key = String;
    type Fact = Option<KnownCountry>;

    fn name(&self) -> &'static str {
        "customer.known_countries"
    }

    fn subject(&self, key: &String) -> String {
        key.clone()
    }

    fn feed(&self) -> &Dispatcher {
        &self.0.follow_reference
    }

    fn kept<'a>(
        &'a self,
        cx: &'a CallCtx,
        after: Option<String>,
    ) -> BoxFut<'a, Result<Vec<Kept<String, Self::Fact>>, StoreError>> {
        let page = move |db: &mut Db<'_>| countries::page(db, &after.unwrap_or_default());
        Box::pin(self.0.foundation.store.read(cx, page))
    }

    fn owned<'a>(
        &'a self,
        cx: &'a CallCtx,
        after: Option<String>,
    ) -> BoxFut<'a, Result<Vec<Owned<String, Self::Fact>>, StoreError>> {
        Box::pin(async move {
            let found = self.0.reference.walk_countries(cx, WalkCodes { after, limit: PAGE }).await;
            let found = found.map_err(|error| StoreError::Unavailable(format!("reference: {error}")))?;
            Ok(found.countries.iter().map(|country| known(country).owned()).collect())
        })
    }

    fn mend<'a>(
        &'a self,
        cx: &'a CallCtx,
        all: Vec<Mending<String, Self::Fact>>,
    ) -> BoxFut<'a, Result<(), StoreError>> {
        let mend = move |tx: &mut Tx<'_>| countries::mend(tx, &all);
        Box::pin(self.0.foundation.store.write(cx, "customer.mend_copies", mend))
    }
}
