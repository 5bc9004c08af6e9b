use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use analytics_api::analytics_rpc;
use app::Apis;
use catalog_api::catalog_rpc;
use customer_api::customer_rpc;
use identity_api::identity_rpc;
use inventory_api::inventory_rpc;
use kernel::{BoxFut, CallCtx, Contract, Far, MethodMeta, Transport, WireReply};
use notification_api::notification_rpc;
use order_api::order_rpc;
use payment_api::payment_rpc;
use platform::remote::{Calls, Network, Secret};
use reference_api::reference_rpc;

use crate::{INTERNAL_SECRET, TestShop};

/// How calls reach the modules of a shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// As those of one process call each other: nothing is encoded.
    InProcess,
    /// Encoded, and decoded again.
    Encoded,
    /// Over HTTP.
    Http,
    /// Encoded, and the first attempt of every call is lost before it arrives.
    RequestLost,
    /// Encoded, and the answer to the first attempt of every call is lost: each is carried out twice.
    ReplyLost,
}

impl Way {
    pub const ALL: [Way; 5] = [Way::InProcess, Way::Encoded, Way::Http, Way::RequestLost, Way::ReplyLost];

    /// A word for it, of letters.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Way::InProcess => "direct",
            Way::Encoded => "encoded",
            Way::Http => "wired",
            Way::RequestLost => "unsent",
            Way::ReplyLost => "unheard",
        }
    }

    /// The modules of a shop, reached this way. Names of methods are noted as they are called, such as `order.place`; not
    /// those of calls within the process.
    ///
    /// # Panics
    /// When the shop is closed.
    pub async fn to(self, shop: &TestShop, called: &Called) -> Apis {
        let apis = shop.apis().await;
        if self == Way::InProcess {
            return apis;
        }
        let url = format!("http://{}", shop.address());
        macro_rules! reached {
            ($rpc:ident, $api:expr) => {
                Arc::new($rpc::Remote(self.transport(
                    &url,
                    &$rpc::CONTRACT,
                    Arc::new($rpc::Served($api)),
                    called,
                )))
            };
        }
        Apis {
            reference: reached!(reference_rpc, apis.reference),
            customers: reached!(customer_rpc, apis.customers),
            identity: reached!(identity_rpc, apis.identity),
            catalog: reached!(catalog_rpc, apis.catalog),
            inventory: reached!(inventory_rpc, apis.inventory),
            payments: reached!(payment_rpc, apis.payments),
            orders: reached!(order_rpc, apis.orders),
            notification: reached!(notification_rpc, apis.notification),
            analytics: reached!(analytics_rpc, apis.analytics),
        }
    }

    fn transport(
        self,
        url: &str,
        contract: &'static Contract,
        far: Arc<dyn Far>,
        called: &Called,
    ) -> Noted<Arc<dyn Transport>> {
        let encoded = Encoded(far);
        let way: Arc<dyn Transport> = match self {
            Way::InProcess | Way::Encoded => Arc::new(encoded),
            Way::Http => {
                let network = Network::new(Secret::try_new(INTERNAL_SECRET).unwrap()).unwrap();
                Arc::new(Calls { link: network.link(contract.module, url).unwrap(), contract })
            }
            Way::RequestLost => Arc::new(Lossy { way: encoded, lost: Lost::Request }),
            Way::ReplyLost => Arc::new(Lossy { way: encoded, lost: Lost::Answer }),
        };
        Noted { way, called: Arc::clone(called) }
    }
}

/// Names of methods.
pub type Called = Arc<Mutex<BTreeSet<String>>>;

struct Noted<T> {
    way: T,
    called: Called,
}

impl<T: Transport> Transport for Noted<T> {
    fn call<'a>(
        &'a self,
        method: &'static MethodMeta,
        cx: &'a CallCtx,
        request: Vec<u8>,
    ) -> BoxFut<'a, WireReply> {
        self.called.lock().unwrap().insert(format!("{}.{}", method.module, method.method));
        self.way.call(method, cx, request)
    }
}

struct Encoded(Arc<dyn Far>);

impl Transport for Encoded {
    fn call<'a>(
        &'a self,
        method: &'static MethodMeta,
        cx: &'a CallCtx,
        request: Vec<u8>,
    ) -> BoxFut<'a, WireReply> {
        Box::pin(async move { self.0.call(method.method, cx, &request).await })
    }
}

/// Loses the first attempt of every call. It is made again under the same key, as whoever calls a module does.
struct Lossy<T> {
    way: T,
    lost: Lost,
}

enum Lost {
    Request,
    Answer,
}

impl<T: Transport> Transport for Lossy<T> {
    fn call<'a>(
        &'a self,
        method: &'static MethodMeta,
        cx: &'a CallCtx,
        request: Vec<u8>,
    ) -> BoxFut<'a, WireReply> {
        Box::pin(async move {
            match self.lost {
                Lost::Request => {}
                Lost::Answer => drop(self.way.call(method, cx, request.clone()).await),
            }
            self.way.call(method, cx, request).await
        })
    }
}
