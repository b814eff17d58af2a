//! What a business wants to know of its contacts.

use crate::app::App;
use crate::auth::{Permission, Refusal, RefusalCode, Viewer};
use crate::domain::contacts::{self, MAX_ATTRIBUTES, MAX_CHOICES};
use crate::domain::people::{self, MAX_NAME};
use crate::error::{Error, Result};
use crate::store::{Priority, attributes};
use entities::{AttributeKind, ContactAttributeId, contact_attribute};

/// An attribute to make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttributeCreate {
    /// Unique; stays for good.
    pub key: String,
    /// The name for people.
    pub label: String,
    /// What its values are; stays for good.
    pub kind: AttributeKind,
    /// The values to choose from, for that kind only.
    pub choices: Vec<String>,
}

/// What is to change in an attribute; what is `None` stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AttributeUpdate {
    /// The name for people.
    pub label: Option<String>,
    /// All values to choose from.
    pub choices: Option<Vec<String>>,
}

/// The values to choose from.
#[must_use]
pub fn choices_of(attribute: &contact_attribute::Model) -> Vec<String> {
    serde_json::from_str(&attribute.choices).unwrap_or_default()
}

/// Adds an attribute.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::Administer`]; [`Error::Refused`].
pub async fn contact_attribute_create(
    app: &App,
    viewer: &Viewer,
    input: AttributeCreate,
) -> Result<contact_attribute::Model> {
    viewer.require(Permission::Administer)?;
    if !contacts::is_key(&input.key) {
        let message = "a key begins with a small letter and has at most 40 small letters (a to z), digits and underscores";
        return Err(Refusal::of(RefusalCode::KeyInvalid, "key", message).into());
    }
    let now = app.clock.now();
    let row = contact_attribute::Model {
        id: app.ids.next(),
        key: input.key,
        label: valid_label(&input.label)?,
        kind: input.kind,
        choices: valid_choices(input.kind, &input.choices)?,
        created_at: now,
        updated_at: now,
    };
    app.db
        .write(Priority::Interactive, move |tx| {
            let row = row.clone();
            Box::pin(async move {
                if attributes::has_key(tx.conn(), &row.key).await? {
                    let message = "another attribute has this key; choose another, or use that one";
                    return Err(Refusal::of(RefusalCode::KeyTaken, "key", message).into());
                }
                if attributes::count(tx.conn()).await? >= MAX_ATTRIBUTES as u64 {
                    let message =
                        format!("there may be {MAX_ATTRIBUTES} attributes at most; delete one first");
                    return Err(Refusal::new(RefusalCode::TooManyAttributes, message).into());
                }
                attributes::insert(tx.conn(), row.clone()).await?;
                Ok(row)
            })
        })
        .await
}

/// Changes an attribute.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::Administer`]; [`Error::NotFound`]; [`Error::Refused`], also when a choice
/// would go that contacts have.
pub async fn contact_attribute_update(
    app: &App,
    viewer: &Viewer,
    id: ContactAttributeId,
    input: AttributeUpdate,
) -> Result<contact_attribute::Model> {
    viewer.require(Permission::Administer)?;
    let label = input.label.as_deref().map(valid_label).transpose()?;
    app.db
        .write(Priority::Interactive, move |tx| {
            let (label, new) = (label.clone(), input.choices.clone());
            Box::pin(async move {
                let mut row = attributes::lock(tx, id).await?.ok_or(Error::NotFound("attribute"))?;
                if let Some(new) = new {
                    let stored = valid_choices(row.kind, &new)?;
                    let kept: Vec<String> = serde_json::from_str(&stored).map_err(Error::internal)?;
                    let mut gone = choices_of(&row);
                    gone.retain(|choice| !kept.contains(choice));
                    if !gone.is_empty() && attributes::in_use(tx.conn(), id, &gone).await? {
                        let message =
                            "contacts have a choice that would go; keep it, or change those contacts first";
                        return Err(Refusal::of(RefusalCode::ChoiceInUse, "choices", message).into());
                    }
                    row.choices = stored;
                }
                row.label = label.unwrap_or(row.label);
                row.updated_at = tx.now();
                attributes::save(tx.conn(), row.clone()).await?;
                Ok(row)
            })
        })
        .await
}

/// Deletes an attribute with what is known by it. Returns of how many contacts.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::Administer`]; [`Error::Refused`] if there is none.
pub async fn contact_attribute_delete(app: &App, viewer: &Viewer, id: ContactAttributeId) -> Result<u64> {
    viewer.require(Permission::Administer)?;
    app.db
        .write(Priority::Interactive, move |tx| {
            Box::pin(async move {
                if attributes::lock(tx, id).await?.is_none() {
                    let message = "there is no such attribute; somebody may have deleted it";
                    return Err(Refusal::new(RefusalCode::AttributeNotFound, message).into());
                }
                attributes::delete(tx.conn(), id).await
            })
        })
        .await
}

fn valid_label(text: &str) -> Result<String> {
    people::name(text).ok_or_else(|| {
        let message = format!("a label is one line of 1 to {MAX_NAME} characters");
        Refusal::of(RefusalCode::NameInvalid, "label", message).into()
    })
}

/// In stored form.
fn valid_choices(kind: AttributeKind, texts: &[String]) -> Result<String> {
    let valid = match kind {
        AttributeKind::Choice => contacts::choices(texts),
        _ => texts.is_empty().then(Vec::new),
    };
    let valid = valid.ok_or_else(|| {
        let message = format!(
            "attributes of the kind CHOICE have 1 to {MAX_CHOICES} different choices, each one line; others have none"
        );
        Refusal::of(RefusalCode::ChoicesInvalid, "choices", message)
    })?;
    serde_json::to_string(&valid).map_err(Error::internal)
}
