//! Files from people and programs, kept until a message takes them.

use super::{MediaError, MediaRefusal, clear_away, keep};
use crate::app::App;
use crate::auth::{Permission, Viewer};
use crate::domain::file_types::{FileKind, UNKNOWN, detect, is_animated_webp};
use crate::media::Spooled;
use crate::store::media::File;
use crate::store::{Priority, media as store};
use entities::{MediaState, media};

/// Longest name of a file, in characters.
const NAME: usize = 240;

/// A file that somebody sends to us.
#[derive(Debug)]
pub struct NewFile {
    /// What is in it.
    pub content: Spooled,
    /// Its name, with or without folders.
    pub file_name: Option<String>,
    /// What the sender says that it is.
    pub mime_type: Option<String>,
    /// What it must be good for; anything that WhatsApp takes if none is named.
    pub kind: Option<FileKind>,
}

/// Keeps a file that no message has yet. It is removed after a week if none takes it.
///
/// # Errors
/// [`MediaError::Refused`] if WhatsApp would not take it; otherwise if the caller may not send, or the storage or the
/// database cannot do it now.
pub async fn media_upload(app: &App, viewer: &Viewer, file: NewFile) -> Result<File, MediaError> {
    viewer.require(Permission::Send)?;
    let name = file.file_name.as_deref().map(plain_name).filter(|name| !name.is_empty());
    let (announced, content) = (file.mime_type.as_deref(), &file.content);
    let mime_type = detect(&content.head, announced, name.as_deref()).unwrap_or(UNKNOWN);
    if let Some(refusal) =
        MediaRefusal::of(mime_type, is_animated_webp(&content.head), content.size, file.kind)
    {
        return Err(MediaError::Refused(refusal));
    }
    let blob = keep(app, content, announced, name.as_deref()).await?;
    let now = app.clock.now();
    let (_, actor) = viewer.actor();
    let row = media::Model {
        id: app.ids.next(),
        message_id: None,
        slot: 0,
        channel_id: None,
        state: MediaState::Stored,
        provider_id: None,
        mime_type: Some(blob.mime_type.clone()),
        sha256: Some(blob.sha256.clone()),
        size: Some(blob.size),
        file_name: name,
        blob_sha256: Some(blob.sha256.clone()),
        attempts: 0,
        not_before: now,
        failure: None,
        uploaded_by: actor,
        kept: false,
        created_at: now,
        updated_at: now,
    };
    let key = blob.object_key.clone();
    let written = app.db.write(Priority::Interactive, move |tx| {
        let (row, blob) = (row.clone(), blob.clone());
        Box::pin(async move {
            let blob = store::keep_blob(tx, &blob).await?;
            store::insert(tx, row.clone()).await?;
            Ok(File { row, blob: Some(blob) })
        })
    });
    let file = written.await?;
    if file.blob.as_ref().is_none_or(|blob| blob.object_key != key) {
        clear_away(app, &key).await;
    }
    Ok(file)
}

/// The last part of a path, without what no file system or header takes.
fn plain_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let plain: String = last.chars().filter(|c| !c.is_control()).collect();
    let plain = plain.trim().trim_start_matches('.');
    // The end says what it is.
    let surplus = plain.chars().count().saturating_sub(NAME);
    plain.chars().skip(surplus).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names() {
        let table = [
            ("offer.pdf", "offer.pdf"),
            ("C:\\Users\\ana\\Ofertas é.pdf", "Ofertas é.pdf"),
            ("../../etc/passwd", "passwd"),
            (" .hidden\r\n.txt ", "hidden.txt"),
            ("..", ""),
            ("folder/", ""),
        ];
        for (name, expected) in table {
            assert_eq!(plain_name(name), expected);
        }
    }

    proptest! {
        #[test]
        fn a_name_is_short_and_has_no_folder(name in "\\PC{0,400}[\r\n\0/\\\\.]{0,3}\\PC{0,20}") {
            let plain = plain_name(&name);
            prop_assert!(plain.chars().count() <= NAME);
            prop_assert!(!plain.contains(['/', '\\', '\r', '\n', '\0']));
        }
    }
}
