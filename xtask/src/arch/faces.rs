//! What a module crate shows of itself: one type, and the words by which `app` builds it.

use std::collections::BTreeSet;

use ownership::{Rule, Violation};
use syn::{Attribute, File, Item, UseTree, Visibility};

use super::sources::{Source, Sources};

static ONE_TYPE: Rule = Rule::new(
    "a module crate shows one type that implements platform::Module",
    "implement it once, and show that type with `pub use` in lib.rs",
);
static NAMED_ONE_BY_ONE: Rule = Rule::new(
    "lib.rs shows names of its own, one by one, and neither modules nor other crates' names",
    "make the item private, or name what is needed: `pub use self::module::{…}`",
);
static WIRING: Rule = Rule::new(
    "what a module crate shows beside that type are words of its wiring: app uses them, or they are errors of those",
    "make it private; what other modules need is part of the contract crate",
);
static NO_ROWS: Rule = Rule::new(
    "no module crate shows a row of a table",
    "keep the row private, and show what it means as a type of the contract",
)
.against("shared database");

/// What [`violations`] looks for.
pub(super) const RULES: [&Rule; 4] = [&ONE_TYPE, &NAMED_ONE_BY_ONE, &WIRING, &NO_ROWS];

const OF_ROWS: [&str; 6] =
    ["AsChangeset", "Identifiable", "Insertable", "Queryable", "QueryableByName", "Selectable"];

/// Where a module crate shows more than its one face.
pub(super) fn violations(sources: &Sources) -> Vec<Violation> {
    let of_module = |(module, source): (&String, &Source)| face(module, source, &sources.app);
    sources.modules.iter().flat_map(of_module).collect()
}

fn face(module: &str, source: &Source, app: &BTreeSet<String>) -> Vec<Violation> {
    let Some(lib) = source.files.get("lib.rs") else {
        return vec![ONE_TYPE.broken(format!("{module} has no lib.rs"))];
    };
    let mut face = Face::default();
    lib.items.iter().for_each(|item| face.see(item));
    let faces: BTreeSet<String> = source.files.values().flat_map(implementors).collect();
    let rows: BTreeSet<String> = source.files.values().flat_map(rows).collect();
    let astray = face.astray.iter().map(|what| NAMED_ONE_BY_ONE.broken(format!("{module} shows {what}")));
    let mut violations: Vec<Violation> = astray.collect();
    if faces.len() != 1 || !faces.is_subset(&face.shown) {
        let found: Vec<&str> = faces.iter().map(String::as_str).collect();
        let found = if found.is_empty() { "nothing".to_owned() } else { found.join(", ") };
        violations.push(ONE_TYPE.broken(format!("in {module}, {found} implements platform::Module")));
    }
    let idle = |name: &&String| !faces.contains(*name) && !app.contains(*name) && !name.ends_with("Error");
    let idle = face.shown.iter().filter(idle);
    violations
        .extend(idle.map(|name| WIRING.broken(format!("{module} shows {name}, which app has no use for"))));
    violations
        .extend(face.shown.intersection(&rows).map(|name| NO_ROWS.broken(format!("{module} shows {name}"))));
    violations
}

/// What lib.rs shows: names, and what it should not.
#[derive(Default)]
struct Face {
    shown: BTreeSet<String>,
    astray: Vec<String>,
}

impl Face {
    fn see(&mut self, item: &Item) {
        match item {
            Item::Use(it) if is_public(&it.vis) => match &it.tree {
                UseTree::Path(path) if path.ident == "self" => self.follow(&path.tree),
                _ => self.astray.push("names that are not its own".to_owned()),
            },
            Item::Mod(it) if is_public(&it.vis) => self.astray.push(format!("the module {}", it.ident)),
            Item::Struct(it) => self.put(&it.vis, &it.ident),
            Item::Enum(it) => self.put(&it.vis, &it.ident),
            Item::Trait(it) => self.put(&it.vis, &it.ident),
            Item::Type(it) => self.put(&it.vis, &it.ident),
            Item::Fn(it) => self.put(&it.vis, &it.sig.ident),
            Item::Const(it) => self.put(&it.vis, &it.ident),
            Item::Static(it) => self.put(&it.vis, &it.ident),
            Item::Macro(it) if it.attrs.iter().any(|attribute| attribute.path().is_ident("macro_export")) => {
                self.astray.push("a macro".to_owned());
            }
            _ => {}
        }
    }

    fn put(&mut self, visibility: &Visibility, name: &syn::Ident) {
        if is_public(visibility) {
            self.shown.insert(name.to_string());
        }
    }

    fn follow(&mut self, tree: &UseTree) {
        match tree {
            UseTree::Path(path) => self.follow(&path.tree),
            UseTree::Name(name) => drop(self.shown.insert(name.ident.to_string())),
            UseTree::Rename(rename) => drop(self.shown.insert(rename.rename.to_string())),
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.follow(tree)),
            UseTree::Glob(_) => self.astray.push("all names of a module".to_owned()),
        }
    }
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

/// The types that implement `platform::Module` in a file.
fn implementors(file: &File) -> Vec<String> {
    let implementors = file.items.iter().filter_map(|item| {
        let Item::Impl(it) = item else { return None };
        let (_, path, _) = it.trait_.as_ref()?;
        if path.segments.last()?.ident != "Module" {
            return None;
        }
        let syn::Type::Path(of) = &*it.self_ty else { return None };
        Some(of.path.segments.last()?.ident.to_string())
    });
    implementors.collect()
}

/// The types of a file that Diesel reads or writes as rows.
fn rows(file: &File) -> Vec<String> {
    let rows = file.items.iter().filter_map(|item| match item {
        Item::Struct(it) if is_row(&it.attrs) => Some(it.ident.to_string()),
        Item::Enum(it) if is_row(&it.attrs) => Some(it.ident.to_string()),
        _ => None,
    });
    rows.collect()
}

fn is_row(attributes: &[Attribute]) -> bool {
    let mut found = false;
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("derive")) {
        // A list of derives that cannot be parsed does not compile either.
        let _ = attribute.parse_nested_meta(|derive| {
            let name = derive.path.segments.last().map(|segment| segment.ident.to_string());
            found |= name.is_some_and(|name| OF_ROWS.contains(&name.as_str()));
            Ok(())
        });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIB: &str = "mod module; mod schema; pub use self::module::{OrderModule, Others};";
    const MODULE: &str = "pub struct OrderModule; pub struct Others; impl Module for OrderModule {}";

    fn found(lib: &str, module: &str) -> Vec<String> {
        let files = [("lib.rs", lib), ("module.rs", module)];
        let files = files.map(|(path, text)| (path.to_owned(), syn::parse_file(text).unwrap())).into();
        let source = Source { files, ..Source::default() };
        let app = ["OrderModule", "Others"].map(str::to_owned).into();
        let sources = Sources { modules: [("order".to_owned(), source)].into(), app };
        violations(&sources).into_iter().map(|violation| violation.found).collect()
    }

    #[test]
    fn one_type_and_the_words_of_its_wiring_are_accepted() {
        assert_eq!(found(LIB, MODULE), Vec::<String>::new());
        let failing = LIB.replace("Others", "Others, SettingsError");
        assert_eq!(found(&failing, MODULE), Vec::<String>::new());
    }

    #[test]
    fn a_module_of_names_is_not_shown() {
        assert_eq!(
            found(&LIB.replace("mod schema", "pub mod schema"), MODULE),
            ["order shows the module schema"]
        );
        assert_eq!(
            found(&format!("{LIB} pub use self::store::*;"), MODULE),
            ["order shows all names of a module"]
        );
        assert_eq!(
            found(&format!("{LIB} pub use order_api::Order;"), MODULE),
            ["order shows names that are not its own"]
        );
    }

    #[test]
    fn what_nobody_wires_is_not_shown() {
        assert_eq!(
            found(&LIB.replace("Others", "Others, Levels"), MODULE),
            ["order shows Levels, which app has no use for"]
        );
        assert_eq!(
            found(&format!("{LIB} pub fn peek() {{}}"), MODULE),
            ["order shows peek, which app has no use for"]
        );
    }

    #[test]
    fn there_is_one_module_and_it_is_shown() {
        let none = MODULE.replace("impl Module for OrderModule {}", "");
        assert!(found(LIB, &none).contains(&"in order, nothing implements platform::Module".to_owned()));
        let two = format!("{MODULE} impl platform::Module for Others {{}}");
        assert_eq!(found(LIB, &two), ["in order, OrderModule, Others implements platform::Module"]);
    }

    #[test]
    fn rows_are_not_shown() {
        let row =
            MODULE.replace("pub struct Others", "#[derive(Debug, diesel::Queryable)] pub struct Others");
        assert_eq!(found(LIB, &row), ["order shows Others"]);
    }
}
