//! Samples of files, which Meta reviews with a template: given to Meta before the template is.

use super::{TemplateError, TemplateRefusal, TemplateRefusalCode, refusal::of_provider};
use crate::app::App;
use crate::app::WhatsAppConfig;
use crate::auth::Viewer;
use crate::domain::file_types::{FileKind, extension};
use crate::error::Error;
use crate::services::media::{MediaRefusal, refusal_of};
use crate::store::media::{self, File};
use entities::{MediaId, blob};
use providers::meta::GraphClient;
use providers::meta::client::SampleError;
use providers::template::{Definition, MediaKind};
use std::time::Duration;

/// How often the line may break before a sample is given up.
const TRIES: u32 = 5;

/// A sample as it is in our storage, for the one of this place among the template's files.
#[derive(Debug)]
pub(super) struct Sample {
    place: usize,
    blob: blob::Model,
}

/// Looks up the samples, in the order of [`Definition::samples_mut`], and puts their ids in as long as Meta has given no
/// handles.
pub(super) async fn find(
    app: &App,
    viewer: &Viewer,
    definition: &mut Definition,
    ids: &[MediaId],
) -> Result<Vec<Sample>, TemplateError> {
    let revoked = app.config.revoked_messages;
    let files = media::by_ids(app.db.read(), viewer.reach(), revoked, ids.iter().copied()).await?;
    let (mut samples, mut refusals) = (Vec::new(), Vec::new());
    for (place, ((card, kind, slot), id)) in definition.samples_mut().zip(ids).enumerate() {
        *slot = Some(id.to_string());
        match sample(files.iter().find(|file| file.row.id == *id), kind) {
            Ok(blob) => samples.push(Sample { place, blob }),
            Err((code, message)) => {
                let card = card.map(|card| card.to_string());
                let field: Vec<&str> = match &card {
                    None => vec!["content", "message", "header", "media", "sample"],
                    Some(card) => vec!["content", "message", "cards", card, "header", "sample"],
                };
                refusals.push(TemplateRefusal::new(code, &field, message));
            }
        }
    }
    if refusals.is_empty() { Ok(samples) } else { Err(TemplateError::Refused(refusals)) }
}

fn sample(file: Option<&File>, kind: MediaKind) -> Result<blob::Model, (TemplateRefusalCode, String)> {
    let Some(blob) = file.and_then(|file| file.blob.as_ref()) else {
        let message = "There is no such file, or it is not in our storage. Upload it first.".to_owned();
        return Err((TemplateRefusalCode::SampleMissing, message));
    };
    let (kind, types, takes): (_, &[_], _) = match kind {
        MediaKind::Image => (FileKind::Image, &["image/jpeg", "image/png"], "jpg and png"),
        MediaKind::Video => (FileKind::Video, &["video/mp4"], "mp4"),
        MediaKind::Document => (FileKind::Document, &["application/pdf"], "pdf"),
    };
    let size = u64::try_from(blob.size).unwrap_or_default();
    let refused = refusal_of(&blob.mime_type, blob.animated, size, Some(kind));
    let message = match refused {
        Some(MediaRefusal { message, .. }) => message,
        None if types.contains(&blob.mime_type.as_str()) => return Ok(blob.clone()),
        None => format!("As the sample of a {} WhatsApp takes {takes} only.", kind.noun()),
    };
    Err((TemplateRefusalCode::SampleNotAllowed, message))
}

/// Gives the samples to Meta, and puts the handles that it gives for them in.
pub(super) async fn give(
    app: &App,
    account: &str,
    definition: &mut Definition,
    samples: &[Sample],
) -> Result<(), TemplateError> {
    if samples.is_empty() {
        return Ok(());
    }
    let whatsapp = app.whatsapp_of_account(account);
    if whatsapp.app_id.is_empty() {
        let message =
            "Samples of files are given to the app, and nobody said which it is: set the setting appId.";
        return Err(TemplateRefusal::new(TemplateRefusalCode::MetaUnavailable, &[], message).into());
    }
    for sample in samples {
        let handle = give_one(app, &whatsapp, &sample.blob).await?;
        if let Some((_, _, slot)) = definition.samples_mut().nth(sample.place) {
            *slot = Some(handle);
        }
    }
    Ok(())
}

async fn give_one(app: &App, whatsapp: &WhatsAppConfig, blob: &blob::Model) -> Result<String, TemplateError> {
    let client =
        GraphClient::new(app.files.clone(), whatsapp.graph_url.clone(), whatsapp.graph_version.clone());
    let (token, size) = (whatsapp.access_token.expose(), u64::try_from(blob.size).unwrap_or_default());
    // Nobody sees this name but Meta.
    let name = format!("{}.{}", &blob.sha256[..12], extension(&blob.mime_type).unwrap_or("bin"));
    let begun = client.begin_sample(token, &whatsapp.app_id, &blob.mime_type, &name, size).await;
    let upload = begun.map_err(|error| of_sample(&error))?;
    let mut offset = 0;
    for attempt in 1.. {
        let rest = app.media.read(&blob.object_key, Some(offset..size)).await?;
        let rest = reqwest::Body::wrap_stream(rest);
        let broke = match client.give_sample(token, &upload, offset, size - offset, rest).await {
            Ok(handle) => return Ok(handle),
            Err(SampleError::Interrupted(error)) if attempt < TRIES => error,
            Err(error) => return Err(of_sample(&error)),
        };
        tracing::info!(attempt, why = broke.message, "a sample for a template was cut off; the rest follows");
        tokio::time::sleep(Duration::from_millis(50 << attempt)).await;
        // Where Meta does not say how far it got, what is given again from the last place known does no harm.
        if let Ok(arrived) = client.sample_offset(token, &upload).await {
            offset = arrived.min(size);
        }
    }
    Err(Error::internal("a loop without an end ended").into())
}

fn of_sample(error: &SampleError) -> TemplateError {
    let (SampleError::Interrupted(error) | SampleError::Refused(error)) = error;
    of_provider(error)
}
