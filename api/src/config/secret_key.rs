//! The deployment's secret key: from the setting, or from a file beside a SQLite database.

use anyhow::{Context, anyhow, bail};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use inbox::{Secret, SecretKey};
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

const FILE: &str = "recado.key";

/// The comma-separated keys of the setting; none if it is empty.
pub(super) fn parse(keys: &Secret) -> Result<Vec<SecretKey>, &'static str> {
    // Exposed to be decoded.
    let text = keys.expose();
    if text.is_empty() {
        return Ok(Vec::new());
    }
    text.split(',').map(|key| decode(key).ok_or(EXPECTED)).collect()
}

const EXPECTED: &str =
    "must be 32 bytes in base64, several separated by commas; make one with: openssl rand -base64 32";

fn decode(text: &str) -> Option<SecretKey> {
    STANDARD.decode(text.trim()).ok()?.try_into().ok().map(SecretKey)
}

/// The key in the file beside this database. Made with mode 0600 if there is none.
pub(super) fn beside(database_url: &str) -> anyhow::Result<SecretKey> {
    let Some(database) = database_url.strip_prefix("sqlite:") else {
        bail!(
            "RECADO_SECRET_KEY is not set; every node of a PostgreSQL deployment needs the same key, 32 bytes in \
             base64; make one with: openssl rand -base64 32"
        );
    };
    let database = database.strip_prefix("//").unwrap_or(database);
    let database = database.split('?').next().unwrap_or(database);
    let path = Path::new(database).with_file_name(FILE);
    match fs::read_to_string(&path) {
        Ok(text) => read(&path, &text),
        Err(error) if error.kind() == ErrorKind::NotFound => create(&path),
        Err(error) => Err(error).with_context(|| format!("the key file {} cannot be read", path.display())),
    }
}

fn read(path: &Path, text: &str) -> anyhow::Result<SecretKey> {
    decode(text).ok_or_else(|| {
        anyhow!(
            "the key file {} does not hold 32 bytes in base64; restore it from a backup, for what was sealed with it \
             cannot be read without",
            path.display()
        )
    })
}

/// Written under another name first and then linked, so that of two processes that start together one makes the key
/// and the other reads the whole of it.
fn create(path: &Path) -> anyhow::Result<SecretKey> {
    let failed = || format!("the key file {} cannot be made", path.display());
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let directory = directory.map_or_else(|| PathBuf::from("."), Path::to_path_buf);
    let key: [u8; 32] = rand::random();
    // `tempfile` makes its files with mode 0600.
    let mut file = tempfile::NamedTempFile::new_in(directory).with_context(failed)?;
    writeln!(file, "{}", STANDARD.encode(key)).with_context(failed)?;
    file.as_file().sync_all().with_context(failed)?;
    match file.persist_noclobber(path) {
        Ok(_) => Ok(SecretKey(key)),
        Err(error) if error.error.kind() == ErrorKind::AlreadyExists => {
            read(path, &fs::read_to_string(path).with_context(failed)?)
        }
        Err(error) => Err(error.error).with_context(failed),
    }
}
