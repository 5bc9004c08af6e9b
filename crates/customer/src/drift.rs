//! The copy of countries, as it is compared with its owner.

use kernel::CallCtx;
use platform::Change;
use platform::copies::{Copies, Kept, Mending, Owned, PAGE, Walked};
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

    fn page(db: &mut Db<'_>, after: Option<String>) -> Result<Vec<Kept<String, Self::Fact>>, StoreError> {
        countries::page(db, &after.unwrap_or_default())
    }

    fn owned<'a>(&'a self, cx: &'a CallCtx, after: Option<String>) -> Walked<'a, Owned<String, Self::Fact>> {
        Box::pin(async move {
            let found = self.0.reference.walk_countries(cx, WalkCodes { after, limit: PAGE }).await;
            let found = found.map_err(|error| self.away(error))?;
            Ok(found.countries.iter().map(|country| known(country).owned()).collect())
        })
    }

    fn mend(tx: &mut Tx<'_>, _: &Change, all: &[Mending<String, Self::Fact>]) -> Result<(), StoreError> {
        countries::mend(tx, all)
    }
}
