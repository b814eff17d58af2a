//! What people do with contacts.

use super::attributes::ContactAttributeInput;
use super::ledger::MarketingPreferenceValue;
use super::{Contact, ContactPlan};
use crate::graphql::content_input::TemplateContentInput;
use crate::graphql::context::{Reader, app, viewer};
use crate::graphql::errors::Result;
use crate::graphql::global_id::GlobalId;
use crate::graphql::load::{self, Selection};
use crate::graphql::messages::{Message, MessagePlan};
use crate::graphql::user_errors::{FromRefusal, refusals, split, user_errors};
use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, SimpleObject};
use entities::{ChannelId, ContactId, UserId, contact};
use inbox::auth::{Refusal, RefusalCode};
use inbox::services::contacts::{self as services, ContactCreate, ContactUpdate, Created, Opening};
use inbox::services::send::SendError;

user_errors! {
    /// Why a contact was not made.
    ContactCreateUserError, ContactCreateUserErrorCode {
        /// There is a contact with this phone, perhaps in another national form.
        AlreadyExists,
        /// The text is no phone number.
        PhoneInvalid,
        /// A name is one line of 1 to 100 characters.
        NameInvalid,
        /// The text is no BCP 47 tag.
        LanguageInvalid,
        /// There is no such user, or the user was deactivated.
        OwnerNotFound,
        /// A tag is one line of 1 to 64 characters without a comma.
        TagInvalid,
        /// There may be 50 tags at most.
        TooManyTags,
        /// There is no attribute with this key.
        AttributeNotFound,
        /// The attribute takes values of another kind.
        AttributeValueInvalid,
        /// The template cannot be sent: the message says why, and no contact was made.
        TemplateRefused,
    }
}

impl FromRefusal for ContactCreateUserError {
    fn from_refusal(refusal: &Refusal) -> Option<Self> {
        use ContactCreateUserErrorCode as Code;
        let code = match refusal.code {
            RefusalCode::PhoneInvalid => Code::PhoneInvalid,
            RefusalCode::NameInvalid => Code::NameInvalid,
            RefusalCode::LanguageInvalid => Code::LanguageInvalid,
            RefusalCode::OwnerNotFound => Code::OwnerNotFound,
            RefusalCode::TagInvalid => Code::TagInvalid,
            RefusalCode::TooManyTags => Code::TooManyTags,
            RefusalCode::AttributeNotFound => Code::AttributeNotFound,
            RefusalCode::AttributeValueInvalid => Code::AttributeValueInvalid,
            _ => return None,
        };
        let field = refusal.field.map(|field| vec![field.to_owned()]);
        Some(Self::new(code, field, refusal.message.clone()))
    }
}

impl ContactCreateUserError {
    fn of_template(refusal: inbox::services::send::Refusal) -> Self {
        let path = refusal.field.into_iter();
        // The template stands elsewhere in this input than in that of a send.
        let field: Vec<String> = std::iter::once("opening".to_owned())
            .chain(path.filter(|name| name != "content" && name != "to"))
            .collect();
        Self::new(ContactCreateUserErrorCode::TemplateRefused, Some(field), refusal.message)
    }
}

refusals! {
    /// Why a contact was not changed.
    ContactUpdateUserError, ContactUpdateUserErrorCode {
        /// A name is one line of 1 to 100 characters.
        NameInvalid,
        /// The text is no BCP 47 tag.
        LanguageInvalid,
        /// There is no such user, or the user was deactivated.
        OwnerNotFound,
        /// A tag is one line of 1 to 64 characters without a comma.
        TagInvalid,
        /// There may be 50 tags at most.
        TooManyTags,
        /// There is no attribute with this key.
        AttributeNotFound,
        /// The attribute takes values of another kind.
        AttributeValueInvalid,
    }
}

refusals! {
    /// Why two contacts were not made one.
    ContactMergeUserError, ContactMergeUserErrorCode {
        /// Both ids are of the same contact.
        SameContact,
        /// One of the two has a conversation that you do not see.
        ConversationNotVisible,
    }
}

/// Who becomes a part of the contact.
#[derive(InputObject)]
struct ContactMergeInput {
    /// The id of the other contact. It leads to the contact that stays afterwards.
    contact_id: ID,
}

/// A contact that took in another, or why it did not.
#[derive(SimpleObject)]
struct ContactMergePayload {
    /// The contact as it is now. Null if there are user errors.
    contact: Option<Contact>,
    /// Why the two were not made one.
    user_errors: Vec<ContactMergeUserError>,
}

/// A contact to make.
#[derive(InputObject)]
struct ContactCreateInput {
    /// The phone number in any form in which it is dialled: with a plus and the country code, or as in the country of the
    /// setting `default_country`.
    phone: String,
    /// The name that the business gives: one line of 1 to 100 characters.
    name: Option<String>,
    /// BCP 47 tag of the person's language.
    language: Option<String>,
    /// Who answers for the contact. If absent: by the rules for new contacts, or you, if you see only your own
    /// conversations.
    owner_id: Option<ID>,
    /// Words to find the contact by: at most 50, each one line of 1 to 64 characters without a comma. They are kept in lower
    /// case, each once.
    tags: Option<Vec<String>>,
    /// What else is known.
    attributes: Option<Vec<ContactAttributeInput>>,
    /// The message that starts the conversation. If it is refused, no contact is made. Needs `SEND`.
    opening: Option<ContactOpeningInput>,
}

/// The message that starts the conversation with a new contact.
#[derive(InputObject)]
struct ContactOpeningInput {
    /// The template to send.
    template: TemplateContentInput,
    /// Over which number; over the default one if absent.
    channel_id: Option<ID>,
    /// Your name for this send, as in `messageSend`: the same key with the same template gives the same contact and message
    /// again.
    idempotency_key: String,
}

/// What is to change in a contact. What is absent stays.
#[derive(InputObject)]
struct ContactUpdateInput {
    /// The name that the business gives: one line of 1 to 100 characters; null for none.
    name: MaybeUndefined<String>,
    /// BCP 47 tag of the person's language; null if it is not known.
    language: MaybeUndefined<String>,
    /// Who answers for the contact: new conversations start with this owner, those that there are keep theirs. Null for the
    /// guest, who owns what nobody owns.
    owner_id: MaybeUndefined<ID>,
    /// All tags from now on, as in `contactCreate`; null for none.
    tags: MaybeUndefined<Vec<String>>,
    /// What else is known from now on; attributes that are not named stay.
    attributes: Option<Vec<ContactAttributeInput>>,
    /// Whether the contact wants marketing messages, as it told you: goes into `marketingPreferences`, unless it is so
    /// already.
    marketing: Option<MarketingPreferenceValue>,
}

/// A contact that was made, or why none was.
#[derive(SimpleObject)]
struct ContactCreatePayload {
    /// The contact; with the user error `ALREADY_EXISTS` the one that there is, if you may see it. Null with other user
    /// errors.
    contact: Option<Contact>,
    /// The message that starts the conversation, `QUEUED`. Null if none was asked for, or if there are user errors.
    message: Option<Message>,
    /// Why none was made.
    user_errors: Vec<ContactCreateUserError>,
}

/// A contact that was changed, or why it was not.
#[derive(SimpleObject)]
struct ContactUpdatePayload {
    /// The contact as it is now. Null if there are user errors.
    contact: Option<Contact>,
    /// Why it was not changed.
    user_errors: Vec<ContactUpdateUserError>,
}

#[derive(Default)]
pub(in crate::graphql) struct ContactMutations;

#[Object]
impl ContactMutations {
    /// Makes a contact. A number leads to one contact, in whichever national form it is written. Needs `EDIT`.
    async fn contact_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The contact to make.")] input: ContactCreateInput,
    ) -> Result<ContactCreatePayload> {
        let input = ContactCreate {
            phone: input.phone,
            name: input.name,
            language: input.language,
            owner: UserId::parse_option("input.ownerId", input.owner_id.as_ref())?,
            tags: input.tags.unwrap_or_default(),
            attributes: changes(input.attributes),
            opening: input.opening.map(ContactOpeningInput::into_service).transpose()?,
        };
        let created = match services::contact_create(app(ctx), viewer(ctx)?, input).await {
            Ok(created) => Ok(created),
            Err(SendError::Error(error)) => Err(error),
            Err(SendError::Refused(refusals)) => {
                let user_errors = refusals.into_iter().map(ContactCreateUserError::of_template).collect();
                return Ok(ContactCreatePayload { contact: None, message: None, user_errors });
            }
        };
        let (created, mut user_errors) = split(created)?;
        let (id, message) = match created {
            None => return Ok(ContactCreatePayload { contact: None, message: None, user_errors }),
            Some(Created::New(row, message)) => (row.id, message),
            Some(Created::Known(row)) => {
                let message = "There is a contact with this phone. Use it, or check the number.";
                let code = ContactCreateUserErrorCode::AlreadyExists;
                user_errors.push(ContactCreateUserError::new(code, Some(vec!["phone".to_owned()]), message));
                (row.id, None)
            }
        };
        let reader = Reader::new(ctx)?;
        let message = match message {
            Some(row) => {
                let plan = MessagePlan::of(&Selection::new([ctx.look_ahead().field("message")]));
                load::load_one::<Message>(reader, &plan, row.id).await?
            }
            None => None,
        };
        Ok(ContactCreatePayload {
            contact: load::load_one(reader, &plan(ctx), id).await?,
            message,
            user_errors,
        })
    }

    /// Changes what the business says of a contact. Needs `EDIT`.
    async fn contact_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The contact's id.")] id: ID,
        #[graphql(desc = "What is to change; what is absent stays.")] input: ContactUpdateInput,
    ) -> Result<ContactUpdatePayload> {
        let (viewer, id) = (viewer(ctx)?, ContactId::parse("id", &id)?);
        let owner = match &input.owner_id {
            MaybeUndefined::Undefined => None,
            MaybeUndefined::Null => Some(None),
            MaybeUndefined::Value(owner) => Some(Some(UserId::parse("input.ownerId", owner)?)),
        };
        let input = ContactUpdate {
            name: input.name.into(),
            language: input.language.into(),
            owner,
            tags: input.tags.as_opt_ref().map(|tags| tags.cloned().unwrap_or_default()),
            attributes: changes(input.attributes),
            marketing: input.marketing.map(Into::into),
        };
        let outcome = services::contact_update(app(ctx), viewer, id, input).await;
        let (row, user_errors) = split(outcome)?;
        Ok(ContactUpdatePayload { contact: shown(ctx, row).await?, user_errors })
    }

    /// Makes another contact a part of this one, for good: its names, conversations, messages, tags, attributes and marketing
    /// preferences. Two conversations on one channel become one thread, in the order of time. What both say differently
    /// stays as it is here; `mergedFrom` tells what the other was. Needs `EDIT`, and that you see all conversations of both.
    async fn contact_merge(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id of the contact that stays.")] id: ID,
        #[graphql(desc = "The contact that becomes a part of it.")] input: ContactMergeInput,
    ) -> Result<ContactMergePayload> {
        let (viewer, id) = (viewer(ctx)?, ContactId::parse("id", &id)?);
        let source = ContactId::parse("input.contactId", &input.contact_id)?;
        let outcome = services::contact_merge(app(ctx), viewer, id, source).await;
        let (row, user_errors) = split(outcome)?;
        Ok(ContactMergePayload { contact: shown(ctx, row).await?, user_errors })
    }
}

impl ContactOpeningInput {
    /// In the terms of the use case.
    fn into_service(self) -> Result<Opening> {
        Ok(Opening {
            template: self.template.into_draft("input.opening.template")?,
            channel_id: ChannelId::parse_option("input.opening.channelId", self.channel_id.as_ref())?,
            idempotency_key: self.idempotency_key,
        })
    }
}

fn changes(input: Option<Vec<ContactAttributeInput>>) -> Vec<services::AttributeChange> {
    input.unwrap_or_default().into_iter().map(Into::into).collect()
}

fn plan(ctx: &Context<'_>) -> ContactPlan {
    ContactPlan::of(&Selection::new([ctx.look_ahead().field("contact")]))
}

pub(super) async fn shown(ctx: &Context<'_>, row: Option<contact::Model>) -> Result<Option<Contact>> {
    match row {
        Some(row) => load::build_one(Reader::new(ctx)?, row, &plan(ctx)).await,
        None => Ok(None),
    }
}
