//! Templates made, changed and deleted at Meta, and what Meta answered written down.

use super::note::Book;
use super::refusal::of_provider;
use super::samples::{self, Sample};
use super::{TemplateError, TemplateRefusal, TemplateRefusalCode, client};
use crate::app::App;
use crate::auth::{Permission, Viewer};
use crate::domain::templates::{self, APPROVED, Noted};
use crate::error::{Error, Result};
use crate::services::access::{AuditChange, Subject, record};
use crate::store::{Priority, templates as store};
use entities::{
    ActorKind, AuditAction, ChannelId, MediaId, TemplateChangeSource, TemplateId, TemplateProperty, channel,
    template,
};
use providers::template::{Definition, NewTemplate, form, validate_edit, validate_new};
use uuid::Uuid;

/// A template to make.
#[derive(Clone, Debug, PartialEq)]
pub struct TemplateCreate {
    /// Of the account of this number; of the default one's if none is named.
    pub channel_id: Option<ChannelId>,
    /// What it consists of, without samples of files.
    pub template: NewTemplate,
    /// The samples of its files, in the order of [`Definition::samples_mut`].
    pub samples: Vec<MediaId>,
}

/// What is to change in a template; what is `None` stays.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TemplateUpdate {
    /// Meta's word.
    pub category: Option<String>,
    /// Replaces the content as a whole; without samples of files.
    pub definition: Option<Definition>,
    /// The samples of its files, in the order of [`Definition::samples_mut`].
    pub samples: Vec<MediaId>,
}

/// Makes a template at Meta and keeps it. Its status and category are those that Meta answered.
///
/// # Errors
/// [`TemplateError::Refused`] with everything that a person can mend, and if Meta gave no usable answer: then it may exist
/// there, and the next listing tells. [`Error::Forbidden`] without [`Permission::Administer`].
pub async fn template_create(
    app: &App,
    viewer: &Viewer,
    input: TemplateCreate,
) -> Result<template::Model, TemplateError> {
    viewer.require(Permission::Administer)?;
    let mut new = input.template;
    let samples = samples::find(app, viewer, &mut new.definition, &input.samples).await?;
    validate_new(&new).map_err(refused)?;
    let account = account_of(app, input.channel_id).await?;
    let known = store::by_name(app.db.read(), &account, &new.name, &new.language).await?;
    if known.is_some_and(|row| row.deleted_at.is_none()) {
        let message = "There is already a template of this name in this language. Change that one, or choose another name.";
        return Err(TemplateRefusal::new(TemplateRefusalCode::NameTaken, &["name"], message).into());
    }
    let (worker, actor) = (app.clone(), viewer.actor());
    to_the_end(async move { create(&worker, actor, account, new, &samples).await }).await
}

/// Whoever asked may not wait for it: what was begun at Meta is finished and written down all the same.
async fn to_the_end<T: Send + 'static>(
    work: impl Future<Output = Result<T, TemplateError>> + Send + 'static,
) -> Result<T, TemplateError> {
    tokio::spawn(work).await.map_err(Error::internal)?
}

async fn create(
    app: &App,
    actor: (ActorKind, Option<Uuid>),
    account: String,
    mut new: NewTemplate,
    samples: &[Sample],
) -> Result<template::Model, TemplateError> {
    samples::give(app, &account, &mut new.definition, samples).await?;
    let whatsapp = app.whatsapp_of_account(&account);
    // Exposed to be shown to Meta.
    let token = whatsapp.access_token.expose();
    let created =
        client(app).create_template(token, &account, &new).await.map_err(|error| of_provider(&error))?;
    let (ids, key) = (app.ids.clone(), (new.name.clone(), new.language.clone()));
    let kept = app.db.write(Priority::Interactive, {
        let account = account.clone();
        move |tx| {
            let (ids, account, new, created) = (ids.clone(), account.clone(), new.clone(), created.clone());
            Box::pin(async move {
                let now = tx.now();
                let known = store::lock_by_name(tx, &account, &new.name, &new.language).await?;
                let mut book = Book::new(known.into_iter().collect());
                let id = book.find(&account, &new.name, &new.language);
                let key = (created.id.as_str(), new.name.as_str(), new.language.as_str());
                let id = id.unwrap_or_else(|| book.begin(&ids, &account, key, now));
                book.change(&ids, id, TemplateChangeSource::Api, (now, now), |row| {
                    keep_created(row, &new, &created)
                });
                let (action, subject) = (AuditAction::TemplateCreated, Subject::Template(id));
                record(&ids, tx, actor, action, subject, Vec::new()).await?;
                book.save(tx, &ids).await
            })
        }
    });
    kept.await?;
    let row = store::by_name(app.db.read(), &account, &key.0, &key.1).await?;
    Ok(row.ok_or(Error::NotFound("template"))?)
}

/// The outcome of the review may have come before Meta's answer did: then it stays.
fn keep_created(
    row: &mut template::Model,
    new: &NewTemplate,
    created: &providers::meta::CreatedTemplate,
) -> Vec<Noted> {
    let announced = row.provider_id == created.id && !row.status.is_empty() && row.deleted_at.is_none();
    let mut noted = Vec::new();
    if !announced {
        let old =
            Some(std::mem::replace(&mut row.status, created.status.clone())).filter(|old| !old.is_empty());
        let new = Some(created.status.clone());
        noted.push(Noted { property: TemplateProperty::Status, old, new, reason: None });
        (row.status_reason, row.status_at, row.deleted_at, row.quality) = (None, None, None, None);
    }
    row.provider_id.clone_from(&created.id);
    row.category = Some(created.category.clone().unwrap_or_else(|| new.category.clone()));
    row.parameter_format = Some(new.definition.format.as_str().to_owned());
    row.components = new.definition.components().to_string();
    // What Meta makes of it (texts of one-time codes, links of samples) only a listing shows.
    row.needs_sync = true;
    noted
}

/// Changes a template at Meta, which reviews it again.
///
/// # Errors
/// As [`template_create`]; [`Error::NotFound`].
pub async fn template_update(
    app: &App,
    viewer: &Viewer,
    id: TemplateId,
    input: TemplateUpdate,
) -> Result<template::Model, TemplateError> {
    viewer.require(Permission::Administer)?;
    let row = existing(app, viewer, id).await?;
    if !["APPROVED", "REJECTED", "PAUSED"].contains(&row.status.as_str()) {
        let message = "WhatsApp lets only approved, rejected and paused templates be changed. Wait for the review, or make another one.";
        return Err(TemplateRefusal::new(TemplateRefusalCode::NotEditable, &[], message).into());
    }
    let category = input.category.filter(|category| row.category.as_ref() != Some(category));
    if category.is_some() && row.status == APPROVED {
        let message = "The category of an approved template stays as it is. Make another template for another category.";
        return Err(TemplateRefusal::new(TemplateRefusalCode::CategoryFixed, &["category"], message).into());
    }
    let mut definition = input.definition;
    let samples = match &mut definition {
        Some(new) => samples::find(app, viewer, new, &input.samples).await?,
        None => Vec::new(),
    };
    if let Some(new) = &definition {
        validate_edit(new).map_err(refused)?;
        let before = super::definition(&row);
        if new.format != before.format && !form(&before).is_empty() && !form(new).is_empty() {
            let message = "Variables stay named or numbered as they were when the template was made.";
            return Err(TemplateRefusal::new(TemplateRefusalCode::Invalid, &["content"], message).into());
        }
        if new.is_one_time_code() != before.is_one_time_code() {
            let message = "A template for one-time codes stays one, and no other becomes one.";
            return Err(TemplateRefusal::new(TemplateRefusalCode::Invalid, &["content"], message).into());
        }
    }
    if category.is_none() && definition.is_none() {
        return Ok(row);
    }
    let (worker, viewer) = (app.clone(), viewer.clone());
    let editor = viewer.clone();
    to_the_end(async move { edit(&worker, &editor, row, category, definition, &samples).await }).await?;
    existing(app, &viewer, id).await
}

async fn edit(
    app: &App,
    viewer: &Viewer,
    row: template::Model,
    category: Option<String>,
    mut definition: Option<Definition>,
    samples: &[Sample],
) -> Result<(), TemplateError> {
    if let Some(new) = &mut definition {
        samples::give(app, &row.business_account_id, new, samples).await?;
    }
    let components = definition.as_ref().map(Definition::components);
    let whatsapp = app.whatsapp_of_account(&row.business_account_id);
    let token = whatsapp.access_token.expose();
    let client = client(app);
    let edited =
        client.edit_template(token, &row.provider_id, category.as_deref(), components.as_ref()).await;
    edited.map_err(|error| of_provider(&error))?;
    let began = row.updated_at;
    let mut fields = Vec::new();
    if let Some(category) = &category {
        fields.push(AuditChange::shown("category", row.category.clone(), Some(category.clone())));
    }
    if components.is_some() {
        fields.push(AuditChange::hidden("content"));
    }
    change(app, viewer, &row, (AuditAction::TemplateUpdated, fields), move |row| {
        let mut noted = Vec::new();
        // The outcome of the new review may have come before Meta's answer did.
        if row.updated_at == began {
            let (old, new) = (std::mem::replace(&mut row.status, "PENDING".to_owned()), "PENDING".to_owned());
            row.status_reason = None;
            noted.push(Noted {
                property: TemplateProperty::Status,
                old: Some(old),
                new: Some(new),
                reason: None,
            });
        }
        if let Some(category) = &category {
            let old = row.category.replace(category.clone());
            let new = Some(category.clone());
            noted.push(Noted { property: TemplateProperty::Category, old, new, reason: None });
        }
        if let Some(components) = &components {
            row.components = components.to_string();
            noted.push(Noted { property: TemplateProperty::Content, old: None, new: None, reason: None });
        }
        row.needs_sync = true;
        noted
    })
    .await?;
    Ok(())
}

/// Deletes a template at Meta, in its language only.
///
/// # Errors
/// As [`template_update`].
pub async fn template_delete(app: &App, viewer: &Viewer, id: TemplateId) -> Result<(), TemplateError> {
    viewer.require(Permission::Administer)?;
    let row = existing(app, viewer, id).await?;
    let whatsapp = app.whatsapp_of_account(&row.business_account_id);
    let token = whatsapp.access_token.expose();
    let deleted =
        client(app).delete_template(token, &row.business_account_id, &row.name, &row.provider_id).await;
    deleted.map_err(|error| of_provider(&error))?;
    let now = app.clock.now();
    let deleted = (AuditAction::TemplateDeleted, Vec::new());
    change(app, viewer, &row, deleted, move |row| templates::gone(row, now)).await?;
    Ok(())
}

async fn existing(app: &App, viewer: &Viewer, id: TemplateId) -> Result<template::Model, TemplateError> {
    let row = store::by_ids(app.db.read(), viewer.sight(), [id]).await?.pop();
    let row = row.filter(|row| row.deleted_at.is_none());
    Ok(row.ok_or(Error::NotFound("template"))?)
}

async fn change(
    app: &App,
    viewer: &Viewer,
    row: &template::Model,
    (action, fields): (AuditAction, Vec<AuditChange>),
    change: impl Fn(&mut template::Model) -> Vec<Noted> + Clone + Send + Sync + 'static,
) -> Result<()> {
    let (row, ids, actor) = (row.clone(), app.ids.clone(), viewer.actor());
    let write = app.db.write(Priority::Interactive, move |tx| {
        let (row, ids, change, fields) = (row.clone(), ids.clone(), change.clone(), fields.clone());
        Box::pin(async move {
            record(&ids, tx, actor, action, Subject::Template(row.id), fields).await?;
            let locked = store::lock_by_name(tx, &row.business_account_id, &row.name, &row.language).await?;
            let mut book = Book::new(locked.into_iter().collect());
            let now = tx.now();
            book.change(&ids, row.id, TemplateChangeSource::Api, (now, now), change);
            book.save(tx, &ids).await
        })
    });
    write.await
}

async fn account_of(app: &App, channel: Option<ChannelId>) -> Result<String, TemplateError> {
    let channels: Vec<channel::Model> =
        crate::store::channels::all(app.db.read(), crate::auth::Reach::All).await?;
    let found = channels.into_iter().find(|row| match channel {
        Some(id) => row.id == id,
        None => row.is_default,
    });
    found.and_then(|row| row.business_account_id).ok_or_else(|| {
        let message = "There is no such channel, or it has no WhatsApp Business Account. Name another one.";
        TemplateRefusal::new(TemplateRefusalCode::ChannelNotFound, &["channelId"], message).into()
    })
}

fn refused(invalid: Vec<providers::template::Invalid>) -> TemplateError {
    TemplateError::Refused(invalid.into_iter().map(TemplateRefusal::of_rule).collect())
}
