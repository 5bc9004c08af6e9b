use std::future::Future;
use std::pin::Pin;

use tokio::runtime::Builder;

use crate::TestShop;

/// Where a shop keeps its data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// What a story is about.
pub trait Stage: Sized {
    /// Makes it, and what is to be done when the story has ended.
    fn raise(engine: Engine) -> impl Future<Output = (Self, Curtain)>;
}

pub(crate) type Curtain = Pin<Box<dyn Future<Output = ()>>>;

impl Stage for TestShop {
    async fn raise(engine: Engine) -> (TestShop, Curtain) {
        let shop = TestShop::open(engine).await;
        (shop.clone(), Box::pin(async move { shop.finish().await }))
    }
}

/// For stories that start their own shops.
impl Stage for Engine {
    async fn raise(engine: Engine) -> (Engine, Curtain) {
        (engine, Box::pin(async {}))
    }
}

/// Tells a story on one engine, and holds the shop to its promises at the end. What `#[holdfast_test]` expands to.
///
/// # Panics
/// When the story does, when the shop does not start, settle or stop, or when an invariant is broken.
pub fn run<S: Stage, F: Future<Output = ()>>(engine: Engine, story: fn(S) -> F) {
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let (stage, curtain) = S::raise(engine).await;
        Box::pin(story(stage)).await;
        curtain.await;
    });
}
