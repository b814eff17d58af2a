//! A content on its way: in a temporary file, measured and hashed as it comes, so that memory does not grow with it.

use crate::domain::file_types::HEAD;
use sha2::{Digest, Sha256};
use std::io::{Seek, SeekFrom};
use tokio::io::AsyncWriteExt;

/// Why a content was not taken.
#[derive(Debug, thiserror::Error)]
pub enum SpoolError {
    /// More came than this.
    #[error("there are more than {0} bytes")]
    TooLarge(u64),
    /// The temporary file.
    #[error("a temporary file failed: {0}")]
    Io(#[from] std::io::Error),
}

/// A content that is still coming.
#[derive(Debug)]
pub struct Spool {
    file: tokio::fs::File,
    hash: Sha256,
    size: u64,
    limit: u64,
    head: Vec<u8>,
}

/// A content that is here, in a file that vanishes with this.
#[derive(Debug)]
pub struct Spooled {
    file: std::fs::File,
    /// Bytes.
    pub size: u64,
    /// Lower-case hex.
    pub sha256: String,
    /// Its start, [`HEAD`] bytes at most.
    pub head: Vec<u8>,
}

impl Spool {
    /// For at most `limit` bytes.
    ///
    /// # Errors
    /// If there is no room for temporary files.
    pub async fn new(limit: u64) -> Result<Self, SpoolError> {
        let file = tokio::task::spawn_blocking(tempfile::tempfile).await.map_err(std::io::Error::other)??;
        let file = tokio::fs::File::from_std(file);
        Ok(Self { file, hash: Sha256::new(), size: 0, limit, head: Vec::new() })
    }

    /// Takes the next piece.
    ///
    /// # Errors
    /// If it is too much.
    pub async fn write(&mut self, piece: &[u8]) -> Result<(), SpoolError> {
        self.size += piece.len() as u64;
        if self.size > self.limit {
            return Err(SpoolError::TooLarge(self.limit));
        }
        let room = HEAD.saturating_sub(self.head.len()).min(piece.len());
        self.head.extend_from_slice(&piece[..room]);
        self.hash.update(piece);
        Ok(self.file.write_all(piece).await?)
    }

    /// Takes the rest from a reader.
    ///
    /// # Errors
    /// If it is too much, or cannot be read.
    pub async fn read_from(
        &mut self,
        reader: &mut (impl tokio::io::AsyncRead + Unpin),
    ) -> Result<(), SpoolError> {
        use tokio::io::AsyncReadExt;
        let mut buffer = vec![0; HEAD];
        loop {
            match reader.read(&mut buffer).await? {
                0 => return Ok(()),
                read => self.write(&buffer[..read]).await?,
            }
        }
    }

    /// All of it is here.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub async fn finish(mut self) -> Result<Spooled, SpoolError> {
        self.file.flush().await?;
        let file = self.file.into_std().await;
        Ok(Spooled { file, size: self.size, sha256: hex::encode(self.hash.finalize()), head: self.head })
    }
}

impl Spooled {
    /// The content from its start. Only one reader at a time: they share their place.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub async fn open(&self) -> std::io::Result<tokio::fs::File> {
        Ok(tokio::fs::File::from_std(self.rewound()?))
    }

    /// As [`open`](Self::open), for code that blocks.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn rewound(&self) -> std::io::Result<std::fs::File> {
        let mut file = self.file.try_clone()?;
        file.seek(SeekFrom::Start(0))?;
        Ok(file)
    }
}
