//! `#[holdfast_test]`: one story, told on both engines.

use proc_macro::TokenStream;
use proc_macro2::TokenStream as Tokens;
use quote::{format_ident, quote};
use syn::{Error, Ident, ItemFn, parse_macro_input};

/// Makes a test of `async fn name(shop: TestShop)` for each engine: `name::sqlite` and `name::postgres`.
///
/// Each gets a shop with a database of its own and a runtime of its own. When the story has ended, the shop must
/// have settled and must keep every promise that `holdfast check` verifies. A story that starts its own shops takes
/// an `Engine` instead.
///
/// `#[holdfast_test(postgres)]` and `#[holdfast_test(sqlite)]` tell it on one engine alone.
#[proc_macro_attribute]
pub fn holdfast_test(only: TokenStream, item: TokenStream) -> TokenStream {
    let only = parse_macro_input!(only as Option<Ident>);
    let story = parse_macro_input!(item as ItemFn);
    expand(only.as_ref(), &story).unwrap_or_else(Error::into_compile_error).into()
}

/// The name of the test and the engine as `testkit` calls it.
const ENGINES: [(&str, &str); 2] = [("sqlite", "Sqlite"), ("postgres", "Postgres")];

fn expand(only: Option<&Ident>, story: &ItemFn) -> Result<Tokens, Error> {
    if story.sig.asyncness.is_none() || story.sig.inputs.len() != 1 {
        return Err(Error::new_spanned(&story.sig, "expected `async fn name(shop: TestShop)`"));
    }
    if let Some(only) = only
        && !ENGINES.iter().any(|(test, _)| only == test)
    {
        return Err(Error::new_spanned(only, "expected `sqlite`, `postgres` or nothing"));
    }
    let name = &story.sig.ident;
    let tests =
        ENGINES.iter().filter(|(test, _)| only.is_none_or(|only| only == test)).map(|(test, engine)| {
            let (test, engine) = (format_ident!("{test}"), format_ident!("{engine}"));
            quote! {
                #[test]
                fn #test() {
                    ::testkit::run(::testkit::Engine::#engine, super::#name);
                }
            }
        });
    // The module and the function may share the name: they live in different namespaces.
    Ok(quote! {
        #story
        mod #name {
            #(#tests)*
        }
    })
}
