//! What a business wants to know of its contacts, and what it knows.

use crate::graphql::context::{Reader, app, viewer};
use crate::graphql::errors::Result;
use crate::graphql::global_id::GlobalId;
use crate::graphql::load::{self, Resource};
use crate::graphql::scalars::DateTime;
use crate::graphql::user_errors::{refusals, split};
use async_graphql::{Context, Enum, ID, InputObject, Object, OneofObject, SimpleObject, Union};
use entities::{ContactAttributeId, ContactId, contact_attribute};
use futures_util::future::{BoxFuture, FutureExt};
use inbox::domain::contacts::AttributeValue;
use inbox::services::contacts::{self as services, AttributeCreate, AttributeUpdate, choices_of};
use inbox::store::attributes as store;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// What the values of an attribute are.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "entities::AttributeKind")]
pub(in crate::graphql) enum ContactAttributeKind {
    /// A line of text of 1 to 500 characters.
    Text,
    /// A number, with or without decimals.
    Number,
    /// Yes or no.
    Boolean,
    /// A day of the calendar.
    Date,
    /// One of the attribute's choices.
    Choice,
}

/// See the description in the schema.
#[derive(Clone, Debug)]
pub(in crate::graphql) struct ContactAttribute(Arc<contact_attribute::Model>);

/// Something that the business wants to know of its contacts.
#[Object]
impl ContactAttribute {
    /// Global id.
    pub(in crate::graphql) async fn id(&self) -> ID {
        self.0.id.global()
    }

    /// Its name in programs and files: small letters, digits and underscores. Never changes.
    async fn key(&self) -> &str {
        &self.0.key
    }

    /// Its name for people.
    async fn label(&self) -> &str {
        &self.0.label
    }

    /// What its values are. Never changes.
    async fn kind(&self) -> ContactAttributeKind {
        self.0.kind.into()
    }

    /// The values to choose from; empty unless its kind is `CHOICE`.
    async fn choices(&self) -> Vec<String> {
        choices_of(&self.0)
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// Last change of label or choices.
    async fn updated_at(&self) -> DateTime {
        self.0.updated_at.into()
    }
}

impl Resource for ContactAttribute {
    type Id = ContactAttributeId;
    type Row = contact_attribute::Model;
    type Plan = ();

    fn plan(_: &load::Selection<'_>) {}

    fn id_of(row: &contact_attribute::Model) -> ContactAttributeId {
        row.id
    }

    fn fetch(
        reader: Reader<'_>,
        ids: HashSet<ContactAttributeId>,
    ) -> BoxFuture<'_, inbox::Result<Vec<contact_attribute::Model>>> {
        store::by_ids(reader.db(), reader.reach, ids).boxed()
    }

    fn build<'a>(
        _: Reader<'a>,
        rows: Vec<Arc<contact_attribute::Model>>,
        (): &'a (),
    ) -> BoxFuture<'a, Result<Vec<Self>>> {
        async move { Ok(rows.into_iter().map(Self).collect()) }.boxed()
    }
}

/// What is known of a contact by one attribute.
#[derive(Clone, Debug, SimpleObject)]
pub(in crate::graphql) struct ContactAttributeValue {
    /// Which attribute.
    attribute: ContactAttribute,
    /// What is known.
    value: ContactAttributeContent,
}

/// What is known of a contact: a type for each kind of attribute.
#[derive(Clone, Debug, Union)]
enum ContactAttributeContent {
    Text(TextAttributeValue),
    Number(NumberAttributeValue),
    Boolean(BooleanAttributeValue),
    Date(DateAttributeValue),
    Choice(ChoiceAttributeValue),
}

/// A line of text.
#[derive(Clone, Debug, SimpleObject)]
struct TextAttributeValue {
    /// As it was written down, without space around it.
    text: String,
}

/// A number, with or without decimals.
#[derive(Clone, Debug, SimpleObject)]
struct NumberAttributeValue {
    /// In the precision of a 64-bit float.
    number: f64,
}

/// Yes or no.
#[derive(Clone, Debug, SimpleObject)]
struct BooleanAttributeValue {
    /// True for yes.
    boolean: bool,
}

/// A day of the calendar.
#[derive(Clone, Debug, SimpleObject)]
struct DateAttributeValue {
    /// `YYYY-MM-DD`.
    date: String,
}

/// One of the attribute's choices.
#[derive(Clone, Debug, SimpleObject)]
struct ChoiceAttributeValue {
    /// The one that was chosen.
    choice: String,
}

impl From<AttributeValue> for ContactAttributeContent {
    fn from(value: AttributeValue) -> Self {
        match value {
            AttributeValue::Text(text) => Self::Text(TextAttributeValue { text }),
            AttributeValue::Number(number) => Self::Number(NumberAttributeValue { number }),
            AttributeValue::Boolean(boolean) => Self::Boolean(BooleanAttributeValue { boolean }),
            AttributeValue::Date(date) => Self::Date(DateAttributeValue { date }),
            AttributeValue::Choice(choice) => Self::Choice(ChoiceAttributeValue { choice }),
        }
    }
}

/// What is known of these contacts, in two statements. A value that its attribute does not take is left out.
pub(super) async fn read(
    reader: Reader<'_>,
    contacts: Vec<ContactId>,
) -> Result<HashMap<ContactId, Arc<[ContactAttributeValue]>>> {
    let attributes = store::all(reader.db(), reader.reach).await?.into_iter().map(Arc::new);
    let attributes: Vec<Arc<contact_attribute::Model>> = attributes.collect();
    let values = store::values(reader.db(), reader.reach, contacts).await?;
    let groups = load::group(values, |row| row.contact_id).into_iter();
    Ok(groups
        .map(|(contact, rows)| {
            let values: HashMap<_, _> = rows.into_iter().map(|row| (row.attribute_id, row.value)).collect();
            let known = attributes.iter().filter_map(|attribute| {
                let text = values.get(&attribute.id)?;
                let value = AttributeValue::parse(attribute.kind, &choices_of(attribute), text).ok()?;
                Some(ContactAttributeValue {
                    attribute: ContactAttribute(Arc::clone(attribute)),
                    value: value.into(),
                })
            });
            (contact, known.collect())
        })
        .collect())
}

/// What is known of a contact from now on, by one attribute.
#[derive(Clone, Debug, InputObject)]
pub(super) struct ContactAttributeInput {
    /// The attribute's key.
    key: String,
    /// What is known; null or absent if nothing is any more.
    value: Option<ContactAttributeValueInput>,
}

/// A value of the attribute's kind.
#[derive(Clone, Debug, OneofObject)]
enum ContactAttributeValueInput {
    /// A line of text of 1 to 500 characters.
    Text(String),
    /// A number, with or without decimals.
    Number(f64),
    /// True for yes.
    Boolean(bool),
    /// A day, `YYYY-MM-DD`.
    Date(String),
    /// One of the attribute's choices.
    Choice(String),
}

impl From<ContactAttributeInput> for services::AttributeChange {
    fn from(input: ContactAttributeInput) -> Self {
        let value = input.value.map(|value| match value {
            ContactAttributeValueInput::Text(text) => AttributeValue::Text(text),
            ContactAttributeValueInput::Number(number) => AttributeValue::Number(number),
            ContactAttributeValueInput::Boolean(boolean) => AttributeValue::Boolean(boolean),
            ContactAttributeValueInput::Date(date) => AttributeValue::Date(date),
            ContactAttributeValueInput::Choice(choice) => AttributeValue::Choice(choice),
        });
        Self { key: input.key, value }
    }
}

refusals! {
    /// Why an attribute was not made.
    ContactAttributeCreateUserError, ContactAttributeCreateUserErrorCode {
        /// A key begins with a small letter and has at most 40 small letters, digits and underscores.
        KeyInvalid,
        /// Another attribute has the key.
        KeyTaken,
        /// A label is one line of 1 to 100 characters.
        NameInvalid,
        /// Attributes of the kind `CHOICE` have 1 to 100 different choices, others have none.
        ChoicesInvalid,
        /// There may be 100 attributes at most.
        TooManyAttributes,
    }
}

refusals! {
    /// Why an attribute was not changed.
    ContactAttributeUpdateUserError, ContactAttributeUpdateUserErrorCode {
        /// A label is one line of 1 to 100 characters.
        NameInvalid,
        /// Attributes of the kind `CHOICE` have 1 to 100 different choices, others have none.
        ChoicesInvalid,
        /// Contacts have a choice that would go.
        ChoiceInUse,
    }
}

refusals! {
    /// Why an attribute was not deleted.
    ContactAttributeDeleteUserError, ContactAttributeDeleteUserErrorCode {
        /// There is no such attribute any more.
        AttributeNotFound,
    }
}

/// An attribute to make.
#[derive(InputObject)]
struct ContactAttributeCreateInput {
    /// Its name in programs and files, for good: begins with a small letter and has at most 40 small letters (a to z),
    /// digits and underscores. No other attribute may have it.
    key: String,
    /// Its name for people: one line of 1 to 100 characters.
    label: String,
    /// What its values are, for good.
    kind: ContactAttributeKind,
    /// For the kind `CHOICE`: 1 to 100 different lines to choose from. For others absent or empty.
    choices: Option<Vec<String>>,
}

/// What is to change in an attribute. What is absent or null stays.
#[derive(InputObject)]
struct ContactAttributeUpdateInput {
    /// Its name for people: one line of 1 to 100 characters.
    label: Option<String>,
    /// All choices from now on, in their order. Those that contacts have must stay.
    choices: Option<Vec<String>>,
}

/// An attribute that was made, or why none was.
#[derive(SimpleObject)]
struct ContactAttributeCreatePayload {
    /// The attribute. Null if there are user errors.
    contact_attribute: Option<ContactAttribute>,
    /// Why none was made.
    user_errors: Vec<ContactAttributeCreateUserError>,
}

/// An attribute that was changed, or why it was not.
#[derive(SimpleObject)]
struct ContactAttributeUpdatePayload {
    /// The attribute as it is now. Null if there are user errors.
    contact_attribute: Option<ContactAttribute>,
    /// Why it was not changed.
    user_errors: Vec<ContactAttributeUpdateUserError>,
}

/// An attribute that was deleted, or why it was not.
#[derive(SimpleObject)]
struct ContactAttributeDeletePayload {
    /// The id of the attribute that is gone. Null if there are user errors.
    deleted_contact_attribute_id: Option<ID>,
    /// How many contacts had a value of it. Null if there are user errors.
    contact_count: Option<i32>,
    /// Why it was not deleted.
    user_errors: Vec<ContactAttributeDeleteUserError>,
}

#[derive(Default)]
pub(in crate::graphql) struct ContactAttributeQueries;

#[Object]
impl ContactAttributeQueries {
    /// What the business wants to know of its contacts, by key. At most 100.
    async fn contact_attributes(&self, ctx: &Context<'_>) -> Result<Vec<ContactAttribute>> {
        let reader = Reader::new(ctx)?;
        let rows = store::all(reader.db(), reader.reach).await?;
        Ok(rows.into_iter().map(|row| ContactAttribute(Arc::new(row))).collect())
    }
}

#[derive(Default)]
pub(in crate::graphql) struct ContactAttributeMutations;

#[Object]
impl ContactAttributeMutations {
    /// Adds something that the business wants to know of its contacts. Needs the permission ADMINISTER.
    async fn contact_attribute_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The attribute to make.")] input: ContactAttributeCreateInput,
    ) -> Result<ContactAttributeCreatePayload> {
        let input = AttributeCreate {
            key: input.key,
            label: input.label,
            kind: input.kind.into(),
            choices: input.choices.unwrap_or_default(),
        };
        let outcome = services::contact_attribute_create(app(ctx), viewer(ctx)?, input).await;
        let (row, user_errors) = split(outcome)?;
        Ok(ContactAttributeCreatePayload { contact_attribute: shown(row), user_errors })
    }

    /// Changes label or choices of an attribute. Needs the permission ADMINISTER.
    async fn contact_attribute_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The attribute's id.")] id: ID,
        #[graphql(desc = "What is to change; what is absent stays.")] input: ContactAttributeUpdateInput,
    ) -> Result<ContactAttributeUpdatePayload> {
        let (viewer, id) = (viewer(ctx)?, ContactAttributeId::parse("id", &id)?);
        let input = AttributeUpdate { label: input.label, choices: input.choices };
        let outcome = services::contact_attribute_update(app(ctx), viewer, id, input).await;
        let (row, user_errors) = split(outcome)?;
        Ok(ContactAttributeUpdatePayload { contact_attribute: shown(row), user_errors })
    }

    /// Deletes an attribute, with what is known of contacts by it. Needs the permission ADMINISTER.
    async fn contact_attribute_delete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The attribute's id.")] id: ID,
    ) -> Result<ContactAttributeDeletePayload> {
        let (viewer, attribute) = (viewer(ctx)?, ContactAttributeId::parse("id", &id)?);
        let outcome = services::contact_attribute_delete(app(ctx), viewer, attribute).await;
        let (count, user_errors) = split(outcome)?;
        Ok(ContactAttributeDeletePayload {
            deleted_contact_attribute_id: count.map(|_| id),
            contact_count: count.map(|count| i32::try_from(count).unwrap_or(i32::MAX)),
            user_errors,
        })
    }
}

fn shown(row: Option<contact_attribute::Model>) -> Option<ContactAttribute> {
    row.map(|row| ContactAttribute(Arc::new(row)))
}
