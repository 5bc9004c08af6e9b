//! One story per contract, told to the modules over every way in which they can be called. What they answer must not depend
//! on the way, whatever of it is lost, and each story calls every method of its contract.

mod goods;
mod identities;
mod listeners;
mod people;
mod scene;
mod trade;

use std::collections::BTreeSet;
use std::time::Duration;

use kernel::Contract;
use testkit::{CardShop, Way};

use self::scene::Scene;

const DAY: Duration = Duration::from_secs(24 * 3600);

async fn the_same_however_called(shop: CardShop, contract: &Contract, story: impl AsyncFn(&mut Scene)) {
    let mut expected = None;
    for way in Way::ALL {
        let mut scene = Scene::open(&shop, way).await;
        Box::pin(story(&mut scene)).await;
        let (told, called) = scene.end();
        for (answer, first) in told.iter().zip(expected.get_or_insert_with(|| told.clone())) {
            assert_eq!(answer, first, "{way:?}");
        }
        assert_eq!(Some(told.len()), expected.as_ref().map(Vec::len), "{way:?}");
        if way != Way::InProcess {
            let all = contract.methods.iter().map(|meta| format!("{}.{}", meta.module, meta.method));
            assert!(
                called.is_superset(&all.collect::<BTreeSet<String>>()),
                "{way:?} called {called:?} alone"
            );
        }
        // What was told to one is not of the day of the next.
        shop.settle().await;
        shop.clock().advance(DAY);
    }
}
