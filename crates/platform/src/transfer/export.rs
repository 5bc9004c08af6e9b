use std::io::{BufWriter, Write};

use kernel::{CallCtx, Timestamp};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::catalog::Catalog;
use super::contents::Contents;
use super::error::Error;
use super::format::{EndMark, FORMAT, Header, TableMark, Trailer, VERSION, name_of};
use super::import::migrated;
use super::rows;
use crate::events::sequencer;
use crate::store::{Db, Store};

/// Writes down the store as it is in one moment. On PostgreSQL events that are still staged are brought into the log
/// before. Gives `out` back when all is written; whether that is durable is its owner's matter.
///
/// The moment is the module's own: for a set of stores that agree, nobody may be serving.
///
/// # Errors
/// [`Error::Refused`] when another instance keeps staged events from the log, or migrations are missing; else [`Error::File`] and [`Error::Store`].
pub async fn export<W: Write + Send + 'static>(
    store: &Store,
    cx: &CallCtx,
    now: Timestamp,
    out: W,
) -> Result<(W, Contents), Error> {
    while sequencer::run_once(store, cx).await? > 0 {}
    let (module, engine) = (store.module(), store.engine());
    let migrations = migrated(store, cx).await?;
    store
        .read(cx, move |db| {
            rows::take_time(db)?;
            ensure_all_logged(db)?;
            let catalog = Catalog::read(db)?;
            let header = Header {
                format: FORMAT.to_owned(),
                version: VERSION,
                module: module.to_owned(),
                engine: name_of(engine).to_owned(),
                exported_at: now,
                migrations,
                tables: catalog.shapes(),
            };
            write_down(db, &catalog, &header, out)
        })
        .await
}

/// Counts and hashes what the store holds: the same on either engine.
///
/// # Errors
/// [`Error::Store`]; [`Error::Refused`] while staged events are on their way into the log.
pub async fn contents(store: &Store, cx: &CallCtx) -> Result<Contents, Error> {
    migrated(store, cx).await?;
    store
        .read(cx, |db| {
            rows::take_time(db)?;
            ensure_all_logged(db)?;
            let catalog = Catalog::read(db)?;
            rows::count(db, &catalog)
        })
        .await
}

fn ensure_all_logged(db: &mut Db<'_>) -> Result<(), Error> {
    if sequencer::has_staged(db)? {
        return Err(Error::Refused("events are still on their way into the log; try again".to_owned()));
    }
    Ok(())
}

fn write_down<W: Write>(
    db: &mut Db<'_>,
    catalog: &Catalog,
    header: &Header,
    out: W,
) -> Result<(W, Contents), Error> {
    let mut lines = Lines { out: BufWriter::new(out), hash: Sha256::new() };
    lines.json(header)?;
    let mut contents = Contents::default();
    for table in &catalog.tables {
        lines.json(&TableMark { table: table.name.clone() })?;
        contents.tables.push(rows::each(db, catalog, table, |line| lines.line(line))?);
    }
    contents.sequences = catalog.sequences(db)?;
    let sha256 = hex::encode(lines.hash.clone().finalize());
    lines.json(&EndMark { end: Trailer { contents: contents.clone(), sha256 } })?;
    let out = lines.out.into_inner().map_err(std::io::IntoInnerError::into_error)?;
    Ok((out, contents))
}

/// Writes lines, and hashes what it writes.
struct Lines<W: Write> {
    out: BufWriter<W>,
    hash: Sha256,
}

impl<W: Write> Lines<W> {
    fn line(&mut self, line: &str) -> Result<(), Error> {
        for part in [line.as_bytes(), b"\n"] {
            self.hash.update(part);
            self.out.write_all(part)?;
        }
        Ok(())
    }

    fn json(&mut self, value: &impl Serialize) -> Result<(), Error> {
        self.line(&serde_json::to_string(value).map_err(std::io::Error::from)?)
    }
}
