//! The files that the simulated Meta holds for business and customers.

use std::collections::{HashMap, VecDeque};

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

/// How many bytes of files are held; beyond it the oldest go.
const MAX_BYTES: usize = 256 << 20;

/// How long an uploaded file is kept (30 days), in seconds.
pub(crate) const UPLOAD_SECONDS: u64 = 30 * 86_400;

/// How long a customer's file is kept (7 days), in seconds.
pub(crate) const INBOUND_SECONDS: u64 = 7 * 86_400;

/// How long a download address works, in seconds.
pub(crate) const URL_SECONDS: u64 = 300;

/// One file.
#[derive(Clone, Debug)]
pub(crate) struct Media {
    pub(crate) bytes: Bytes,
    pub(crate) mime_type: String,
    /// Seconds since 1970.
    pub(crate) expires_at: u64,
    sha256: [u8; 32],
}

impl Media {
    pub(crate) fn new(bytes: Bytes, mime_type: &str, expires_at: u64) -> Self {
        let sha256 = Sha256::digest(&bytes).into();
        Self { bytes, mime_type: mime_type.to_owned(), expires_at, sha256 }
    }

    /// The hash as webhooks write it.
    pub(crate) fn sha256_base64(&self) -> String {
        BASE64.encode(self.sha256)
    }

    /// The hash as the media node writes it.
    pub(crate) fn sha256_hex(&self) -> String {
        hex::encode(self.sha256)
    }
}

/// All files, up to [`MAX_BYTES`].
#[derive(Debug, Default)]
pub(crate) struct MediaStore {
    files: HashMap<String, Media>,
    order: VecDeque<String>,
    bytes: usize,
}

impl MediaStore {
    pub(crate) fn insert(&mut self, id: String, media: Media) {
        self.bytes += media.bytes.len();
        self.order.push_back(id.clone());
        self.files.insert(id, media);
        while self.bytes > MAX_BYTES && self.order.len() > 1 {
            if let Some(oldest) = self.order.pop_front() {
                self.remove(&oldest);
            }
        }
    }

    /// A file that has not run out.
    pub(crate) fn get(&self, id: &str, now: u64) -> Option<&Media> {
        self.files.get(id).filter(|media| media.expires_at > now)
    }

    pub(crate) fn remove(&mut self, id: &str) -> bool {
        let removed = self.files.remove(id);
        self.bytes -= removed.as_ref().map_or(0, |media| media.bytes.len());
        self.order.retain(|kept| kept != id);
        removed.is_some()
    }
}

/// The download address of a file, good for [`URL_SECONDS`].
pub(crate) fn download_url(base: &str, app_secret: &str, id: &str, now: u64) -> String {
    let expires = now + URL_SECONDS;
    let hash = url_hash(app_secret, id, expires);
    format!("{base}/whatsapp_business/attachments/?mid={id}&ext={expires}&hash={hash}")
}

/// What makes a download address hard to guess.
pub(crate) fn url_hash(app_secret: &str, id: &str, expires: u64) -> String {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(app_secret.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(format!("{id}.{expires}").as_bytes());
    hex::encode(&mac.finalize().into_bytes()[..16])
}

/// A small file of a message type (`image`, `sticker`, `audio`, `video` or `document`): its bytes and MIME type.
#[must_use]
pub fn sample_file(kind: &str) -> Option<(&'static [u8], &'static str)> {
    Some(match kind {
        "image" => (include_bytes!("samples/photo.png"), "image/png"),
        "sticker" => (include_bytes!("samples/sticker.webp"), "image/webp"),
        "audio" => (include_bytes!("samples/voice.ogg"), "audio/ogg; codecs=opus"),
        "video" => (include_bytes!("samples/video.mp4"), "video/mp4"),
        "document" => (include_bytes!("samples/document.pdf"), "application/pdf"),
        _ => return None,
    })
}
