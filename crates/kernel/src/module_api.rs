/// Declares what a module offers to the others.
///
/// # Grammar
///
/// ```text
/// <attributes> pub trait <Trait> = "<module>", error <Error>, adapters <adapters>,
///     contract { version: <number>, events: [<Event>, …], blessed: <text> } {
///     <attributes> query|command <method>(<Request>) -> <Reply>;     one or more
/// }
/// ```
///
/// `query` changes nothing. `command` changes something, once per idempotency key: a call without one in its
/// [`CallCtx`](crate::CallCtx) is refused. Requests are [`Bounded`](crate::Bounded); requests, replies and the
/// error are `Serialize + DeserializeOwned + JsonSchema + Send + 'static`. Stands at the level of a module, not in a
/// function.
///
/// `contract` says under which [version](crate::Contract) all this is promised, together with which
/// [events](crate::Event), and has the text of `contracts/<module>/fingerprints`. Left out, it is the first version of a
/// module without events, of which nothing is blessed.
///
/// # What it makes
///
/// - the dyn-compatible trait; a method takes `cx: &'a CallCtx` and the request by value, and returns
///   `BoxFut<'a, Result<Reply, ApiError<Error>>>`;
/// - `<adapters>::METHODS: &[&MethodMeta]`, and `<adapters>::meta::<method>()` for each;
/// - `<adapters>::CONTRACT`, the [`Contract`](crate::Contract);
/// - `<adapters>::Local<A: Around> { inner, around }`, the trait within the process: a span, `around`, and the
///   checks that `dispatch` makes too, so that a module cannot tell how it was called;
/// - `<adapters>::Remote<T: Transport>(transport)`, the trait over a wire, in JSON;
/// - `<adapters>::dispatch(api, method, cx, body) -> BoxFut<WireReply>`, the far end of that wire, and
///   `<adapters>::Served(api)`, the same as a [`Far`](crate::Far).
///
/// What breaks the contract is [`Incompatible`](crate::ApiError::Incompatible): an unknown method, a request over
/// its bound, a command without a key, bytes that do not decode.
///
/// # Example
///
/// ```
/// use kernel::{ApiError, BoxFut, Bounded, CallCtx, Money, Sku, module_api};
/// use schemars::JsonSchema;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize, JsonSchema)]
/// pub struct Quote(pub Vec<Sku>);
///
/// impl Bounded for Quote {
///     const MAX_ITEMS: usize = 100;
///
///     fn items(&self) -> usize {
///         self.0.len()
///     }
/// }
///
/// #[derive(Serialize, Deserialize, JsonSchema)]
/// pub struct Quoted(pub Vec<(Sku, Money)>);
///
/// #[derive(Serialize, Deserialize, JsonSchema)]
/// pub enum CatalogError {
///     UnknownSku(Sku),
/// }
///
/// module_api! {
///     /// Products and their current prices.
///     pub trait CatalogApi = "catalog", error CatalogError, adapters catalog_rpc {
///         /// The current price of each SKU.
///         query quote(Quote) -> Quoted;
///     }
/// }
///
/// struct Empty;
///
/// impl CatalogApi for Empty {
///     fn quote<'a>(
///         &'a self,
///         _cx: &'a CallCtx,
///         Quote(skus): Quote,
///     ) -> BoxFut<'a, Result<Quoted, ApiError<CatalogError>>> {
///         Box::pin(async move {
///             match skus.into_iter().next() {
///                 Some(sku) => Err(ApiError::Domain(CatalogError::UnknownSku(sku))),
///                 None => Ok(Quoted(Vec::new())),
///             }
///         })
///     }
/// }
///
/// fn main() {
///     assert_eq!(catalog_rpc::METHODS[0].method, "quote");
/// }
/// ```
#[macro_export]
macro_rules! module_api {
    (@kind query) => { $crate::Kind::Query };
    (@kind command) => { $crate::Kind::Command };
    (
        $(#[$trait_meta:meta])*
        pub trait $Trait:ident = $module:literal, error $Error:ty, adapters $adapters:ident {
            $($methods:tt)+
        }
    ) => {
        $crate::module_api! {
            $(#[$trait_meta])*
            pub trait $Trait = $module, error $Error, adapters $adapters,
                contract { version: 1, events: [], blessed: "" } { $($methods)+ }
        }
    };
    (
        $(#[$trait_meta:meta])*
        pub trait $Trait:ident = $module:literal, error $Error:ty, adapters $adapters:ident,
            contract { version: $version:literal, events: [$($Event:ty),*], blessed: $blessed:expr $(,)? } {
            $( $(#[$method_meta:meta])* $kind:ident $method:ident($Request:ty) -> $Reply:ty; )+
        }
    ) => {
        $(#[$trait_meta])*
        pub trait $Trait: Send + Sync + 'static {
            $(
                $(#[$method_meta])*
                fn $method<'a>(
                    &'a self,
                    cx: &'a $crate::CallCtx,
                    request: $Request,
                ) -> $crate::BoxFut<'a, Result<$Reply, $crate::ApiError<$Error>>>;
            )+
        }

        #[doc = concat!("Ways to reach a [`", stringify!($Trait), "`].")]
        pub mod $adapters {
            use super::*;

            /// What the module promises: these methods, and its events.
            pub static CONTRACT: $crate::Contract =
                $crate::Contract::new($module, $version, METHODS, &[$($crate::EventMeta::of::<$Event>()),*], $blessed);

            /// Every method, in the order of the declaration.
            pub static METHODS: &[&$crate::MethodMeta] = &[$(meta::$method()),+];

            /// What is known about each method.
            pub mod meta {
                use super::*;

                $(
                    pub const fn $method() -> &'static $crate::MethodMeta {
                        &$crate::MethodMeta {
                            module: $module,
                            method: stringify!($method),
                            kind: $crate::module_api!(@kind $kind),
                            request: stringify!($Request),
                            reply: stringify!($Reply),
                            shapes: $crate::contract::method_shapes::<$Request, $Reply, $Error>,
                        }
                    }
                )+
            }

            /// The module within this process, with something done around every call.
            pub struct Local<A> {
                pub inner: ::std::sync::Arc<dyn super::$Trait>,
                pub around: A,
            }

            /// The module in another process.
            pub struct Remote<T>(pub T);

            /// The module as other processes call it.
            pub struct Served(pub ::std::sync::Arc<dyn super::$Trait>);

            impl $crate::Far for Served {
                fn call<'a>(
                    &'a self,
                    method: &'a str,
                    cx: &'a $crate::CallCtx,
                    body: &'a [u8],
                ) -> $crate::BoxFut<'a, $crate::WireReply> {
                    dispatch(&*self.0, method, cx, body)
                }
            }

            /// Answers an encoded call: the server's side of [`Remote`].
            pub fn dispatch<'a>(
                api: &'a dyn super::$Trait,
                method: &str,
                cx: &'a $crate::CallCtx,
                body: &'a [u8],
            ) -> $crate::BoxFut<'a, $crate::WireReply> {
                match method {
                    $(
                        stringify!($method) => {
                            $crate::glue::answer(meta::$method(), cx, body, move |request| {
                                api.$method(cx, request)
                            })
                        }
                    )+
                    _ => $crate::glue::unknown_method($module, method),
                }
            }
        }

        impl<A: $crate::Around> $Trait for $adapters::Local<A> {
            $(
                fn $method<'a>(
                    &'a self,
                    cx: &'a $crate::CallCtx,
                    request: $Request,
                ) -> $crate::BoxFut<'a, Result<$Reply, $crate::ApiError<$Error>>> {
                    $crate::glue::local(&self.around, $adapters::meta::$method(), cx, request, move |request| {
                        self.inner.$method(cx, request)
                    })
                }
            )+
        }

        impl<T: $crate::Transport> $Trait for $adapters::Remote<T> {
            $(
                fn $method<'a>(
                    &'a self,
                    cx: &'a $crate::CallCtx,
                    request: $Request,
                ) -> $crate::BoxFut<'a, Result<$Reply, $crate::ApiError<$Error>>> {
                    $crate::glue::remote(&self.0, $adapters::meta::$method(), cx, &request)
                }
            )+
        }
    };
}
