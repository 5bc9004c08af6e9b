//! Reading a file again, line by line.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use super::contents::{Contents, Counter};
use super::error::Error;
use super::format::{EndMark, FORMAT, Header, TableMark, TableShape, Trailer, VERSION};
use super::rows;

/// Longer than any row that PostgreSQL would take. Whatever a damaged file holds, no more is read into memory.
const LONGEST_LINE: u64 = 256 * 1024 * 1024;

/// A line that is not the first one.
#[derive(Debug)]
pub(super) enum Part {
    /// The rows of this table follow.
    Table(String),
    Row(String),
    End(Box<Trailer>),
}

#[derive(Debug)]
pub(super) struct Reader {
    lines: BufReader<File>,
    line: u64,
    /// Of the lines that were read before the last one.
    hash: Sha256,
    last: String,
}

impl Reader {
    /// Opens a file and reads what it says of itself.
    pub(super) fn open(path: &Path) -> Result<(Header, Reader), Error> {
        let lines = BufReader::new(File::open(path)?);
        let mut reader = Reader { lines, line: 0, hash: Sha256::new(), last: String::new() };
        let first = reader.next_line()?.unwrap_or_default().to_owned();
        let named: serde_json::Value = serde_json::from_str(&first).unwrap_or_default();
        if named.get("format").and_then(serde_json::Value::as_str) != Some(FORMAT) {
            return Err(Error::Refused("this is no file that `holdfast export` wrote".to_owned()));
        }
        match named.get("version").and_then(serde_json::Value::as_u64) {
            Some(version) if version == u64::from(VERSION) => Ok((reader.json(&first)?, reader)),
            version => Err(Error::Refused(format!(
                "the file is of version {}, and this program reads version {VERSION}",
                version.map_or_else(|| "?".to_owned(), |version| version.to_string())
            ))),
        }
    }

    /// The next line; after the end there is none.
    pub(super) fn part(&mut self) -> Result<Part, Error> {
        let cut_off =
            Error::damaged(self.line.saturating_add(1), "it ends before its last line; it was cut off");
        let line = self.next_line()?.ok_or(cut_off)?.to_owned();
        if line.starts_with('[') {
            return Ok(Part::Row(line));
        }
        if line.starts_with("{\"table\"") {
            return Ok(Part::Table(self.json::<TableMark>(&line)?.table));
        }
        let EndMark { end } = self.json(&line)?;
        Ok(Part::End(Box::new(end)))
    }

    pub(super) fn damaged(&self, detail: impl std::fmt::Display) -> Error {
        Error::damaged(self.line, detail)
    }

    fn json<T: DeserializeOwned>(&self, line: &str) -> Result<T, Error> {
        serde_json::from_str(line).map_err(|error| self.damaged(error))
    }

    fn next_line(&mut self) -> Result<Option<&str>, Error> {
        if !self.last.is_empty() {
            self.hash.update(self.last.as_bytes());
        }
        self.last.clear();
        self.line = self.line.saturating_add(1);
        let read = self.lines.by_ref().take(LONGEST_LINE).read_line(&mut self.last);
        read.map_err(|error| match error.kind() {
            std::io::ErrorKind::InvalidData => Error::damaged(self.line, "it is no text"),
            _ => Error::File(error),
        })?;
        match self.last.strip_suffix('\n') {
            Some(line) => Ok(Some(line)),
            None if self.last.is_empty() => Ok(None),
            None => Err(Error::damaged(self.line, "it ends in the middle of a line; it was cut off")),
        }
    }

    /// Whether this is all, and what it should be.
    fn verify_end(mut self, counted: &[super::TableContents], trailer: &Trailer) -> Result<(), Error> {
        let read = hex::encode(self.hash.clone().finalize());
        let counted = Contents { tables: counted.to_vec(), ..trailer.contents.clone() };
        let differences = trailer.contents.differences(&counted);
        if !differences.is_empty() || counted.tables.len() != trailer.contents.tables.len() {
            return Err(
                self.damaged(format!("the rows are not those that were written: {}", differences.join(", ")))
            );
        }
        if read != trailer.sha256 {
            return Err(self.damaged("its SHA-256 is another one; it was altered"));
        }
        match self.next_line()? {
            None => Ok(()),
            Some(_) => Err(self.damaged("something follows the end")),
        }
    }
}

/// Reads a file from its first line to its last, and compares it with what it says of itself.
///
/// # Errors
/// [`Error::Damaged`] at the first line that an export cannot have written.
pub(super) fn verify(path: &Path) -> Result<(Header, Trailer), Error> {
    let (header, mut reader) = Reader::open(path)?;
    let mut counted = Vec::new();
    let mut left = header.tables.iter();
    let mut now: Option<(&TableShape, Counter)> = None;
    loop {
        match (reader.part()?, &mut now) {
            (Part::Row(line), Some((table, counter))) => {
                counter.count(table, &rows::parse(table, &line).map_err(|detail| reader.damaged(detail))?);
            }
            (Part::Row(_), None) => return Err(reader.damaged("a row without a table")),
            (Part::Table(name), _) => {
                counted.extend(now.take().map(|(_, counter)| counter.finish()));
                let next = left.next().filter(|table| table.name == name);
                let table =
                    next.ok_or_else(|| reader.damaged(format!("table {name} is not expected here")))?;
                now = Some((table, Counter::new(table)));
            }
            (Part::End(trailer), _) => {
                counted.extend(now.take().map(|(_, counter)| counter.finish()));
                reader.verify_end(&counted, &trailer)?;
                return Ok((header, *trailer));
            }
        }
    }
}
