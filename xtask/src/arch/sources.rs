use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use super::Manifest;

/// Which modules' API traits each module's own sources name: whoever calls a module has to name its trait.
pub(super) type Named = BTreeMap<String, BTreeSet<String>>;

pub(super) fn named_apis(crates: &Path, manifest: &Manifest) -> Result<Named> {
    let mut named = Named::new();
    for module in manifest.modules.keys() {
        let mut sources = String::new();
        read_all(&crates.join(module).join("src"), &mut sources)?;
        let others =
            manifest.modules.keys().filter(|other| *other != module && names(&sources, &api_trait(other)));
        named.insert(module.clone(), others.cloned().collect());
    }
    Ok(named)
}

/// `stock_count` → `StockCountApi`.
pub(super) fn api_trait(module: &str) -> String {
    let words = module.split(['-', '_']).map(|word| {
        let mut letters = word.chars();
        letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect::<String>()
    });
    words.chain(["Api".to_owned()]).collect()
}

/// Whether a word stands in the code; a comment that mentions a trait calls nothing.
fn names(sources: &str, word: &str) -> bool {
    let code = sources.lines().map(|line| line.split("//").next().unwrap_or(line));
    let mut words =
        code.flat_map(|line| line.split(|letter: char| !letter.is_alphanumeric() && letter != '_'));
    words.any(|found| found == word)
}

fn read_all(directory: &Path, sources: &mut String) -> Result<()> {
    for entry in fs::read_dir(directory).with_context(|| directory.display().to_string())? {
        let path = entry?.path();
        if path.is_dir() {
            read_all(&path, sources)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            sources.push_str(&fs::read_to_string(&path).with_context(|| path.display().to_string())?);
            sources.push('\n');
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arch::manifest::tests::manifest;

    #[test]
    fn a_trait_is_named_in_code_of_any_depth() {
        let crates = tempfile::tempdir().unwrap();
        for (file, code) in [
            (
                "catalog/src/lib.rs",
                "// Not OrderApi.\nuse order_api::{OrderApiError, OrderId};\nimpl CatalogApi for X {}",
            ),
            ("order/src/place/quote.rs", "fn quote(catalog: &dyn catalog_api::CatalogApi) {} // OrderApi"),
        ] {
            let path = crates.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, code).unwrap();
        }
        let named = named_apis(crates.path(), &manifest("", "")).unwrap();
        assert_eq!(named["order"], ["catalog".to_owned()].into());
        assert_eq!(named["catalog"], [].into());
    }

    #[test]
    fn traits_are_called_after_their_module() {
        assert_eq!([api_trait("order"), api_trait("stock_count")], ["OrderApi", "StockCountApi"]);
    }
}
