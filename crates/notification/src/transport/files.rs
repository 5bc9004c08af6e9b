//! A file per mail, as a mail program opens it.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::deliver::Undelivered;
use crate::mail::Mail;

pub(crate) struct Files {
    directory: PathBuf,
}

impl Files {
    pub(super) fn new(directory: PathBuf) -> Files {
        Files { directory }
    }

    /// Named after the message: a mail that is written again takes its own place. Files take the processor and the disk from
    /// those who buy, and nobody waits for them: three quarters of the time are left to others.
    pub(super) async fn send(&self, mail: &Mail) -> Result<(), Undelivered> {
        let begun = Instant::now();
        let sent = self.write(mail).await;
        tokio::time::sleep(3 * begun.elapsed()).await;
        sent
    }

    async fn write(&self, mail: &Mail) -> Result<(), Undelivered> {
        let (directory, name, bytes) = (self.directory.clone(), mail.id.to_string(), mail.bytes.clone());
        let written = tokio::task::spawn_blocking(move || write(&directory, &name, &bytes)).await;
        match written {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => {
                Err(Undelivered::Later(format!("cannot write to {}: {error}", self.directory.display())))
            }
            Err(error) => Err(Undelivered::Later(error.to_string())),
        }
    }
}

/// Appears whole or not at all, for the owner's eyes only.
fn write(directory: &Path, name: &str, bytes: &[u8]) -> std::io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
    let draft = directory.join(format!(".{name}.{}", std::process::id()));
    let mut file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&draft)?;
    file.write_all(bytes).and_then(|()| file.sync_all())?;
    std::fs::rename(&draft, directory.join(name).with_extension("eml"))?;
    File::open(directory)?.sync_all()
}
