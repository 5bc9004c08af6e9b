//! `contracts/<module>/`: `fingerprints`, `methods/<method>.json`, and of each version of each event
//! `events/<type>.v<n>.json` and `events/<type>.v<n>.golden.json`, an envelope as it was logged.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use kernel::{Contract, Envelope, Fingerprint};
use serde_json::Value;

use super::example;

const GOLDEN: &str = ".golden.json";

/// What was blessed of a module.
#[derive(Clone, Debug, Default)]
pub(super) struct Blessed {
    /// Versions of the contract and their fingerprints, oldest first.
    pub fingerprints: Vec<(u32, Fingerprint)>,
    /// By path, older versions of events among them.
    pub documents: BTreeMap<String, Value>,
    pub goldens: BTreeMap<String, Envelope>,
}

impl Blessed {
    /// The latest version of the contract, 1 if none is blessed.
    pub(super) fn version(&self) -> u32 {
        self.fingerprints.last().map_or(1, |(version, _)| *version)
    }
}

/// What is blessed in the directory of a module; nothing, if there is none.
pub(super) fn read(directory: &Path) -> Result<Blessed> {
    let mut blessed = Blessed::default();
    let fingerprints = directory.join("fingerprints");
    for line in fs::read_to_string(&fingerprints).with_context(|| shown(&fingerprints))?.lines() {
        let (version, fingerprint) =
            line.split_once(' ').with_context(|| format!("{}: {line:?}", shown(&fingerprints)))?;
        blessed.fingerprints.push((version.parse()?, fingerprint.parse()?));
    }
    for kind in ["methods", "events"] {
        for (path, text) in files(directory, kind)? {
            let context = || format!("{}/{path}", shown(directory));
            if path.ends_with(GOLDEN) {
                blessed.goldens.insert(path.clone(), serde_json::from_str(&text).with_context(context)?);
            } else {
                blessed.documents.insert(path.clone(), serde_json::from_str(&text).with_context(context)?);
            }
        }
    }
    Ok(blessed)
}

/// Writes the contract of today down. What was blessed of older versions of events stays, and so do examples, whatever has
/// become of the code that wrote such events.
pub(super) fn bless(directory: &Path, contract: &Contract) -> Result<()> {
    let before = read(directory)?;
    let documents = contract.documents();
    for path in before.documents.keys().filter(|path| path.starts_with("methods/")) {
        if !documents.iter().any(|document| document.path == *path) {
            fs::remove_file(directory.join(path))?;
        }
    }
    for document in &documents {
        write(&directory.join(&document.path), &document.content)?;
        let golden = document.path.strip_prefix("events/").and_then(|path| path.strip_suffix(".json"));
        let golden = golden.map(|event| format!("events/{event}{GOLDEN}"));
        if let Some(golden) = golden.filter(|golden| !before.goldens.contains_key(golden)) {
            write(&directory.join(golden), &example::envelope(&document.content)?)?;
        }
    }
    let latest = (contract.version, contract.fingerprint());
    let mut fingerprints = before.fingerprints;
    if fingerprints.last() != Some(&latest) {
        fingerprints.push(latest);
    }
    let lines: String = fingerprints.iter().map(|(version, print)| format!("{version} {print}\n")).collect();
    let path = directory.join("fingerprints");
    fs::write(&path, lines).with_context(|| shown(&path))
}

fn files(directory: &Path, kind: &str) -> Result<Vec<(String, String)>> {
    let mut found = Vec::new();
    let Ok(entries) = fs::read_dir(directory.join(kind)) else { return Ok(found) };
    for entry in entries {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).with_context(|| shown(&path))?;
        found.push((format!("{kind}/{name}"), fs::read_to_string(&path).with_context(|| shown(&path))?));
    }
    Ok(found)
}

fn write(path: &Path, content: &Value) -> Result<()> {
    let directory = path.parent().with_context(|| shown(path))?;
    fs::create_dir_all(directory).with_context(|| shown(directory))?;
    fs::write(path, format!("{}\n", text(content, 0))).with_context(|| shown(path))
}

/// JSON to be read by people: what fits into a line has one.
fn text(value: &Value, depth: usize) -> String {
    let line = value.to_string();
    if line.len() + 2 * depth <= 100 {
        return line;
    }
    let part = |value: &Value| text(value, depth + 1);
    let (open, parts, close): (_, Vec<String>, _) = match value {
        Value::Object(fields) => {
            ('{', fields.iter().map(|(name, field)| format!("{name:?}: {}", part(field))).collect(), '}')
        }
        Value::Array(items) => ('[', items.iter().map(part).collect(), ']'),
        _ => return line,
    };
    let (indent, end) = ("  ".repeat(depth + 1), "  ".repeat(depth));
    format!("{open}\n{indent}{}\n{end}{close}", parts.join(&format!(",\n{indent}")))
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}
