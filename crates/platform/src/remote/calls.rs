//! Calls over a link.

use kernel::{BoxFut, CallCtx, MethodMeta, Transport, WireReply};

use super::Link;

/// The transport of a contract's `Remote`. Queries change nothing and commands carry keys, so both are repeated where their
/// answer is lost.
pub struct Calls(pub Link);

impl Transport for Calls {
    fn call<'a>(
        &'a self,
        method: &'static MethodMeta,
        cx: &'a CallCtx,
        request: Vec<u8>,
    ) -> BoxFut<'a, WireReply> {
        Box::pin(self.0.ask(method.method, cx, request))
    }
}
