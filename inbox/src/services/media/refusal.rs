//! Why a file is not taken, for the person who sends it.

use crate::domain::file_types::{FileKind, FileType, extension, extensions_of};
use crate::error::Error;

/// What a person can mend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaRefusal {
    /// Which rule.
    pub code: MediaRefusalCode,
    /// What is wrong and what to do.
    pub message: String,
}

/// The rules that a file can break.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MediaRefusalCode {
    /// There is nothing in it.
    FileEmpty,
    /// WhatsApp takes no files of this type, or not as this kind.
    FileTypeNotAllowed,
    /// WhatsApp takes no files of this size.
    FileTooLarge,
    /// The file was fetched already, or is being fetched.
    NotFailed,
}

/// Why a use case of files could not be carried out.
#[derive(Debug, thiserror::Error)]
pub enum MediaError {
    /// Something that the person can mend.
    #[error("{}", .0.message)]
    Refused(MediaRefusal),
    /// Anything else.
    #[error(transparent)]
    Error(#[from] Error),
}

impl MediaRefusal {
    pub(super) fn not_failed() -> Self {
        let message = "Only a file that could not be fetched can be fetched again.".to_owned();
        Self { code: MediaRefusalCode::NotFailed, message }
    }

    /// What WhatsApp has against a content, as `kind` or as whatever it is.
    pub(super) fn of(mime_type: &str, animated: bool, size: u64, kind: Option<FileKind>) -> Option<Self> {
        if size == 0 {
            let message = "The file is empty. Choose another one.".to_owned();
            return Some(Self { code: MediaRefusalCode::FileEmpty, message });
        }
        let known = FileType::of(mime_type).filter(|each| kind.is_none_or(|kind| each.kind == kind));
        let Some(known) = known else { return Some(Self::type_not_allowed(mime_type, kind)) };
        let limit = known.limit(animated);
        (size > limit).then(|| {
            let name = known.extensions[0];
            let message =
                format!("The file has {size} bytes; WhatsApp takes {limit} at most of the type {name}. Make it smaller.");
            Self { code: MediaRefusalCode::FileTooLarge, message }
        })
    }

    fn type_not_allowed(mime_type: &str, kind: Option<FileKind>) -> Self {
        let is = extension(mime_type).unwrap_or(mime_type);
        let message = match kind {
            Some(kind) => {
                let (noun, takes) = (kind.noun(), extensions_of(kind));
                format!("By its content the file is of the type {is}. As a {noun} WhatsApp takes {takes}.")
            }
            None => {
                use FileKind::{Audio, Document, Image, Sticker, Video};
                let all = [Image, Audio, Video, Document, Sticker].map(extensions_of).join(", ");
                format!("By its content the file is of the type {is}. WhatsApp takes {all}.")
            }
        };
        Self { code: MediaRefusalCode::FileTypeNotAllowed, message }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_and_sizes() {
        use MediaRefusalCode::{FileEmpty, FileTooLarge, FileTypeNotAllowed};
        let mib = 1 << 20;
        let table = [
            ("image/png", false, 5 * mib, Some(FileKind::Image), None),
            ("image/png", false, 5 * mib + 1, Some(FileKind::Image), Some(FileTooLarge)),
            ("image/png", false, 1, None, None),
            ("image/png", false, 1, Some(FileKind::Document), Some(FileTypeNotAllowed)),
            ("image/png", false, 0, None, Some(FileEmpty)),
            ("image/gif", false, 1, None, Some(FileTypeNotAllowed)),
            ("text/html", false, 1, Some(FileKind::Document), Some(FileTypeNotAllowed)),
            ("video/mp4", false, 16 * mib, None, None),
            ("video/mp4", false, 16 * mib + 1, None, Some(FileTooLarge)),
            ("audio/ogg", false, 16 * mib + 1, Some(FileKind::Audio), Some(FileTooLarge)),
            ("application/pdf", false, 100 * mib, Some(FileKind::Document), None),
            ("application/pdf", false, 100 * mib + 1, None, Some(FileTooLarge)),
            ("image/webp", false, 100 * 1024, Some(FileKind::Sticker), None),
            ("image/webp", false, 100 * 1024 + 1, Some(FileKind::Sticker), Some(FileTooLarge)),
            ("image/webp", true, 500 * 1024, Some(FileKind::Sticker), None),
            ("image/webp", true, 500 * 1024 + 1, None, Some(FileTooLarge)),
            ("image/webp", true, 1, Some(FileKind::Image), Some(FileTypeNotAllowed)),
        ];
        for (mime, animated, size, kind, expected) in table {
            let refusal = MediaRefusal::of(mime, animated, size, kind);
            assert_eq!(refusal.map(|refusal| refusal.code), expected, "{mime} {size} {kind:?}");
        }
        let refusal = MediaRefusal::of("image/png", false, 5 * mib + 1, None).unwrap();
        assert_eq!(
            refusal.message,
            "The file has 5242881 bytes; WhatsApp takes 5242880 at most of the type png. Make it smaller."
        );
    }
}
