use std::sync::{Arc, Mutex};

use kernel::{ApiError, BoxFut, CallCtx, Clock, Envelope, Event, Ids, SystemClock, Timestamp};
use platform::events::feed::{Feed, Heard, Logged};
use platform::store::StoreError;
use reference_api::{
    Categories, Category, CategoryEvent, Countries, FindCategories, FindCountries, ReferenceApi,
    ReferenceError,
};

/// The reference module, as a test scripts it: what it answers, and what its log tells.
#[derive(Default)]
pub(super) struct Reference {
    categories: Mutex<Vec<Category>>,
    away: Mutex<bool>,
    events: Mutex<Vec<Logged>>,
}

const NOW: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);

pub(super) fn category(code: &str, version: i64) -> Category {
    Category {
        code: code.to_owned(),
        title: code.to_owned(),
        parent: None,
        position: 0,
        version,
        created_at: NOW,
        updated_at: NOW,
    }
}

impl Reference {
    /// It has this category from now on, and its log does not say so yet.
    pub(super) fn has(&self, category: Category) {
        self.categories.lock().unwrap().push(category);
    }

    pub(super) fn has_no_more(&self, code: &str) {
        self.categories.lock().unwrap().retain(|category| category.code != code);
    }

    pub(super) fn goes_away(&self) {
        *self.away.lock().unwrap() = true;
    }

    pub(super) fn tells(&self, code: &str, version: i64, event: &CategoryEvent) {
        let mut events = self.events.lock().unwrap();
        let event = Envelope {
            event_id: Ids::new().next(SystemClock.now()),
            event_type: event.event_type().to_owned(),
            schema_version: 1,
            occurred_at: NOW,
            aggregate_type: CategoryEvent::AGGREGATE.to_owned(),
            aggregate_id: code.to_owned(),
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
    fn find_categories<'a>(&'a self, _: &'a CallCtx, find: FindCategories) -> Reply<'a, Categories> {
        let all = self.categories.lock().unwrap().clone();
        let categories = all.into_iter().filter(|one| find.codes.contains(&one.code)).collect();
        let answer = match *self.away.lock().unwrap() {
            true => Err(ApiError::Unavailable("away".to_owned())),
            false => Ok(Categories { categories }),
        };
        Box::pin(std::future::ready(answer))
    }

    fn find_countries<'a>(&'a self, _: &'a CallCtx, _: FindCountries) -> Reply<'a, Countries> {
        Box::pin(std::future::ready(Ok(Countries { countries: Vec::new() })))
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
