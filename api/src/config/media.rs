//! Where files are kept.

use super::settings::Settings;
use super::{ConfigError, is_postgres};
use inbox::media::{MediaConfig, STALLED_AFTER};
use std::path::{Path, PathBuf};
use url::Url;

/// Beside the working directory's other things, for databases that are no files.
const DIRECTORY: &str = "media";

pub(super) fn media(settings: &Settings, database_url: &str) -> Result<MediaConfig, ConfigError> {
    let given = settings.optional("media_url", "file:///an/absolute/path or s3://bucket/prefix", storage)?;
    let private_hosts = settings.parse(
        "media_private_hosts",
        "comma-separated names or addresses such as files.internal",
        |text| Some(hosts(text)),
    )?;
    let url = match given {
        Some(url) => url,
        None => directory(database_url).ok_or_else(|| {
            ConfigError::new(
                "the working directory cannot be found out; set RECADO_MEDIA_URL to file:///a/directory",
            )
        })?,
    };
    Ok(MediaConfig { url, private_hosts, stalled_after: STALLED_AFTER })
}

fn storage(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    match url.scheme() {
        "file" => url.to_file_path().is_ok().then_some(url),
        "s3" => url.host_str().is_some_and(|bucket| !bucket.is_empty()).then_some(url),
        _ => None,
    }
}

fn hosts(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|host| !host.is_empty()).map(str::to_owned).collect()
}

/// `recado.media` beside `recado.db`.
fn directory(database_url: &str) -> Option<Url> {
    let path = if is_postgres(database_url) {
        PathBuf::from(DIRECTORY)
    } else {
        let file = database_url.strip_prefix("sqlite:")?;
        let file = file.strip_prefix("//").unwrap_or(file);
        Path::new(file.split('?').next().unwrap_or(file)).with_extension("media")
    };
    Url::from_directory_path(std::path::absolute(path).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places() {
        let table = [
            ("sqlite:///var/lib/recado/recado.db", "file:///var/lib/recado/recado.media/"),
            ("sqlite:///x/inbox.sqlite?mode=rwc", "file:///x/inbox.media/"),
        ];
        for (database, expected) in table {
            assert_eq!(directory(database).unwrap().as_str(), expected);
        }
        assert!(directory("postgres://h/x").unwrap().path().ends_with("/media/"));
        assert!(directory("sqlite://recado.db").unwrap().path().ends_with("/recado.media/"));
        for (text, known) in [
            ("file:///srv/media", true),
            ("s3://bucket", true),
            ("s3://bucket/a/b", true),
            ("s3://", false),
            ("file://host/x", false),
            ("/srv/media", false),
            ("https://x/y", false),
        ] {
            assert_eq!(storage(text).is_some(), known, "{text}");
        }
        assert_eq!(hosts(" a.internal, 10.0.0.7 ,"), ["a.internal", "10.0.0.7"]);
    }
}
