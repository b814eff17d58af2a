//! Changes of what people say of a contact.

use super::checks::{valid_attributes, valid_language, valid_name, valid_owner, valid_tags};
use super::{preferences, updated};
use crate::app::App;
use crate::auth::{Permission, Reach, Viewer};
use crate::clock::Ids;
use crate::domain::contacts::AttributeValue;
use crate::error::{Error, Result};
use crate::services::access::GUEST_USER;
use crate::store::{Priority, Tx, attributes, contacts, merges, tags};
use entities::{ContactAttributeId, ContactId, PreferenceValue, UserId, contact};
use std::collections::HashMap;
use std::sync::Arc;

/// What is to change in a contact; what is `None` stays.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ContactUpdate {
    /// The name that the business gives, or none any more.
    pub name: Option<Option<String>>,
    /// BCP 47, or not known any more.
    pub language: Option<Option<String>>,
    /// Who answers for it: new conversations start with this owner. None for the guest.
    pub owner: Option<Option<UserId>>,
    /// All its tags.
    pub tags: Option<Vec<String>>,
    /// What else is known of it; attributes that are not named stay.
    pub attributes: Vec<AttributeChange>,
    /// Whether it wants marketing messages.
    pub marketing: Option<PreferenceValue>,
}

/// What is known of a contact by one attribute.
#[derive(Clone, Debug, PartialEq)]
pub struct AttributeChange {
    /// The attribute's key.
    pub key: String,
    /// The value, or not known any more.
    pub value: Option<AttributeValue>,
}

/// Changes a contact. What is so already is neither written nor announced.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::Edit`]; [`Error::NotFound`]; [`Error::Refused`].
pub async fn contact_update(
    app: &App,
    viewer: &Viewer,
    id: ContactId,
    input: ContactUpdate,
) -> Result<contact::Model> {
    viewer.require(Permission::Edit)?;
    let held = Arc::new((app.ids.clone(), viewer.clone(), input));
    app.db
        .write(Priority::Interactive, move |tx| {
            let held = Arc::clone(&held);
            Box::pin(async move {
                let (ids, viewer, input) = &*held;
                update(tx, ids, viewer, id, input).await
            })
        })
        .await
}

/// As [`contact_update`], within a transaction.
async fn update(
    tx: &Tx,
    ids: &Ids,
    viewer: &Viewer,
    id: ContactId,
    input: &ContactUpdate,
) -> Result<contact::Model> {
    let id = merges::current(tx.conn(), id).await?;
    let before = contacts::lock(tx, viewer.reach(), id).await?.ok_or(Error::NotFound("contact"))?;
    let mut row = before.clone();
    if let Some(value) = input.marketing
        && preferences::set(tx, ids, &before, value, viewer.actor()).await?
    {
        row.marketing_opted_out_at = (value == PreferenceValue::Stop).then(|| tx.now());
        row.marketing_preference_at = Some(tx.now());
    }
    if let Some(name) = &input.name {
        row.name = name.as_deref().map(valid_name).transpose()?;
    }
    if let Some(language) = &input.language {
        row.language = language.as_deref().map(valid_language).transpose()?;
    }
    if let Some(owner) = input.owner {
        row.owner_id = valid_owner(tx, owner.unwrap_or(GUEST_USER)).await?;
    }
    let tagged = match &input.tags {
        Some(texts) => set_tags(tx, id, &valid_tags(texts)?).await?,
        None => false,
    };
    let known = valid_attributes(tx, &input.attributes).await?;
    let learnt = set_attributes(tx, id, known).await?;
    if row == before && !tagged && !learnt {
        return Ok(before);
    }
    row.updated_at = tx.now();
    tx.emit(updated(id));
    contacts::save(tx.conn(), row).await
}

async fn set_tags(tx: &Tx, id: ContactId, words: &[String]) -> Result<bool> {
    let before = tags::of_contacts(tx.conn(), Reach::All, [id]).await?;
    let same = before.len() == words.len() && before.iter().all(|row| words.contains(&row.tag));
    if !same {
        tags::set_of_contact(tx.conn(), id, words).await?;
    }
    Ok(!same)
}

async fn set_attributes(
    tx: &Tx,
    id: ContactId,
    known: Vec<(ContactAttributeId, Option<String>)>,
) -> Result<bool> {
    if known.is_empty() {
        return Ok(false);
    }
    let before = attributes::values(tx.conn(), Reach::All, [id]).await?;
    let before: HashMap<_, _> = before.into_iter().map(|row| (row.attribute_id, row.value)).collect();
    let mut changed = false;
    for (attribute, value) in known {
        if before.get(&attribute) != value.as_ref() {
            attributes::set_value(tx.conn(), id, attribute, value).await?;
            changed = true;
        }
    }
    Ok(changed)
}
