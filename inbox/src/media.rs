//! Where the contents of files are kept: a directory, or a bucket of an S3-compatible store.
//!
//! Each content is written under a name of its own that is never used again; the table `blob` says which name holds what.
//! The object comes before its row and goes after it, so that a crash leaves at worst an object that no row names; the
//! sweep of `jobs::media` removes those.

mod fetch;
mod links;
mod picture;
mod spool;
#[cfg(test)]
mod tests;

pub use fetch::{FetchError, Fetched, Fetcher};
pub(crate) use fetch::{Guard, public_client};
pub use links::MediaLinks;
pub use picture::{Picture, picture};
pub use spool::{Spool, SpoolError, Spooled};

use crate::error::{Error, Result};
use bytes::Bytes;
use futures_util::stream::BoxStream;
use futures_util::{StreamExt, TryStreamExt};
use object_store::aws::AmazonS3Builder;
use object_store::buffered::BufWriter;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::{GetOptions, ObjectStore, ObjectStoreExt};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::io::AsyncWriteExt;
use url::Url;
use uuid::Uuid;

/// What is sent to the storage at once; smaller contents go in one piece. S3 takes at least 5 MiB.
const PART: usize = 8 << 20;
/// Parts under way at the same time, for one content.
const PARTS: usize = 2;

/// Where files are kept, and where they may come from.
#[derive(Clone, Debug)]
pub struct MediaConfig {
    /// `file:///directory` or `s3://bucket/prefix`; keys, region and endpoint of S3 come from the usual `AWS_` variables.
    pub url: Url,
    /// Hosts that files may be fetched from although they are on no public network.
    pub private_hosts: Vec<String>,
    /// How long a file of the provider's may stop coming before it is given up, to be fetched again later.
    pub stalled_after: Duration,
}

/// Usual for [`MediaConfig::stalled_after`].
pub const STALLED_AFTER: Duration = Duration::from_secs(20);

/// The storage. Cheap to clone.
#[derive(Clone, Debug)]
pub struct MediaStore {
    objects: Arc<dyn ObjectStore>,
    /// The directory, if it is one.
    directory: Option<PathBuf>,
}

/// An object of the storage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredObject {
    /// Its name.
    pub key: String,
    /// How long ago it was written, by the storage's clock and the system's.
    pub age: Duration,
}

impl MediaStore {
    /// Opens the storage; a directory is made if need be.
    ///
    /// # Errors
    /// If the address is of no known kind, the directory cannot be made, or the variables for S3 are incomplete.
    pub fn open(url: &Url) -> Result<Self> {
        match url.scheme() {
            "file" => Self::directory(url),
            "s3" => Self::bucket(url),
            _ => Err(Error::invalid("mediaUrl", "the address of the files must begin with file:// or s3://")),
        }
    }

    fn directory(url: &Url) -> Result<Self> {
        let path = url.to_file_path().map_err(|()| {
            Error::invalid("mediaUrl", "the address of the files must be file:// and an absolute path")
        })?;
        let failed = |error: &dyn std::fmt::Display| {
            let path = path.display();
            Error::invalid("mediaUrl", format!("the directory {path} for files cannot be used: {error}"))
        };
        std::fs::create_dir_all(&path).map_err(|error| failed(&error))?;
        let objects = LocalFileSystem::new_with_prefix(&path).map_err(|error| failed(&error))?;
        let objects = objects.with_fsync(true).with_automatic_cleanup(true);
        Ok(Self { objects: Arc::new(objects), directory: Some(path) })
    }

    fn bucket(url: &Url) -> Result<Self> {
        let bucket = url.host_str().unwrap_or_default();
        let objects = AmazonS3Builder::from_env().with_bucket_name(bucket).build().map_err(|error| {
            Error::invalid("mediaUrl", format!("the bucket {bucket} for files cannot be used: {error}"))
        })?;
        let prefix = Path::from(url.path());
        let objects: Arc<dyn ObjectStore> =
            if prefix.is_root() { Arc::new(objects) } else { Arc::new(PrefixStore::new(objects, prefix)) };
        Ok(Self { objects, directory: None })
    }

    /// Writes a content under a new name, which is returned. Memory does not grow with it. When it returns, the content
    /// is durable.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if the storage does not take it; then nothing is left of it.
    pub async fn put(&self, content: &Spooled, name: Uuid) -> Result<String> {
        let name = name.simple().to_string();
        // Folders by the end of the name: it is random, the start is the time.
        let key = format!("{}/{name}", &name[name.len() - 2..]);
        let mut file = content.open().await.map_err(|error| unavailable(&error))?;
        let mut writer = BufWriter::with_capacity(Arc::clone(&self.objects), Path::from(key.as_str()), PART)
            .with_max_concurrency(PARTS);
        let written = match tokio::io::copy(&mut file, &mut writer).await {
            Ok(_) => writer.shutdown().await,
            Err(error) => Err(error),
        };
        if let Err(error) = written {
            if let Err(error) = writer.abort().await {
                tracing::warn!(%error, "a file that could not be stored was not cleared away");
            }
            return Err(unavailable(&error));
        }
        Ok(key)
    }

    /// A content, or the bytes of it in a range that lies inside.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if the storage does not have it, or does not answer.
    pub async fn read(
        &self,
        key: &str,
        range: Option<Range<u64>>,
    ) -> Result<BoxStream<'static, std::io::Result<Bytes>>> {
        let options = GetOptions { range: range.map(Into::into), ..GetOptions::default() };
        let found = self.objects.get_opts(&Path::from(key), options).await;
        let found = found.map_err(|error| unavailable(&error))?;
        Ok(found.into_stream().map_err(std::io::Error::from).boxed())
    }

    /// Removes a content. One that is not there is removed.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if the storage does not answer.
    pub async fn remove(&self, key: &str) -> Result<()> {
        match self.objects.delete(&Path::from(key)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(unavailable(&error)),
        }
    }

    /// All there is, in no order.
    pub fn list(&self) -> BoxStream<'_, Result<StoredObject>> {
        let object = |object: object_store::ObjectMeta| StoredObject {
            key: object.location.to_string(),
            age: age(object.last_modified.into()),
        };
        self.objects.list(None).map_ok(object).map_err(|error| unavailable(&error)).boxed()
    }

    /// Removes what is left in a directory of writes that a crash broke off this long ago. Stores beyond the network
    /// drop those by rules of their own.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if the directory cannot be read.
    pub async fn remove_broken_writes(&self, older_than: Duration) -> Result<()> {
        let Some(directory) = self.directory.clone() else { return Ok(()) };
        let removed = tokio::task::spawn_blocking(move || remove_staged(&directory, older_than));
        removed.await.map_err(Error::internal)?.map_err(|error| unavailable(&error))
    }
}

/// The storage writes under the final name, `#` and a number first.
fn remove_staged(directory: &std::path::Path, older_than: Duration) -> std::io::Result<()> {
    for folder in std::fs::read_dir(directory)? {
        let folder = folder?.path();
        if !folder.is_dir() {
            continue;
        }
        for file in std::fs::read_dir(folder)? {
            let file = file?;
            let is_staged = file.file_name().to_string_lossy().contains('#');
            if is_staged && age(file.metadata()?.modified()?) > older_than {
                std::fs::remove_file(file.path())?;
            }
        }
    }
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "storages stamp their objects by the system's clock")]
fn age(written: SystemTime) -> Duration {
    SystemTime::now().duration_since(written).unwrap_or_default()
}

fn unavailable(error: &dyn std::fmt::Display) -> Error {
    Error::Unavailable(format!("the storage of files failed: {error}"))
}
