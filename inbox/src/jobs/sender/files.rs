//! The files of a message, given to the provider before the message is. A file may be given twice without harm, so what
//! goes wrong here is never unclear.

use crate::app::App;
use crate::auth::Reach;
use crate::domain::revocation::RevokedMessages;
use crate::error::Result;
use crate::services::media::{forget_given, given, note_given};
use crate::services::settle;
use crate::store::media::{self, File};
use entities::{OutboxState, media_upload, outbox};
use providers::content;
use providers::inbound::ProviderError;
use providers::meta::client::{UploadOutcome, UploadedFile};
use providers::meta::{GraphClient, OutboundMessage, SendOutcome};

/// What Meta says of a file that it does not have: that the message is wrong, or that the file is.
const DEAD: [i64; 3] = [100, 131_052, 131_053];

/// Sends a message with its files. Should Meta have forgotten one that it was given before, it is given again, once.
pub(super) async fn send(
    app: &App,
    client: &GraphClient,
    phone_number_id: &str,
    row: &outbox::Model,
    message: &OutboundMessage,
) -> SendOutcome {
    let whatsapp = app.whatsapp_of(row.channel_id);
    let token = whatsapp.access_token.expose();
    if !has_files(message) {
        return client.send(token, phone_number_id, message).await;
    }
    let mut outcome = SendOutcome::Rejected(ProviderError::default());
    for round in 0..2 {
        if round > 0
            && let Err(stopped) = turn(app, row, OutboxState::Sending, OutboxState::Preparing).await
        {
            return stopped;
        }
        let (ready, known) = match give_all(app, phone_number_id, row, message).await {
            Ok(ready) => ready,
            Err(outcome) => return outcome,
        };
        if let Err(stopped) = turn(app, row, OutboxState::Preparing, OutboxState::Sending).await {
            return stopped;
        }
        outcome = client.send(token, phone_number_id, &ready).await;
        let dead = matches!(&outcome, SendOutcome::Rejected(error) if error.code.is_some_and(|code| DEAD.contains(&code)));
        if !dead || known.is_empty() {
            break;
        }
        for known in &known {
            if let Err(error) = forget_given(app, known).await {
                tracing::warn!(%error, "a file that Meta does not know any more could not be forgotten");
                return outcome;
            }
        }
    }
    outcome
}

/// Whether there is something to give before the message is sent.
pub(super) fn has_files(message: &OutboundMessage) -> bool {
    message.content.files().into_iter().any(is_ours)
}

/// Writes down where the row stands, or why it must not be sent now: nothing was sent so far, so that whoever finds the row
/// as it was lets it wait again.
async fn turn(
    app: &App,
    row: &outbox::Model,
    from: OutboxState,
    to: OutboxState,
) -> std::result::Result<(), SendOutcome> {
    match settle::turn(app, row, from, to).await {
        Ok(true) => Ok(()),
        Ok(false) => {
            let error = ours("another node took over while the files were given");
            Err(SendOutcome::Retry { error, after: None })
        }
        Err(error) => {
            tracing::warn!(message = %row.message_id, %error, "a message could not be marked as being sent");
            Err(SendOutcome::Retry {
                error: ours("the database did not take that it is being sent"),
                after: None,
            })
        }
    }
}

/// In our storage, and not named by the provider yet.
fn is_ours(file: &content::File) -> bool {
    file.provider_id.is_none() && file.link.is_none()
}

/// The message with the provider's ids of its files, and those that were known from before.
async fn give_all(
    app: &App,
    phone_number_id: &str,
    row: &outbox::Model,
    message: &OutboundMessage,
) -> std::result::Result<(OutboundMessage, Vec<media_upload::Model>), SendOutcome> {
    let (mut ready, mut known) = (message.clone(), Vec::new());
    let files = media::of_messages(app.db.read(), Reach::All, RevokedMessages::Show, [row.message_id]).await.map_err(|error| {
        tracing::warn!(message = %row.message_id, %error, "the files of a message could not be looked up");
        SendOutcome::Retry { error: ours("the files could not be looked up"), after: None }
    })?;
    for (slot, file) in (0..).zip(ready.content.files_mut()) {
        if !is_ours(file) {
            continue;
        }
        let stored = files.iter().find(|stored| stored.row.slot == slot);
        let Some(stored) = stored.filter(|stored| stored.blob.is_some()) else {
            return Err(SendOutcome::Rejected(ours(
                "the file is not in our storage any more; send another one",
            )));
        };
        let (id, before) = give(app, phone_number_id, row, stored).await?;
        file.provider_id = Some(id);
        known.extend(before);
    }
    Ok((ready, known))
}

/// The provider's id of a file, and what it was given before, if it was.
async fn give(
    app: &App,
    phone_number_id: &str,
    row: &outbox::Model,
    file: &File,
) -> std::result::Result<(String, Option<media_upload::Model>), SendOutcome> {
    let again = |error: &crate::error::Error| {
        tracing::warn!(message = %row.message_id, %error, "a file could not be given to Meta");
        SendOutcome::Retry { error: ours("the file could not be read; it is tried again"), after: None }
    };
    let sha256 = file.row.blob_sha256.as_deref().unwrap_or_default();
    if let Some(known) = given(app, sha256, row.channel_id).await.map_err(|error| again(&error))? {
        return Ok((known.provider_id.clone(), Some(known)));
    }
    let upload = uploaded(app, file).await.map_err(|error| again(&error))?;
    let whatsapp = app.whatsapp_of(row.channel_id);
    let client =
        GraphClient::new(app.files.clone(), whatsapp.graph_url.clone(), whatsapp.graph_version.clone());
    let outcome = client.upload(whatsapp.access_token.expose(), phone_number_id, upload).await;
    metrics::counter!("recado_media_uploads_total", "outcome" => label(&outcome)).increment(1);
    match outcome {
        UploadOutcome::Uploaded(id) => {
            if let Err(error) = note_given(app, sha256, row.channel_id, &id).await {
                // Then it is given once more the next time.
                tracing::warn!(message = %row.message_id, %error, "what Meta was given could not be noted");
            }
            Ok((id, None))
        }
        UploadOutcome::Retry { error, after } => Err(SendOutcome::Retry { error, after }),
        UploadOutcome::Rejected(error) => Err(SendOutcome::Rejected(error)),
    }
}

async fn uploaded(app: &App, file: &File) -> Result<UploadedFile> {
    let blob = file.blob.as_ref().ok_or(crate::error::Error::NotFound("file"))?;
    let content = app.media.read(&blob.object_key, None).await?;
    Ok(UploadedFile {
        mime_type: blob.mime_type.clone(),
        // Customers see the message's own name of a document; this one is for Meta only.
        name: format!(
            "{}.{}",
            &blob.sha256[..12],
            crate::domain::file_types::extension(&blob.mime_type).unwrap_or("bin")
        ),
        size: u64::try_from(blob.size).unwrap_or_default(),
        content: reqwest::Body::wrap_stream(content),
    })
}

fn label(outcome: &UploadOutcome) -> &'static str {
    match outcome {
        UploadOutcome::Uploaded(_) => "uploaded",
        UploadOutcome::Retry { .. } => "retry",
        UploadOutcome::Rejected(_) => "rejected",
    }
}

fn ours(message: &str) -> ProviderError {
    ProviderError { message: Some(message.to_owned()), ..ProviderError::default() }
}
