//! What a store holds, so that two of them can be compared whatever their engines.
//!
//! A table's hash is the SHA-256 of its rows in the order of the primary key, each value with its kind and length before
//! it. A text that is a JSON object or array counts as what it says and not as how it is written: `jsonb` keeps no
//! white space, no order of keys, and one way to write a number.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::format::{Kind, TableShape};

/// The number and the hash of the rows of each table, and where numbered tables have got to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contents {
    pub tables: Vec<TableContents>,
    /// The last number given out, by table.
    pub sequences: BTreeMap<String, i64>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableContents {
    pub name: String,
    pub rows: u64,
    /// Hexadecimal.
    pub sha256: String,
}

impl Contents {
    /// Of all tables.
    pub fn rows(&self) -> u64 {
        self.tables.iter().map(|table| table.rows).sum()
    }

    /// Names of tables and sequences that differ.
    pub(super) fn differences(&self, other: &Contents) -> Vec<String> {
        let tables = self.tables.iter().filter(|table| !other.tables.contains(table));
        let sequences = self.sequences.iter().filter(|(name, last)| other.sequences.get(*name) != Some(last));
        tables
            .map(|table| table.name.clone())
            .chain(sequences.map(|(name, _)| format!("the numbers of {name}")))
            .collect()
    }
}

/// Counts and hashes the rows of one table.
pub(super) struct Counter {
    name: String,
    rows: u64,
    hash: Sha256,
}

impl Counter {
    pub(super) fn new(table: &TableShape) -> Counter {
        let mut counter = Counter { name: table.name.clone(), rows: 0, hash: Sha256::new() };
        for column in &table.columns {
            counter.sized(b'c', column.name.as_bytes());
        }
        counter
    }

    /// A row that has as many values as the table has columns.
    pub(super) fn count(&mut self, table: &TableShape, row: &[Value]) {
        self.rows = self.rows.saturating_add(1);
        for (column, value) in table.columns.iter().zip(row) {
            match (column.kind, value) {
                (Kind::Integer, Value::Number(number)) => {
                    self.hash.update([b'i']);
                    self.hash.update(number.as_i64().unwrap_or_default().to_be_bytes());
                }
                (Kind::Text, Value::String(text)) => match document(text) {
                    Some(document) => self.document(&document),
                    None => self.sized(b't', text.as_bytes()),
                },
                (Kind::Bytes, Value::String(digits)) => self.sized(b'b', digits.as_bytes()),
                _ => self.hash.update([b'n']),
            }
        }
    }

    pub(super) fn finish(self) -> TableContents {
        let Counter { name, rows, hash } = self;
        TableContents { name, rows, sha256: hex::encode(hash.finalize()) }
    }

    fn sized(&mut self, kind: u8, bytes: &[u8]) {
        self.hash.update([kind]);
        self.hash.update(u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_be_bytes());
        self.hash.update(bytes);
    }

    fn document(&mut self, value: &Value) {
        match value {
            Value::Object(fields) => {
                let fields: BTreeMap<&String, &Value> = fields.iter().collect();
                self.hash.update([b'{']);
                for (name, field) in fields {
                    self.sized(b't', name.as_bytes());
                    self.document(field);
                }
                self.hash.update([b'}']);
            }
            Value::Array(items) => {
                self.hash.update([b'[']);
                items.iter().for_each(|item| self.document(item));
                self.hash.update([b']']);
            }
            Value::String(text) => self.sized(b't', text.as_bytes()),
            Value::Number(number) => self.sized(b'd', plain(number).as_bytes()),
            Value::Bool(is) => self.hash.update(if *is { [b'y'] } else { [b'z'] }),
            Value::Null => self.hash.update([b'n']),
        }
    }
}

fn document(text: &str) -> Option<Value> {
    if text.starts_with(['{', '[']) { serde_json::from_str(text).ok() } else { None }
}

/// Without an exponent and without a fraction of nothing, which is what is left of `1e2` and of `1.0` in one engine or the
/// other.
fn plain(number: &serde_json::Number) -> String {
    match number.as_f64() {
        Some(real) if number.is_f64() && real == 0.0 => "0".to_owned(),
        Some(real) if number.is_f64() => real.to_string(),
        _ => number.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transfer::format::ColumnShape;

    fn hash(kind: Kind, rows: &[Value]) -> String {
        let columns = vec![ColumnShape { name: "a".to_owned(), kind }];
        let table = TableShape { name: "t".to_owned(), columns };
        let mut counter = Counter::new(&table);
        rows.iter().for_each(|value| counter.count(&table, std::slice::from_ref(value)));
        counter.finish().sha256
    }

    fn of_text(text: &str) -> String {
        hash(Kind::Text, &[text.into()])
    }

    #[test]
    fn a_document_counts_as_what_it_says() {
        let written = r#"{"b":[1e2,1.50,0.0],"a":{"d":"é","c":null},"e":12345678901234567890,"f":1e21}"#;
        let kept = r#"{"a": {"c": null, "d": "\u00e9"}, "b": [100, 1.5, 0], "e": 12345678901234567890, "f": 1000000000000000000000}"#;
        assert_eq!(of_text(written), of_text(kept));
        for other in [
            r#"{"b":[1.50,1e2]}"#,
            r#"{"b":[1e2,1.50],"a":{"d":"e","c":null}}"#,
            r#"{"b":["100",1.50],"a":{"d":"é","c":null}}"#,
        ] {
            assert_ne!(of_text(written), of_text(other));
        }
    }

    #[test]
    fn a_text_counts_as_it_is_written() {
        let texts = ["", "1", "1.0", "{", "{ ", "[1,]", "null", "\"a\"", " {}"];
        for (place, text) in texts.iter().enumerate() {
            for other in texts.iter().skip(place + 1) {
                assert_ne!(of_text(text), of_text(other), "{text} {other}");
            }
        }
    }

    #[test]
    fn rows_do_not_run_into_each_other() {
        let [a, ab, b] = ["a", "ab", "b"].map(Value::from);
        assert_ne!(hash(Kind::Text, &[a.clone(), b.clone()]), hash(Kind::Text, &[ab, "".into()]));
        assert_ne!(hash(Kind::Text, &[a.clone(), b.clone()]), hash(Kind::Text, &[b, a.clone()]));
        assert_ne!(hash(Kind::Text, std::slice::from_ref(&a)), hash(Kind::Bytes, &[a]));
        assert_ne!(hash(Kind::Integer, &[0.into()]), hash(Kind::Integer, &[Value::Null]));
    }
}
