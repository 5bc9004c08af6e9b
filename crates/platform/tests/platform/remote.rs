//! A module in another process: the counters, called and heard over HTTP, through a network that fails.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::dev::ServerHandle;
use actix_web::{App, HttpServer, web};
use futures_util::future::join_all;
use kernel::{ApiError, Bounded, BoxFut, CallCtx, Contract, Ids, module_api};
use platform::Foundation;
use platform::events::EventVersion;
use platform::events::feed::{Feed, Heard};
use platform::remote::{Calls, Host, Hosted, Link, Network, RemoteFeed, Secret, Stopping};
use platform::store::{Store, StoreError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use testkit_wire::{Proxy, Trouble};
use tokio::runtime::Handle;

use crate::event_log::CounterEvent;
use crate::fixture::{Error, NOW, add, cx, on_both, until, value};
use crate::subscriptions::Follower;

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Add {
    name: String,
    delta: i64,
}

#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub enum CountingError {
    Negative,
}

impl Bounded for Add {
    const MAX_ITEMS: usize = 1;

    fn items(&self) -> usize {
        1
    }
}

module_api! {
    /// Counters, as others change them.
    pub trait CountingApi = "counting", error CountingError, adapters counting_rpc {
        /// Adds to a counter; answers its value.
        command add(Add) -> i64;
        /// On whose behalf, and how, it is called.
        query who(Add) -> String;
    }
}

type Answer<T> = Result<T, ApiError<CountingError>>;

struct Counting(Foundation);

impl CountingApi for Counting {
    fn add<'a>(&'a self, cx: &'a CallCtx, request: Add) -> BoxFut<'a, Answer<i64>> {
        Box::pin(async move {
            if request.delta < 0 {
                return Err(ApiError::Domain(CountingError::Negative));
            }
            let work = |tx: &mut platform::store::Tx<'_>, _: &platform::Change, add_: &Add| {
                add(tx, &add_.name, add_.delta).map_err(Error::Storage)
            };
            self.0.command(cx, "counting.add", request, work).await.map_err(|error| match error {
                Error::Storage(error) => error.into_api(),
                Error::Refused => ApiError::Domain(CountingError::Negative),
            })
        })
    }

    fn who<'a>(&'a self, cx: &'a CallCtx, _: Add) -> BoxFut<'a, Answer<String>> {
        let trace = cx.traceparent.as_deref().unwrap_or("untraced");
        let who = format!("{} {} {trace} {}", cx.principal, cx.request_id, cx.depth);
        Box::pin(std::future::ready(Ok(who)))
    }
}

/// The process that the counters live in.
struct Owner {
    follower: Follower,
    address: SocketAddr,
    server: ServerHandle,
    stopping: Stopping,
}

fn secret() -> Secret {
    Secret::try_new(&"s".repeat(32)).unwrap()
}

impl Owner {
    async fn start(store: Store) -> Owner {
        let follower = Follower::start(store).await;
        let (address, server, stopping) = serve(&follower, None);
        Owner { follower, address, server, stopping }
    }

    /// Ends the process and starts another one at the same address.
    async fn restart(self) -> Owner {
        let Owner { follower, address, server, stopping } = self;
        stopping.say();
        server.stop(true).await;
        let (address, server, stopping) = serve(&follower, Some(address));
        Owner { follower, address, server, stopping }
    }

    fn link(&self, at: SocketAddr) -> Link {
        Network::new(secret()).unwrap().link("counting", &format!("http://{at}")).unwrap()
    }
}

fn serve(follower: &Follower, at: Option<SocketAddr>) -> (SocketAddr, ServerHandle, Stopping) {
    let foundation = follower.dispatcher().foundation().clone();
    let api = Arc::new(counting_rpc::Served(Arc::new(Counting(foundation))));
    let hosted = Hosted { api, contract: &counting_rpc::CONTRACT, log: follower.feed() };
    let (host, stopping) =
        Host::new(secret(), Handle::current(), Ids::new().uuid(NOW), [("counting", hosted)]);
    let listener = TcpListener::bind(at.unwrap_or(([127, 0, 0, 1], 0).into())).unwrap();
    let address = listener.local_addr().unwrap();
    let app = move || {
        let host = host.clone();
        App::new().configure(move |config: &mut web::ServiceConfig| host.routes(config))
    };
    let server = HttpServer::new(app).workers(1).disable_signals().listen(listener).unwrap().run();
    let handle = server.handle();
    tokio::spawn(server);
    (address, handle, stopping)
}

fn remote(link: Link) -> counting_rpc::Remote<Calls> {
    counting_rpc::Remote(Calls { link, contract: &counting_rpc::CONTRACT })
}

fn one(name: &str) -> Add {
    Add { name: name.to_owned(), delta: 1 }
}

fn within(budget: Duration) -> CallCtx {
    CallCtx::system("test", budget)
}

#[test]
fn a_call_arrives_as_it_was_made() {
    on_both(|store| async move {
        let owner = Owner::start(store).await;
        let api = remote(owner.link(owner.address));
        assert_eq!(api.add(&cx().with_key("a-key"), one("a")).await, Ok(1));
        assert_eq!(api.add(&cx().with_key("a-key"), one("a")).await, Ok(1), "once per key");
        assert_eq!(api.add(&cx().with_key("b-key"), one("a")).await, Ok(2));
        let negative = Add { delta: -1, ..one("a") };
        assert_eq!(
            api.add(&cx().with_key("c-key"), negative).await,
            Err(ApiError::Domain(CountingError::Negative))
        );
        assert!(matches!(api.add(&cx(), one("a")).await, Err(ApiError::Incompatible(_))), "it has no key");
        let traced = CallCtx { traceparent: Some("00-ab-cd-01".into()), depth: 2, ..cx() };
        assert_eq!(api.who(&traced, one("a")).await.as_deref(), Ok("system:test test 00-ab-cd-01 3"));
        let circling = CallCtx { depth: kernel::MAX_DEPTH, ..cx() };
        assert!(matches!(api.who(&circling, one("a")).await, Err(ApiError::Internal(_))));
        assert_eq!(api.who(&within(Duration::ZERO), one("a")).await, Err(ApiError::DeadlineExceeded));
    });
}

#[test]
fn nobody_calls_without_the_secret() {
    on_both(|store| async move {
        let owner = Owner::start(store).await;
        let url = format!("http://{}", owner.address);
        let stranger = Network::new(Secret::try_new(&"t".repeat(32)).unwrap()).unwrap();
        let api = remote(stranger.link("counting", &url).unwrap());
        assert_eq!(api.add(&cx().with_key("a-key"), one("a")).await, Err(ApiError::Unauthorized));
        let elsewhere = Network::new(secret()).unwrap().link("labels", &url).unwrap();
        let api = remote(elsewhere);
        assert!(matches!(api.who(&cx(), one("a")).await, Err(ApiError::Incompatible(_))), "it is not there");
        assert_eq!(value(&owner.follower.store, "a").await, None);
    });
}

#[test]
fn a_contract_of_another_version_is_refused() {
    static OTHER: Contract = Contract::new("counting", 2, counting_rpc::METHODS, &[], "");
    on_both(|store| async move {
        let owner = Owner::start(store).await;
        let api = counting_rpc::Remote(Calls { link: owner.link(owner.address), contract: &OTHER });
        let refused = api.add(&cx().with_key("a-key"), one("a")).await;
        let said = "counting's contract is version 1 here, 2 there";
        assert_eq!(refused, Err(ApiError::Incompatible(said.to_owned())));
        assert_eq!(value(&owner.follower.store, "a").await, None);
    });
}

/// Whatever befalls a call, it is answered in time; and once it is known to have succeeded, it was carried out once.
#[test]
fn trouble_costs_time_and_nothing_else() {
    on_both(|store| async move {
        let owner = Owner::start(store).await;
        let proxy = Proxy::start(owner.address).await.unwrap();
        for (n, trouble) in Trouble::ALL.into_iter().enumerate() {
            // Each its own, so that none begins with what the one before has learned.
            let api = remote(owner.link(proxy.address()));
            let budget = Duration::from_millis(800);
            let key = |call: usize| format!("{trouble:?}-{call}");
            proxy.suffer(trouble);
            let begun = Instant::now();
            let calls = join_all((0..4).map(|call| {
                let (api, cx) = (&api, within(budget).with_key(key(call)));
                async move { api.add(&cx, one("a")).await }
            }));
            for answer in calls.await {
                assert!(
                    answer.is_ok() || answer.as_ref().is_err_and(ApiError::is_retryable),
                    "{trouble:?}: {answer:?}"
                );
                assert_eq!(
                    answer.is_ok(),
                    matches!(trouble, Trouble::Slow(_) | Trouble::Trickle),
                    "{trouble:?}"
                );
            }
            assert!(begun.elapsed() < budget * 2, "{trouble:?} took {:?}", begun.elapsed());
            proxy.suffer(Trouble::None);
            for call in 0..4 {
                until(async || api.add(&cx().with_key(key(call)), one("a")).await.is_ok()).await;
            }
            let expected = i64::try_from(4 * (n + 1)).unwrap();
            assert_eq!(value(&owner.follower.store, "a").await, Some(expected), "after {trouble:?}");
        }
    });
}

#[test]
fn a_lost_reply_is_asked_for_again_within_the_call() {
    on_both(|store| async move {
        let owner = Owner::start(store).await;
        let proxy = Proxy::start(owner.address).await.unwrap();
        let api = remote(owner.link(proxy.address()));
        proxy.suffer(Trouble::ReplyLost);
        let call_cx = cx().with_key("a-key");
        let call = api.add(&call_cx, one("a"));
        let mend = async {
            until(async || value(&owner.follower.store, "a").await == Some(1)).await;
            proxy.suffer(Trouble::None);
        };
        let (answer, ()) = tokio::join!(call, mend);
        assert_eq!(answer, Ok(1));
    });
}

#[test]
fn a_log_is_read_and_waited_for_as_one_nearby() {
    on_both(|store| async move {
        let owner = Owner::start(store).await;
        let feed = RemoteFeed::new(owner.link(owner.address), Handle::current());
        for name in ["a", "b", "a"] {
            owner.follower.append(name).await;
        }
        owner.follower.sequence().await;
        let near: Heard = owner.follower.feed().read(&cx(), 1, 10).await.unwrap();
        let far: Heard = feed.read(&cx(), 1, 10).await.unwrap();
        let seen = |heard: &Heard| {
            let events: Vec<_> = heard
                .events
                .iter()
                .map(|one| (one.seq, one.event.event_id, one.event.data.to_string()))
                .collect();
            (heard.log_id, events, heard.complete_until)
        };
        assert_eq!(seen(&far), seen(&near));
        assert_eq!(feed.ahead(&cx(), 1).await.unwrap(), owner.follower.feed().ahead(&cx(), 1).await.unwrap());
        let unreadable = feed.unreadable(&cx(), "counter", Vec::new(), 0).await.unwrap();
        assert_eq!(unreadable, EventVersion::readable::<CounterEvent>());
        assert_eq!(feed.acknowledge(&cx(), "listening.follow", 3).await.unwrap(), 1);
        // What is appended while somebody waits is heard of, also from the next run of the owner.
        let heard_of = async |owner: &Owner| {
            let before = feed.read(&cx(), 0, 10).await.unwrap();
            let (waiting, append) = (feed.wait(before.generation), async {
                owner.follower.append("c").await;
                owner.follower.sequence().await;
            });
            tokio::time::timeout(Duration::from_secs(10), async { tokio::join!(waiting, append) })
                .await
                .unwrap();
            until(async || feed.read(&cx(), 0, 10).await.unwrap().events.len() > before.events.len()).await;
        };
        heard_of(&owner).await;
        let owner = owner.restart().await;
        until(async || feed.read(&cx(), 0, 1).await.is_ok()).await;
        heard_of(&owner).await;
    });
}

#[test]
fn a_log_that_is_away_is_an_outage() {
    on_both(|store| async move {
        let owner = Owner::start(store).await;
        let feed = RemoteFeed::new(owner.link(([127, 0, 0, 1], 1).into()), Handle::current());
        let away = feed.read(&within(Duration::from_millis(300)), 0, 10).await;
        assert!(matches!(away, Err(StoreError::Unavailable(_) | StoreError::Timeout)), "{away:?}");
    });
}
