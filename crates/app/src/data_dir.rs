//! The data directory: who may use it, and the admin token kept in it.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use rand::TryRng;

const TOKEN_FILE: &str = "admin-token";
const LOCK_FILE: &str = "holdfast.lock";

/// Held as long as this process may write the SQLite files of a directory; the system lets go of it when we die.
#[derive(Debug)]
pub(crate) struct DirLock(#[expect(dead_code, reason = "the lock lasts as long as the file is open")] File);

pub(crate) fn create(dir: &Path) -> anyhow::Result<()> {
    // It will hold personal data.
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(dir).with_context(|| {
        format!(
            "cannot create the data directory {}; set HOLDFAST_DATA_DIR to a place you may write",
            dir.display()
        )
    })
}

/// Makes this process the only one that writes here: SQLite has one writer per file, and recovery counts on it.
pub(crate) fn lock(dir: &Path) -> anyhow::Result<DirLock> {
    create(dir)?;
    let path = dir.join(LOCK_FILE);
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .with_context(|| format!("cannot open {}", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(DirLock(file)),
        Err(TryLockError::WouldBlock) => bail!(
            "another Holdfast is running on {}; stop it, or set HOLDFAST_DATA_DIR to another directory",
            dir.display()
        ),
        Err(TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("cannot lock {}", path.display()))
        }
    }
}

/// The admin token, and the file it is kept in unless the configuration gives it.
pub(crate) struct AdminToken {
    pub value: String,
    pub file: Option<PathBuf>,
}

/// Given, kept from an earlier start, or made now: 256 random bits, readable by the owner only.
pub(crate) fn admin_token(dir: &Path, given: Option<&str>) -> anyhow::Result<AdminToken> {
    if let Some(token) = given {
        return Ok(AdminToken { value: token.to_owned(), file: None });
    }
    create(dir)?;
    let path = dir.join(TOKEN_FILE);
    if !path.exists() {
        keep(&path, &random_token()?).with_context(|| format!("cannot create {}", path.display()))?;
    }
    Ok(AdminToken { value: kept(&path)?, file: Some(path) })
}

/// Appears whole or not at all: another instance that starts on the directory may be reading.
fn keep(path: &Path, token: &str) -> std::io::Result<()> {
    let draft = path.with_extension(std::process::id().to_string());
    let mut file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&draft)?;
    file.write_all(token.as_bytes()).and_then(|()| file.sync_all())?;
    let linked = std::fs::hard_link(&draft, path);
    std::fs::remove_file(&draft)?;
    match linked {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        linked => linked,
    }
}

fn kept(path: &Path) -> anyhow::Result<String> {
    let mut token = String::new();
    File::open(path)
        .and_then(|mut file| file.read_to_string(&mut token))
        .with_context(|| format!("cannot read {}", path.display()))?;
    let token = token.trim();
    if token.len() < 32 {
        bail!("{} holds no token; remove it to have one generated", path.display());
    }
    Ok(token.to_owned())
}

fn random_token() -> anyhow::Result<String> {
    let mut bits = [0u8; 32];
    rand::rngs::SysRng.try_fill_bytes(&mut bits).context("the system has no random numbers")?;
    Ok(hex::encode(bits))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn dir(name: &str) -> PathBuf {
        let dir = std::env::temp_dir().join(format!("holdfast-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&dir);
        dir
    }

    #[test]
    fn the_token_is_made_once_and_is_the_owners_alone() {
        let dir = dir("token");
        let first = admin_token(&dir, None).unwrap();
        let second = admin_token(&dir, None).unwrap();
        assert_eq!(first.value, second.value);
        let mode = std::fs::metadata(first.file.unwrap()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        std::fs::remove_dir_all(dir).unwrap();
    }

    #[test]
    fn a_directory_has_one_holder() {
        let dir = dir("lock");
        let held = lock(&dir).unwrap();
        assert!(lock(&dir).unwrap_err().to_string().contains("another Holdfast"));
        drop(held);
        lock(&dir).unwrap();
        std::fs::remove_dir_all(dir).unwrap();
    }
}
