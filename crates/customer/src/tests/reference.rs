use std::sync::{Arc, Mutex};

use kernel::{ApiError, BoxFut, CallCtx, Clock, Envelope, Event, Ids, SystemClock, Timestamp};
use platform::events::feed::{Feed, Heard, Logged};
use platform::store::StoreError;
use reference_api::{
    AddressRules, Categories, Countries, Country, CountryEvent, FindCategories, FindCountries, ReferenceApi,
    ReferenceError,
};

/// The reference module, as a test scripts it: what it answers, and what its log tells.
pub(super) struct Reference {
    countries: Mutex<Vec<Country>>,
    away: Mutex<bool>,
    events: Mutex<Vec<Logged>>,
}

const NOW: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);

/// One with postal codes of five digits.
pub(super) fn country(code: &str, version: i64) -> Country {
    Country {
        code: code.to_owned(),
        alpha3: format!("{code}X"),
        name: code.to_owned(),
        address: AddressRules {
            postal_code_required: true,
            postal_code_forms: vec!["#####".to_owned()],
            region_required: code == "US",
        },
        enabled: true,
        version,
        updated_at: NOW,
    }
}

impl Reference {
    pub(super) fn new() -> Reference {
        let countries = ["DE", "US"].map(|code| country(code, 1)).to_vec();
        Reference { countries: Mutex::new(countries), away: Mutex::default(), events: Mutex::default() }
    }

    /// It shows the country like this from now on, and its log does not say so yet.
    pub(super) fn has(&self, country: Country) {
        let mut countries = self.countries.lock().unwrap();
        countries.retain(|one| one.code != country.code);
        countries.push(country);
    }

    pub(super) fn goes_away(&self) {
        *self.away.lock().unwrap() = true;
    }

    pub(super) fn tells(&self, country: Country) {
        let (code, version) = (country.code.clone(), country.version);
        let event = CountryEvent::Updated { country };
        let mut events = self.events.lock().unwrap();
        let event = Envelope {
            event_id: Ids::new().next(SystemClock.now()),
            event_type: event.event_type().to_owned(),
            schema_version: 1,
            occurred_at: NOW,
            aggregate_type: CountryEvent::AGGREGATE.to_owned(),
            aggregate_id: code,
            aggregate_version: version,
            correlation_id: "test".to_owned(),
            causation_id: None,
            traceparent: None,
            actor: "test".to_owned(),
            data: event.data().unwrap(),
        };
        let seq = i64::try_from(events.len()).unwrap() + 1;
        events.push(Logged { seq, event });
    }
}

type Reply<'a, R> = BoxFut<'a, Result<R, ApiError<ReferenceError>>>;

impl ReferenceApi for Reference {
    fn find_categories<'a>(&'a self, _: &'a CallCtx, _: FindCategories) -> Reply<'a, Categories> {
        Box::pin(std::future::ready(Ok(Categories { categories: Vec::new() })))
    }

    fn find_countries<'a>(&'a self, _: &'a CallCtx, find: FindCountries) -> Reply<'a, Countries> {
        let all = self.countries.lock().unwrap().clone();
        let countries = all.into_iter().filter(|one| find.codes.contains(&one.code)).collect();
        let answer = match *self.away.lock().unwrap() {
            true => Err(ApiError::Unavailable("away".to_owned())),
            false => Ok(Countries { countries }),
        };
        Box::pin(std::future::ready(answer))
    }
}

/// Its log.
pub(super) struct Script(pub Arc<Reference>);

impl Feed for Script {
    fn source(&self) -> &'static str {
        "reference"
    }

    fn read<'a>(&'a self, _: &'a CallCtx, after: i64, limit: i64) -> BoxFut<'a, Result<Heard, StoreError>> {
        let events = self.0.events.lock().unwrap().clone().into_iter().filter(|logged| logged.seq > after);
        let events = events.take(usize::try_from(limit).unwrap()).collect();
        let heard = Heard { log_id: Default::default(), events, complete_until: Some(NOW), generation: 0 };
        Box::pin(std::future::ready(Ok(heard)))
    }

    fn wait(&self, _: u64) -> BoxFut<'static, ()> {
        Box::pin(std::future::pending())
    }
}
