use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use ownership::{Manifest, Rule, Violation};

const ENGINES: [&str; 2] = ["postgres", "sqlite"];
const STEPS: [&str; 2] = ["up.sql", "down.sql"];

static PLACE: Rule = Rule::new(
    "migrations are <module>/<postgres|sqlite>/NNNN_name/<up|down>.sql (platform: pNNNN_name)",
    "move the file to where it is run",
);
static BOTH_WAYS: Rule = Rule::new(
    "a migration exists for both engines, and has a way back",
    "write the missing file; up, down and up again leave the same schema",
);

/// What [`violations`] looks for.
pub(super) const RULES: [&Rule; 2] = [&PLACE, &BOTH_WAYS];

/// The text of every file, by its path from `migrations/`: `order/sqlite/0001_orders/up.sql`.
pub(super) type Files = BTreeMap<String, String>;

pub(super) fn files(directory: &Path) -> Result<Files> {
    let mut found = Files::new();
    collect(directory, "", &mut found)?;
    Ok(found)
}

fn collect(directory: &Path, prefix: &str, found: &mut Files) -> Result<()> {
    for entry in fs::read_dir(directory).with_context(|| directory.display().to_string())? {
        let entry = entry?;
        let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), &format!("{path}/"), found)?;
        } else {
            found.insert(path, fs::read_to_string(entry.path())?);
        }
    }
    Ok(())
}

/// Migrations that one engine lacks, that have no way back, or that lie where nobody runs them.
pub(super) fn violations(files: &Files, manifest: &Manifest) -> Vec<Violation> {
    let mut violations = Vec::new();
    let mut migrations = std::collections::BTreeSet::new();
    for file in files.keys() {
        match parse(file, manifest) {
            Some(migration) => drop(migrations.insert(migration)),
            None => violations.push(PLACE.broken(format!("migrations/{file} is none"))),
        }
    }
    for (module, name) in migrations {
        let wanted =
            ENGINES.iter().flat_map(|engine| STEPS.map(|step| format!("{module}/{engine}/{name}/{step}")));
        let missing = wanted.filter(|file| !files.contains_key(file));
        violations.extend(missing.map(|file| BOTH_WAYS.broken(format!("migrations/{file} is missing"))));
    }
    violations
}

/// The module and the name of a migration.
fn parse<'a>(file: &'a str, manifest: &Manifest) -> Option<(&'a str, &'a str)> {
    let mut parts = file.split('/');
    let (module, engine, name, step) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let known = module == "platform" || manifest.modules.contains_key(module);
    let (number, _) = name.split_once('_')?;
    // The platform's migrations run before each module's own, in the same history, so they are numbered apart: p0001.
    let number = if module == "platform" { number.strip_prefix('p')? } else { number };
    let numbered = number.len() == 4 && number.bytes().all(|byte| byte.is_ascii_digit());
    // metadata.toml is optional and diesel's own: it says whether the migration runs in a transaction.
    let read = STEPS.contains(&step) || step == "metadata.toml";
    let sound = known && ENGINES.contains(&engine) && numbered && read && parts.next().is_none();
    sound.then_some((module, name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arch::sound::manifest;

    const SOUND: [&str; 4] = [
        "order/postgres/0001_orders/up.sql",
        "order/postgres/0001_orders/down.sql",
        "order/sqlite/0001_orders/up.sql",
        "order/sqlite/0001_orders/down.sql",
    ];

    fn found<'a>(files: impl IntoIterator<Item = &'a str>) -> Vec<String> {
        let files = files.into_iter().map(|file| (file.to_owned(), String::new())).collect();
        violations(&files, &manifest("", "")).into_iter().map(|violation| violation.found).collect()
    }

    #[test]
    fn twins_with_a_way_back_are_accepted() {
        assert_eq!(found(SOUND), Vec::<String>::new());
    }

    #[test]
    fn the_platform_counts_apart() {
        let files = SOUND.map(|file| file.replace("order/", "platform/").replace("/0001", "/p0001"));
        assert_eq!(found(files.iter().map(String::as_str)), Vec::<String>::new());
    }

    #[test]
    fn every_one_of_the_four_files_is_needed() {
        for missing in SOUND {
            let rest = SOUND.into_iter().filter(|file| *file != missing);
            assert_eq!(found(rest), [format!("migrations/{missing} is missing")]);
        }
    }

    #[test]
    fn a_stray_file_is_named() {
        let strays = [
            "warehouse/sqlite/0001_a/up.sql",
            "order/mysql/0001_a/up.sql",
            "order/sqlite/1_a/up.sql",
            "order/sqlite/p0001_a/up.sql",
            "platform/sqlite/0001_a/up.sql",
            "README.md",
        ];
        for stray in strays {
            assert_eq!(found([stray]), [format!("migrations/{stray} is none")]);
        }
    }
}
