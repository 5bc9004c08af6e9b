use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// A file that gets its name when it is whole and on the disk; until then it is `<name>.partial`. Readable by its owner
/// only, since stores hold personal data.
#[derive(Debug)]
pub struct Draft {
    file: File,
    partial: PathBuf,
    path: PathBuf,
}

impl Draft {
    /// # Errors
    /// When there is such a file already, or the directory cannot be written.
    pub fn create(path: &Path) -> std::io::Result<Draft> {
        if path.try_exists()? {
            return Err(std::io::Error::new(ErrorKind::AlreadyExists, "the file is there already"));
        }
        let mut partial = path.as_os_str().to_owned();
        partial.push(".partial");
        // What a killed export left behind is of no use.
        let file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&partial)?;
        Ok(Draft { file, partial: partial.into(), path: path.to_owned() })
    }

    /// # Errors
    /// When the disk does not take it, or a file of this name has come up meanwhile.
    pub fn keep(self) -> std::io::Result<()> {
        self.file.sync_all()?;
        // Unlike a renaming, this overwrites nothing.
        std::fs::hard_link(&self.partial, &self.path)?;
        std::fs::remove_file(&self.partial)?;
        let directory = self.path.parent().filter(|parent| !parent.as_os_str().is_empty());
        File::open(directory.unwrap_or(Path::new(".")))?.sync_all()
    }
}

impl Write for Draft {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}
