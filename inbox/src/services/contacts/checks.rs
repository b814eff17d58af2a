//! What may stand in a contact.

use crate::app::App;
use crate::auth::{Reach, Refusal, RefusalCode};
use crate::domain::contacts::{self, MAX_TAG, MAX_TAGS};
use crate::domain::dialling::{self, Country};
use crate::domain::people::{self, MAX_NAME, Phone};
use crate::error::Result;
use crate::services::contacts::AttributeChange;
use crate::services::contacts::attributes::choices_of;
use crate::store::{Tx, attributes, send, users};
use entities::{ContactAttributeId, UserId, UserKind};
use sea_orm::ConnectionTrait;

pub(super) fn valid_name(text: &str) -> Result<String> {
    people::name(text).ok_or_else(|| {
        let message = format!("a name is one line of 1 to {MAX_NAME} characters; null takes the name away");
        Refusal::of(RefusalCode::NameInvalid, "name", message).into()
    })
}

pub(super) fn valid_language(text: &str) -> Result<String> {
    people::language(text).ok_or_else(|| {
        let message = "this is not a language tag; write one of BCP 47, such as es or pt-BR";
        Refusal::of(RefusalCode::LanguageInvalid, "language", message).into()
    })
}

/// Tags in their normal form.
pub(crate) fn valid_tags(texts: &[String]) -> Result<Vec<String>> {
    let tags = contacts::tags(texts).map_err(|index| {
        let message = format!(
            "tag {} is none: a tag is one line of 1 to {MAX_TAG} characters without a comma",
            index + 1
        );
        Refusal::of(RefusalCode::TagInvalid, "tags", message)
    })?;
    if tags.len() > MAX_TAGS {
        let message = format!("there may be {MAX_TAGS} tags at most; leave some out");
        return Err(Refusal::of(RefusalCode::TooManyTags, "tags", message).into());
    }
    Ok(tags)
}

/// Where numbers without a country code are dialled: by the setting, else where the default channel's number is.
pub(crate) async fn home<C: ConnectionTrait>(app: &App, connection: &C) -> Result<Option<Country>> {
    if app.config.contacts.default_country.is_some() {
        return Ok(app.config.contacts.default_country);
    }
    let channel = send::default_channel(connection).await?;
    Ok(channel
        .and_then(|channel| channel.display_phone_number)
        .and_then(|number| Country::of_number(&number)))
}

pub(super) fn valid_phone(text: &str, home: Option<Country>) -> Result<Phone> {
    dialling::phone(text, home).ok_or_else(|| {
        let message = if home.is_some() {
            "this is not a phone number; write it as it is dialled, or with a plus and the country code, such as \
             +34600111222"
        } else {
            "this is not a full phone number; write it with a plus and the country code, such as +34600111222, or set \
             default_country"
        };
        Refusal::of(RefusalCode::PhoneInvalid, "phone", message).into()
    })
}

/// A user who can own something: somebody who works here, or the guest.
pub(super) async fn valid_owner(tx: &Tx, id: UserId) -> Result<UserId> {
    let owner = users::get(tx.conn(), id).await?;
    let owner = owner
        .filter(|owner| owner.deactivated_at.is_none())
        .filter(|owner| matches!(owner.kind, UserKind::Person | UserKind::Guest));
    owner.map(|owner| owner.id).ok_or_else(|| {
        let message = "there is no such user, or the user was deactivated; choose another";
        Refusal::of(RefusalCode::OwnerNotFound, "ownerId", message).into()
    })
}

/// Changes of attributes in stored form.
pub(super) async fn valid_attributes(
    tx: &Tx,
    changes: &[AttributeChange],
) -> Result<Vec<(ContactAttributeId, Option<String>)>> {
    if changes.is_empty() {
        return Ok(Vec::new());
    }
    let known = attributes::all(tx.conn(), Reach::All).await?;
    let mut valid = Vec::with_capacity(changes.len());
    for change in changes {
        let attribute = known.iter().find(|attribute| attribute.key == change.key).ok_or_else(|| {
            let message = format!(
                "there is no attribute {:.40}; list the attributes and choose one, or make it first",
                change.key
            );
            Refusal::of(RefusalCode::AttributeNotFound, "attributes", message)
        })?;
        let value = change.value.clone().map(|value| value.checked(attribute.kind, &choices_of(attribute)));
        let value = value.transpose().map_err(|expected| {
            let message = format!("the attribute {} takes another value: {expected}", attribute.key);
            Refusal::of(RefusalCode::AttributeValueInvalid, "attributes", message)
        })?;
        valid.push((attribute.id, value.map(|value| value.text())));
    }
    Ok(valid)
}
