//! A new contact.

use super::checks::{
    home, valid_attributes, valid_language, valid_name, valid_owner, valid_phone, valid_tags,
};
use super::{AttributeChange, updated};
use crate::app::App;
use crate::auth::{Permission, Reach, Viewer};
use crate::clock::Ids;
use crate::domain::people::Phone;
use crate::error::{Error, Result};
use crate::services::assign;
use crate::services::send::draft::TemplateDraft;
use crate::services::send::{self, Draft, Outcome, Prepared, Ready, SendError, SendInput, SendTarget};
use crate::store::effects::AssignmentRows;
use crate::store::{Priority, Tx, attributes, contacts, effects, erasures, send as rows, tags};
use entities::{
    AssistantId, ChannelId, ContactIdentityId, IdentityKind, Timestamp, UserId, contact, contact_identity,
    message,
};
use std::sync::Arc;

/// A contact to make.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ContactCreate {
    /// In any form in which it is dialled.
    pub phone: String,
    /// The name that the business gives.
    pub name: Option<String>,
    /// BCP 47.
    pub language: Option<String>,
    /// Who answers for it; by the rules if none is named.
    pub owner: Option<UserId>,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// What is known of it.
    pub attributes: Vec<AttributeChange>,
    /// What starts the conversation.
    pub opening: Option<Opening>,
}

/// The template that starts a conversation with a new contact.
#[derive(Clone, Debug, PartialEq)]
pub struct Opening {
    /// Which one, filled in.
    pub template: TemplateDraft,
    /// Over which number; the default channel if none is named.
    pub channel_id: Option<ChannelId>,
    /// As in [`crate::services::send::SendInput`].
    pub idempotency_key: String,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq)]
pub enum Created {
    /// The contact is new, and so is the message that starts the conversation, if one was asked for.
    New(contact::Model, Option<Box<message::Model>>),
    /// There was one with this phone, perhaps in another national form. It stays as it was, and nothing is sent.
    Known(contact::Model),
}

/// Makes a contact, unless there is one with this phone, and starts the conversation if a template is given: both or
/// neither. The same idempotency key gives the same contact and message again.
///
/// Owner and assistant are given by the rules for new contacts. Who sees only its own conversations becomes the owner,
/// unless it names another.
///
/// # Errors
/// [`SendError::Refused`] with why the template cannot be sent. Otherwise [`Error::Forbidden`] without
/// [`Permission::Edit`], or without [`Permission::Send`] for the template; [`Error::Refused`].
pub async fn contact_create(
    app: &App,
    viewer: &Viewer,
    mut input: ContactCreate,
) -> Result<Created, SendError> {
    viewer.require(Permission::Edit)?;
    let opening = match input.opening.take() {
        None => None,
        Some(opening) => match prepare(app, viewer, &input.phone, opening).await? {
            Prepared::Known(message) => return known(app, *message).await,
            Prepared::Ready(ready) => Some(ready),
        },
    };
    let held = Arc::new((app.clone(), viewer.clone(), input, opening));
    let outcome = app
        .db
        .write(Priority::Interactive, move |tx| {
            let held = Arc::clone(&held);
            Box::pin(async move {
                let (app, viewer, input, opening) = &*held;
                create(tx, app, viewer, input, opening.as_deref()).await
            })
        })
        .await?;
    outcome.map_err(SendError::Refused)
}

/// The template, checked as far as that needs no contact.
async fn prepare(app: &App, viewer: &Viewer, phone: &str, opening: Opening) -> Result<Prepared, SendError> {
    let phone = valid_phone(phone, home(app, app.db.read()).await?)?;
    let input = SendInput {
        target: SendTarget::Phone { phone: phone.number, channel_id: opening.channel_id },
        draft: Draft::Template(opening.template),
        reply_to: None,
        idempotency_key: opening.idempotency_key,
    };
    send::prepare(app, viewer, input).await
}

/// What the same request made before.
async fn known(app: &App, message: message::Model) -> Result<Created, SendError> {
    let db = app.db.read();
    let conversation = rows::conversation(db, message.conversation_id).await?;
    let conversation = conversation.ok_or(Error::NotFound("contact"))?;
    let contact = rows::contact(db, conversation.contact_id).await?.ok_or(Error::NotFound("contact"))?;
    Ok(Created::New(contact, Some(Box::new(message))))
}

/// As [`contact_create`], within a transaction.
async fn create(
    tx: &Tx,
    app: &App,
    viewer: &Viewer,
    input: &ContactCreate,
    opening: Option<&Ready>,
) -> Result<Outcome<Created>> {
    let phone = valid_phone(&input.phone, home(app, tx.conn()).await?)?;
    let name = input.name.as_deref().map(valid_name).transpose()?;
    let language = input.language.as_deref().map(valid_language).transpose()?;
    let words = valid_tags(&input.tags)?;
    let known = valid_attributes(tx, &input.attributes).await?;
    if let Some(contact) = rows::contact_by_phone(tx.conn(), &phone.match_key).await? {
        return Ok(Ok(Created::Known(contact)));
    }
    let assigned = assign(tx, viewer, input.owner, &phone).await?;
    let (contact, identity) = new_contact(&app.ids, tx.now(), &phone, assigned);
    let contact = contact::Model { name, language, ..contact };
    contacts::insert(tx.conn(), contact.clone(), identity).await?;
    tags::set_of_contact(tx.conn(), contact.id, &words).await?;
    for (attribute, value) in known {
        attributes::set_value(tx.conn(), contact.id, attribute, value).await?;
    }
    let message = match opening {
        None => None,
        Some(opening) => match send::queue(tx, app, opening).await? {
            Ok(message) => Some(message),
            Err(refusals) => {
                // A refusal is no error to the store: nothing of the contact may stay.
                erasures::remove_details(tx.conn(), contact.id).await?;
                erasures::remove_contact(tx.conn(), contact.id, &[]).await?;
                return Ok(Err(refusals));
            }
        },
    };
    tx.emit(updated(contact.id));
    Ok(Ok(Created::New(contact, message.map(Box::new))))
}

async fn assign(
    tx: &Tx,
    viewer: &Viewer,
    owner: Option<UserId>,
    phone: &Phone,
) -> Result<(UserId, Option<AssistantId>)> {
    let owner = match owner {
        Some(owner) => Some(valid_owner(tx, owner).await?),
        None => None,
    };
    let rows =
        effects::assignment(tx, [phone.match_key.as_str()].into(), owner.or_else(|| own(viewer))).await?;
    assign_by(&rows, viewer, owner, phone)
}

/// Owner and assistant of a new contact. Who sees only its own conversations becomes the owner, unless one is named.
pub(super) fn assign_by(
    rows: &AssignmentRows,
    viewer: &Viewer,
    owner: Option<UserId>,
    phone: &Phone,
) -> Result<(UserId, Option<AssistantId>)> {
    match owner.or_else(|| own(viewer)) {
        Some(owner) => Ok((owner, assign::assistant_of(rows, owner))),
        None => assign::owner_and_assistant(rows, Some(&phone.match_key)).map_err(Error::internal),
    }
}

/// Who sees only its own conversations.
pub(super) fn own(viewer: &Viewer) -> Option<UserId> {
    match viewer.reach() {
        Reach::Own(user) => Some(user),
        Reach::All | Reach::Nothing => None,
    }
}

/// A contact that is made now, with its phone.
pub(super) fn new_contact(
    ids: &Ids,
    now: Timestamp,
    phone: &Phone,
    (owner_id, assistant_id): (UserId, Option<AssistantId>),
) -> (contact::Model, contact_identity::Model) {
    let contact = contact::Model {
        id: ids.next(),
        name: None,
        profile_name: None,
        username: None,
        language: None,
        owner_id,
        assistant_id,
        marketing_opted_out_at: None,
        marketing_preference_at: None,
        blocked_at: None,
        created_at: now,
        updated_at: now,
    };
    let identity = contact_identity::Model {
        id: ids.next::<ContactIdentityId>(),
        contact_id: contact.id,
        kind: IdentityKind::Phone,
        scope: String::new(),
        value: phone.number.trim_start_matches('+').to_owned(),
        match_key: phone.match_key.clone(),
        created_at: now,
    };
    (contact, identity)
}
