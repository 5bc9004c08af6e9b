use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, anyhow};
use ownership::Manifest;
use proc_macro2::{TokenStream, TokenTree};

/// The code of the modules, and of the application that wires them.
#[derive(Default)]
pub(super) struct Sources {
    pub(super) modules: BTreeMap<String, Source>,
    /// Every identifier of `app`.
    pub(super) app: BTreeSet<String>,
}

/// The code of one module.
#[derive(Default)]
pub(super) struct Source {
    /// Every identifier of the module's own code. Whoever calls a module has to name its trait, and whoever hears it
    /// its events.
    pub(super) words: BTreeSet<String>,
    /// The kinds of events of its contract: `OrderEvent`.
    pub(super) events: BTreeSet<String>,
    /// Their types: `order.created`.
    pub(super) event_types: BTreeSet<String>,
    /// Its files, `lib.rs` among them, by their path from `src`.
    pub(super) files: BTreeMap<String, syn::File>,
}

/// What a text of Rust consists of. Comments are not among it, what macros are given is.
#[derive(Default)]
struct Tokens {
    words: BTreeSet<String>,
    texts: BTreeSet<String>,
}

impl Sources {
    pub(super) fn read(crates: &Path, manifest: &Manifest) -> Result<Sources> {
        let mut sources = Sources::default();
        for module in manifest.modules.keys() {
            let directory = crates.join(module);
            let mut source = Source::default();
            for (path, text) in texts(&directory.join("src"))? {
                source.words.extend(tokens(&text).with_context(|| format!("{module}: {path}"))?.words);
                let file = syn::parse_file(&text).with_context(|| format!("{module}: {path}"))?;
                source.files.insert(path, file);
            }
            if let Some(text) = texts(&directory.join("api/src"))?.get("events.rs") {
                source.note_events(tokens(text)?);
            }
            sources.modules.insert(module.clone(), source);
        }
        for text in texts(&crates.join("app/src"))?.values() {
            sources.app.extend(tokens(text)?.words);
        }
        Ok(sources)
    }
}

impl Source {
    fn note_events(&mut self, tokens: Tokens) {
        let kinds = tokens.words.into_iter().filter(|word| word.ends_with("Event") && word != "Event");
        self.events.extend(kinds);
        self.event_types.extend(tokens.texts.into_iter().filter(|text| is_event_type(text)));
    }
}

/// `order.created`
fn is_event_type(text: &str) -> bool {
    let is_word =
        |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    text.split_once('.').is_some_and(|(aggregate, name)| is_word(aggregate) && is_word(name))
}

/// `stock_count` → `StockCountApi`.
pub(super) fn api_trait(module: &str) -> String {
    let words = module.split(['-', '_']).map(|word| {
        let mut letters = word.chars();
        letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect::<String>()
    });
    words.chain(["Api".to_owned()]).collect()
}

fn tokens(text: &str) -> Result<Tokens> {
    let stream: TokenStream = text.parse().map_err(|error| anyhow!("cannot be parsed: {error}"))?;
    let mut tokens = Tokens::default();
    tokens.collect(stream);
    Ok(tokens)
}

impl Tokens {
    fn collect(&mut self, stream: TokenStream) {
        for tree in stream {
            match tree {
                TokenTree::Group(group) => self.collect(group.stream()),
                TokenTree::Ident(ident) => drop(self.words.insert(ident.to_string())),
                TokenTree::Literal(literal) => {
                    let text = literal.to_string();
                    self.texts.extend(
                        text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).map(str::to_owned),
                    );
                }
                TokenTree::Punct(_) => {}
            }
        }
    }
}

/// Every Rust file below a directory, by its path from there.
fn texts(directory: &Path) -> Result<BTreeMap<String, String>> {
    let mut found = BTreeMap::new();
    collect(directory, "", &mut found)?;
    Ok(found)
}

fn collect(directory: &Path, prefix: &str, found: &mut BTreeMap<String, String>) -> Result<()> {
    for entry in fs::read_dir(directory).with_context(|| directory.display().to_string())? {
        let path = entry?.path();
        let name = path.file_name().context("a file without a name")?.to_string_lossy().into_owned();
        if path.is_dir() {
            collect(&path, &format!("{prefix}{name}/"), found)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
            found.insert(format!("{prefix}{name}"), text);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arch::sound::manifest;

    #[test]
    fn words_of_code_of_any_depth_are_read_and_those_of_comments_are_not() {
        let crates = tempfile::tempdir().unwrap();
        for (file, code) in [
            ("catalog/src/lib.rs", "// Not OrderApi.\nuse order_api::{OrderApiError, OrderId};"),
            (
                "catalog/api/src/events.rs",
                "made! { PriceEvent, \"price.raised\", \"1.5\", \"Not.one\" } trait Event {}",
            ),
            ("order/src/place/quote.rs", "fn quote(catalog: &dyn catalog_api::CatalogApi) {} // OrderApi"),
            ("order/api/src/lib.rs", ""),
            ("app/src/main.rs", "fn main() {}"),
        ] {
            let path = crates.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, code).unwrap();
        }
        let sources = Sources::read(crates.path(), &manifest("", "")).unwrap();
        let (catalog, order) = (&sources.modules["catalog"], &sources.modules["order"]);
        assert!(order.words.contains("CatalogApi") && !order.words.contains("OrderApi"));
        assert!(catalog.words.contains("OrderApiError") && !catalog.words.contains("OrderApi"));
        assert_eq!(catalog.events, ["PriceEvent".to_owned()].into());
        assert_eq!(catalog.event_types, ["price.raised".to_owned()].into());
        assert!(sources.app.contains("main"));
    }

    #[test]
    fn traits_are_called_after_their_module() {
        assert_eq!([api_trait("order"), api_trait("stock_count")], ["OrderApi", "StockCountApi"]);
    }
}
