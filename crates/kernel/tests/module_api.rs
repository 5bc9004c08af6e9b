//! What `module_api!` makes, used the way a contract crate, a module and a caller use it.

use std::{
    convert::Infallible,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use kernel::{
    ApiError, Around, Bounded, BoxFut, CallCtx, Kind, MethodMeta, Transport, WireReply, module_api,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct GetNames(pub Vec<u64>);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Names(pub Vec<String>);

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Rename(pub u64, pub String);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub enum NamesError {
    Unknown(u64),
}

impl Bounded for GetNames {
    const MAX_ITEMS: usize = 3;

    fn items(&self) -> usize {
        self.0.len()
    }
}

impl Bounded for Rename {
    const MAX_ITEMS: usize = 1;

    fn items(&self) -> usize {
        1
    }
}

module_api! {
    /// Things and their names.
    pub trait NamesApi = "names", error NamesError, adapters names_rpc {
        /// The name of each.
        query get(GetNames) -> Names;
        /// Gives one another name.
        command rename(Rename) -> Names;
    }
}

type Reply = Result<Names, ApiError<NamesError>>;

/// Knows the numbers below ten, and counts what it was asked to change.
#[derive(Default)]
struct Numbers {
    renamed: Mutex<u32>,
}

impl Numbers {
    fn renamed(&self) -> u32 {
        *self.renamed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl NamesApi for Numbers {
    fn get<'a>(&'a self, cx: &'a CallCtx, GetNames(ids): GetNames) -> BoxFut<'a, Reply> {
        Box::pin(async move {
            match ids.iter().find(|&&id| id >= 10) {
                Some(99) => Err(ApiError::Internal(format!("for {}", cx.request_id))),
                Some(&unknown) => Err(ApiError::Domain(NamesError::Unknown(unknown))),
                None => Ok(Names(ids.iter().map(u64::to_string).collect())),
            }
        })
    }

    fn rename<'a>(&'a self, _cx: &'a CallCtx, Rename(_, name): Rename) -> BoxFut<'a, Reply> {
        Box::pin(async move {
            *self.renamed.lock().unwrap_or_else(PoisonError::into_inner) += 1;
            Ok(Names(vec![name]))
        })
    }
}

/// A wire without a network.
struct Loopback(Arc<dyn NamesApi>);

impl Transport for Loopback {
    fn call<'a>(
        &'a self,
        method: &'static MethodMeta,
        cx: &'a CallCtx,
        request: Vec<u8>,
    ) -> BoxFut<'a, WireReply> {
        Box::pin(async move { names_rpc::dispatch(&*self.0, method.method, cx, &request).await })
    }
}

/// A wire that answers every call the same.
struct Canned(WireReply);

impl Transport for Canned {
    fn call<'a>(&'a self, _: &'static MethodMeta, _: &'a CallCtx, _: Vec<u8>) -> BoxFut<'a, WireReply> {
        Box::pin(async move { self.0.clone() })
    }
}

/// Writes down what it sees, and fails where it is told to.
#[derive(Default)]
struct Watch {
    seen: Mutex<Vec<String>>,
    fail_before: bool,
    fail_after: bool,
}

impl Watch {
    fn note(&self, text: String, fail: bool) -> Result<(), ApiError<Infallible>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).push(text);
        if fail { Err(ApiError::Unavailable("injected".to_owned())) } else { Ok(()) }
    }

    fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Around for Watch {
    fn before(&self, method: &'static MethodMeta, _: &CallCtx) -> Result<(), ApiError<Infallible>> {
        self.note(format!("before {}", method.method), self.fail_before)
    }

    fn after(
        &self,
        method: &'static MethodMeta,
        _: &CallCtx,
        _: Duration,
        failed: Option<&'static str>,
    ) -> Result<(), ApiError<Infallible>> {
        self.note(format!("after {} {}", method.method, failed.unwrap_or("ok")), self.fail_after)
    }
}

fn query() -> CallCtx {
    CallCtx::system("test", Duration::from_secs(60))
}

fn command() -> CallCtx {
    query().with_key("once")
}

fn local(numbers: &Arc<Numbers>, watch: Watch) -> (Arc<Watch>, Arc<dyn NamesApi>) {
    let around = Arc::new(watch);
    (around.clone(), Arc::new(names_rpc::Local { inner: numbers.clone(), around }))
}

/// The same module, reached within the process and over a wire.
fn both_ways(numbers: &Arc<Numbers>) -> [Arc<dyn NamesApi>; 2] {
    let remote = names_rpc::Remote(Loopback(numbers.clone()));
    [local(numbers, Watch::default()).1, Arc::new(remote)]
}

#[tokio::test]
async fn replies_and_refusals_are_the_same_both_ways() {
    for api in both_ways(&Arc::default()) {
        assert_eq!(api.get(&query(), GetNames(vec![1, 2])).await, Ok(Names(vec!["1".into(), "2".into()])));
        assert_eq!(
            api.get(&query(), GetNames(vec![1, 12])).await,
            Err(ApiError::Domain(NamesError::Unknown(12)))
        );
        assert_eq!(
            api.get(&query(), GetNames(vec![99])).await,
            Err(ApiError::Internal("for test".to_owned()))
        );
        assert_eq!(api.rename(&command(), Rename(1, "one".into())).await, Ok(Names(vec!["one".into()])));
    }
}

#[tokio::test]
async fn a_request_over_its_bound_is_refused_both_ways() {
    let refusal = Err(ApiError::Incompatible("names.get takes at most 3 items, not 4".to_owned()));
    for api in both_ways(&Arc::default()) {
        assert_eq!(api.get(&query(), GetNames(vec![1; 4])).await, refusal);
        assert!(api.get(&query(), GetNames(vec![1; 3])).await.is_ok());
    }
}

#[tokio::test]
async fn a_command_without_a_key_is_refused_both_ways_and_not_carried_out() {
    let numbers = Arc::<Numbers>::default();
    let refusal = Err(ApiError::Incompatible("names.rename needs an idempotency key".to_owned()));
    for api in both_ways(&numbers) {
        assert_eq!(api.rename(&query(), Rename(1, "one".into())).await, refusal);
    }
    assert_eq!(numbers.renamed(), 0);
}

#[tokio::test]
async fn around_sees_every_call_and_how_it_ended() {
    let (watch, api) = local(&Arc::default(), Watch::default());
    let _ = api.get(&query(), GetNames(vec![1])).await;
    let _ = api.get(&query(), GetNames(vec![12])).await;
    let _ = api.rename(&query(), Rename(1, "one".into())).await;
    assert_eq!(
        watch.seen(),
        [
            "before get",
            "after get ok",
            "before get",
            "after get domain",
            "before rename",
            "after rename incompatible",
        ]
    );
}

#[tokio::test]
async fn a_fault_before_the_call_prevents_it() {
    let numbers = Arc::<Numbers>::default();
    let (watch, api) = local(&numbers, Watch { fail_before: true, ..Watch::default() });
    let lost = api.rename(&command(), Rename(1, "one".into())).await;
    assert_eq!(lost, Err(ApiError::Unavailable("injected".to_owned())));
    assert_eq!((numbers.renamed(), watch.seen()), (0, vec!["before rename".to_owned()]));
}

#[tokio::test]
async fn a_fault_after_the_call_loses_the_reply_but_not_the_effect() {
    let numbers = Arc::<Numbers>::default();
    let (_, api) = local(&numbers, Watch { fail_after: true, ..Watch::default() });
    let lost = api.rename(&command(), Rename(1, "one".into())).await;
    assert!(lost.is_err_and(|error| error.is_retryable()));
    assert_eq!(numbers.renamed(), 1);
}

#[tokio::test]
async fn the_far_end_refuses_what_it_does_not_understand() {
    let numbers = Numbers::default();
    for (method, body) in [("drop", "[]"), ("get", "{}"), ("get", "[1"), ("rename", "[1]")] {
        let answer = names_rpc::dispatch(&numbers, method, &command(), body.as_bytes()).await;
        assert!(matches!(answer, Err(ApiError::Incompatible(_))), "{method} {body}: {answer:?}");
    }
}

#[tokio::test]
async fn a_caller_refuses_a_reply_it_does_not_understand() {
    let reply = |canned| async {
        let api = names_rpc::Remote(Canned(canned));
        api.get(&query(), GetNames(vec![1])).await
    };
    assert!(matches!(reply(Ok(Ok(b"7".to_vec()))).await, Err(ApiError::Incompatible(_))));
    assert!(matches!(reply(Ok(Err(b"7".to_vec()))).await, Err(ApiError::Incompatible(_))));
    assert_eq!(reply(Err(ApiError::DeadlineExceeded)).await, Err(ApiError::DeadlineExceeded));
}

#[test]
fn the_methods_are_listed_in_order() {
    let told = |meta: &MethodMeta| (meta.module, meta.method, meta.kind, meta.request, meta.reply);
    let get = ("names", "get", Kind::Query, "GetNames", "Names");
    let rename = ("names", "rename", Kind::Command, "Rename", "Names");
    let listed: Vec<_> = names_rpc::METHODS.iter().map(|meta| told(meta)).collect();
    assert_eq!(listed, [get, rename]);
    assert_eq!(told(names_rpc::meta::rename()), rename);
}
