//! Calls over a link.

use kernel::{BoxFut, CallCtx, Contract, MethodMeta, Transport, WireReply};

use super::Link;

/// The transport of a contract's `Remote`. Queries change nothing and commands carry keys, so both are repeated where their
/// answer is lost.
pub struct Calls {
    pub link: Link,
    /// What the calls are made under; the owner refuses those of another one.
    pub contract: &'static Contract,
}

impl Transport for Calls {
    fn call<'a>(
        &'a self,
        method: &'static MethodMeta,
        cx: &'a CallCtx,
        request: Vec<u8>,
    ) -> BoxFut<'a, WireReply> {
        Box::pin(self.link.ask(method.method, cx, request, Some(self.contract)))
    }
}
