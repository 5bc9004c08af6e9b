//! What does not compile, and so needs no other check.
//!
//! Each program that the compiler refuses stands below its twin, which compiles and differs in one line alone: so it is
//! refused for that line. They are run as documentation tests, on the crates as they are built for all other tests.
//!
//! # Another module's rows
//!
//! What a product is, its contract says to everybody.
//!
//! ```
//! use catalog_api::Product;
//! # fn title(product: &Product) -> &str { &product.title }
//! ```
//!
//! The row that the catalog keeps it in is the catalog's own, and so are its tables.
//!
//! ```compile_fail,E0603
//! use catalog::store::ProductRow as Product;
//! # fn title(product: &Product) -> &str { &product.title }
//! ```
//!
//! ```compile_fail,E0603
//! use catalog::schema::products;
//! # use catalog_api::Product;
//! # fn title(product: &Product) -> &str { &product.title }
//! ```
//!
//! # A join across modules
//!
//! Tables join only where it was said that they may appear in one query, which a module says of its own.
//!
//! ```
//! use diesel::prelude::*;
//! mod order {
//!     diesel::table! { orders (id) { id -> Binary, } }
//!     diesel::table! { order_lines (order_id, position) { order_id -> Binary, position -> Integer, } }
//!     diesel::allow_tables_to_appear_in_same_query!(orders, order_lines);
//! }
//! use order::{order_lines as other, orders};
//! let _ = orders::table.inner_join(other::table.on(other::position.gt(0))).select(orders::id);
//! ```
//!
//! ```compile_fail,E0277
//! use diesel::prelude::*;
//! mod order {
//!     diesel::table! { orders (id) { id -> Binary, } }
//!     diesel::table! { order_lines (order_id, position) { order_id -> Binary, position -> Integer, } }
//!     diesel::allow_tables_to_appear_in_same_query!(orders, order_lines);
//! }
//! mod catalog {
//!     diesel::table! { variants (product_id, position) { product_id -> Binary, position -> Integer, } }
//! }
//! use {catalog::variants as other, order::orders};
//! let _ = orders::table.inner_join(other::table.on(other::position.gt(0))).select(orders::id);
//! ```
//!
//! A module that declares another one's table, and says that it may join it, compiles. The databases refuse its query, and
//! the test kit names it.
//!
//! # A call inside a transaction
//!
//! A module is asked first; then a transaction writes down what it answered.
//!
//! ```
//! use catalog_api::{CatalogApi, QuoteLines};
//! use kernel::CallCtx;
//! use platform::store::{Store, StoreError};
//!
//! async fn place(store: &Store, catalog: &'static dyn CatalogApi, ask: QuoteLines) -> Result<bool, StoreError> {
//!     let cx: &'static CallCtx = unimplemented!();
//!     let quote = catalog.quote(cx, ask.clone()).await;
//!     store.write(cx, "order.place", move |_| Ok(quote.is_ok())).await
//! }
//! ```
//!
//! Not the other way round: what runs in a transaction cannot wait for anybody.
//!
//! ```compile_fail,E0728
//! use catalog_api::{CatalogApi, QuoteLines};
//! use kernel::CallCtx;
//! use platform::store::{Store, StoreError};
//!
//! async fn place(store: &Store, catalog: &'static dyn CatalogApi, ask: QuoteLines) -> Result<bool, StoreError> {
//!     let cx: &'static CallCtx = unimplemented!();
//!     store.write(cx, "order.place", move |_| Ok(catalog.quote(cx, ask.clone()).await.is_ok())).await
//! }
//! ```
//!
//! Nor can it promise to do so later: the transaction does not outlive its closure.
//!
//! ```compile_fail
//! use catalog_api::{CatalogApi, QuoteLines};
//! use kernel::CallCtx;
//! use platform::store::{Store, StoreError};
//!
//! async fn place(store: &Store, catalog: &'static dyn CatalogApi, ask: QuoteLines) -> Result<bool, StoreError> {
//!     let cx: &'static CallCtx = unimplemented!();
//!     store.write(cx, "order.place", async move |_| Ok(catalog.quote(cx, ask.clone()).await.is_ok())).await
//! }
//! ```
