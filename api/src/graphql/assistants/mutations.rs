//! What administrators do with assistants.

use super::runs::{AssistantRunRating, AssistantRunStep, shown};
use super::{Assistant, AssistantProvider, AssistantRun};
use crate::graphql::content::MessageContent;
use crate::graphql::context::{Reader, app, viewer};
use crate::graphql::errors::Result;
use crate::graphql::global_id::GlobalId;
use crate::graphql::load::{self, Resource, Selection};
use crate::graphql::user_errors::user_errors;
use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, SimpleObject};
use entities::{AssistantId, AssistantRunId, ConversationId};
use inbox::Secret;
use inbox::auth::RefusalCode;
use inbox::services::assistants::{self as services, AssistantInput};
use inbox::services::turns;

/// Declares why an assistant was not written.
macro_rules! write_errors {
    ($($(#[$doc:meta])* $error:ident, $code:ident;)*) => { $(
        user_errors! {
            $(#[$doc])*
            $error, $code {
                /// A name is one line of 1 to 100 characters.
                NameInvalid,
                /// Another assistant has the name.
                NameTaken,
                /// A value cannot be used, for the reason in the message; `field` names it.
                Invalid,
            }
        }

        impl $error {
            fn of(error: inbox::Error) -> Result<Vec<Self>> {
                let (code, field, message) = match error {
                    inbox::Error::Invalid { field, message } => ($code::Invalid, Some(field), message),
                    inbox::Error::Refused(refusal) => match refusal.code {
                        RefusalCode::NameInvalid => ($code::NameInvalid, refusal.field, refusal.message),
                        RefusalCode::NameTaken => ($code::NameTaken, refusal.field, refusal.message),
                        _ => return Err(inbox::Error::Refused(refusal).into()),
                    },
                    error => return Err(error.into()),
                };
                Ok(vec![Self::new(code, field.map(|field| vec![field.to_owned()]), message)])
            }
        }
    )* };
}

write_errors! {
    /// Why no assistant was made.
    AssistantCreateUserError, AssistantCreateUserErrorCode;
    /// Why an assistant was not changed.
    AssistantUpdateUserError, AssistantUpdateUserErrorCode;
    /// Why an assistant could not be tried.
    AssistantTryUserError, AssistantTryUserErrorCode;
    /// Why a run was not rated.
    AssistantRunRateUserError, AssistantRunRateUserErrorCode;
}

user_errors! {
    /// Why an assistant was not deleted.
    AssistantDeleteUserError, AssistantDeleteUserErrorCode {
        /// Somebody else changed it at the same moment. Read it again, then decide.
        Conflict,
    }
}

/// What can be set of an assistant beside its name and provider. What is absent stays, or gets its default.
#[derive(InputObject)]
struct AssistantSettingsInput {
    /// Where the model is, for example `https://models.example/v1`; null for the provider's own address. Private networks are
    /// refused unless the setting `assistant_private_hosts` of this service names the host.
    base_url: MaybeUndefined<String>,
    /// The model's name at its provider.
    model: MaybeUndefined<String>,
    /// The key for the provider; null removes it. It is kept sealed, and never shown again.
    api_key: MaybeUndefined<String>,
    /// What the business wants of it, at most 20,000 characters.
    instructions: MaybeUndefined<String>,
    /// The beginnings of web addresses that it may send, at most 50. It sends no others.
    allowed_urls: MaybeUndefined<Vec<String>>,
    /// Stands before its first answer in a conversation, for example that it is a machine; null for nothing.
    disclosure: MaybeUndefined<String>,
    /// What the customer reads when it gives the conversation to people; null for the waiting message.
    hand_off_message: MaybeUndefined<String>,
    /// Where an answer of the model is cut, in tokens: 16 to 32,768; 1,024 by default.
    max_output_tokens: MaybeUndefined<i32>,
    /// Answers in one conversation within 24 hours: 20 by default.
    max_answers_per_day: MaybeUndefined<i32>,
    /// Tokens for one conversation within 24 hours: 200,000 by default.
    max_tokens_per_day: MaybeUndefined<i32>,
    /// What it may cost in a calendar month (UTC), in the currency of its prices; null for no limit.
    monthly_budget: MaybeUndefined<f64>,
    /// Price of a million input tokens, in place of the one in `modelPrices`; null if that is to count. It counts where the
    /// other one is set too.
    input_price: MaybeUndefined<f64>,
    /// Price of a million output tokens, in place of the one in `modelPrices`; null if that is to count.
    output_price: MaybeUndefined<f64>,
}

/// An assistant to make.
#[derive(InputObject)]
struct AssistantCreateInput {
    /// One line of 1 to 100 characters; no other assistant may have it.
    name: String,
    /// How its model is spoken to.
    provider: AssistantProvider,
    /// Whether it answers at once; true if absent.
    enabled: Option<bool>,
    /// Whether it answers new contacts, in place of the one that does; false if absent.
    is_default: Option<bool>,
    /// The rest.
    settings: Option<AssistantSettingsInput>,
}

/// What is to change in an assistant. What is absent stays.
#[derive(InputObject)]
struct AssistantUpdateInput {
    /// One line of 1 to 100 characters.
    name: Option<String>,
    /// How its model is spoken to.
    provider: Option<AssistantProvider>,
    /// Whether it answers. False silences it at once.
    enabled: Option<bool>,
    /// Whether it answers new contacts, in place of the one that does.
    is_default: Option<bool>,
    /// The rest.
    settings: Option<AssistantSettingsInput>,
}

/// An assistant that was made, or why none was.
#[derive(SimpleObject)]
struct AssistantCreatePayload {
    /// The assistant. Null if there are user errors.
    assistant: Option<Assistant>,
    /// Why none was made.
    user_errors: Vec<AssistantCreateUserError>,
}

/// An assistant that was changed, or why none was.
#[derive(SimpleObject)]
struct AssistantUpdatePayload {
    /// The assistant as it is now. Null if there are user errors.
    assistant: Option<Assistant>,
    /// Why it was not changed.
    user_errors: Vec<AssistantUpdateUserError>,
}

/// An assistant that was deleted, or why none was.
#[derive(SimpleObject)]
struct AssistantDeletePayload {
    /// The id of the assistant that is gone. Null if there are user errors.
    deleted_assistant_id: Option<ID>,
    /// Why it was not deleted.
    user_errors: Vec<AssistantDeleteUserError>,
}

/// A conversation to try an assistant on.
#[derive(InputObject)]
struct AssistantTryInput {
    /// Which conversation.
    conversation_id: ID,
}

/// What an assistant would do.
#[derive(SimpleObject)]
struct AssistantTryPayload {
    /// What it would send, in this order.
    contents: Vec<MessageContent>,
    /// Why it would give the conversation to people. Null if it would not.
    hand_off_reason: Option<String>,
    /// What it would tell its colleagues.
    hand_off_summary: Option<String>,
    /// Why it gave no answer. Null if it did.
    failure: Option<String>,
    /// What was done on the way.
    steps: Vec<AssistantRunStep>,
    /// Tokens of all requests to the model. Null if there are user errors.
    input_token_count: Option<i32>,
    /// Tokens of all its answers. Null if there are user errors.
    output_token_count: Option<i32>,
    /// Why it could not be tried.
    user_errors: Vec<AssistantTryUserError>,
}

/// What a person thinks of a run.
#[derive(InputObject)]
struct AssistantRunRateInput {
    /// Good or bad; null takes it back.
    rating: Option<AssistantRunRating>,
    /// Why, at most 1,000 characters.
    note: Option<String>,
}

/// A run that was rated, or why none was.
#[derive(SimpleObject)]
struct AssistantRunRatePayload {
    /// The run as it is now. Null if there are user errors.
    assistant_run: Option<AssistantRun>,
    /// Why it was not rated.
    user_errors: Vec<AssistantRunRateUserError>,
}

/// Millionths of an amount of money.
#[expect(
    clippy::cast_possible_truncation,
    reason = "amounts beyond 9 trillion are cut at the end of the range"
)]
pub(in crate::graphql) fn micros(amount: f64) -> i64 {
    (amount * 1_000_000.0).round() as i64
}

/// Null and a value, or nothing where it is absent.
fn nullable<T: Clone>(given: &MaybeUndefined<T>) -> Option<Option<T>> {
    given.as_opt_ref().map(|value| value.cloned())
}

fn input(
    name: Option<String>,
    provider: Option<AssistantProvider>,
    enabled: Option<bool>,
    settings: Option<AssistantSettingsInput>,
) -> AssistantInput {
    let (provider, known) = (provider.map(Into::into), AssistantInput::default());
    let Some(settings) = settings else { return AssistantInput { name, provider, enabled, ..known } };
    let money = |given: &MaybeUndefined<f64>| nullable(given).map(|amount| amount.map(micros));
    AssistantInput {
        name,
        provider,
        enabled,
        is_default: None,
        base_url: nullable(&settings.base_url),
        model: settings.model.take(),
        // Null and an empty key both remove it.
        api_key: nullable(&settings.api_key).map(|key| key.map(Secret::new)),
        instructions: settings.instructions.take(),
        allowed_urls: settings.allowed_urls.take(),
        disclosure: nullable(&settings.disclosure),
        hand_off_message: nullable(&settings.hand_off_message),
        max_output_tokens: settings.max_output_tokens.take(),
        max_answers_per_day: settings.max_answers_per_day.take(),
        max_tokens_per_day: settings.max_tokens_per_day.take(),
        monthly_budget_micros: money(&settings.monthly_budget),
        input_price_micros: money(&settings.input_price),
        output_price_micros: money(&settings.output_price),
    }
}

#[derive(Default)]
pub(in crate::graphql) struct AssistantMutations;

#[Object]
impl AssistantMutations {
    /// Makes an assistant. Needs `ADMINISTER`.
    async fn assistant_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The assistant to make.")] input: AssistantCreateInput,
    ) -> Result<AssistantCreatePayload> {
        let AssistantCreateInput { name, provider, enabled, is_default, settings } = input;
        let input =
            AssistantInput { is_default, ..self::input(Some(name), Some(provider), enabled, settings) };
        Ok(match services::assistant_create(app(ctx), viewer(ctx)?, input).await {
            Ok(row) => {
                let assistant = load::build_one(Reader::new(ctx)?, row, &()).await?;
                AssistantCreatePayload { assistant, user_errors: Vec::new() }
            }
            Err(error) => {
                AssistantCreatePayload { assistant: None, user_errors: AssistantCreateUserError::of(error)? }
            }
        })
    }

    /// Changes an assistant. What it is answering at this moment it answers as it was. Needs `ADMINISTER`.
    async fn assistant_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The assistant's id.")] id: ID,
        #[graphql(desc = "What is to change; what is absent stays.")] input: AssistantUpdateInput,
    ) -> Result<AssistantUpdatePayload> {
        let id = AssistantId::parse("id", &id)?;
        let AssistantUpdateInput { name, provider, enabled, is_default, settings } = input;
        let input = AssistantInput { is_default, ..self::input(name, provider, enabled, settings) };
        Ok(match services::assistant_update(app(ctx), viewer(ctx)?, id, input).await {
            Ok(row) => {
                let assistant = load::build_one(Reader::new(ctx)?, row, &()).await?;
                AssistantUpdatePayload { assistant, user_errors: Vec::new() }
            }
            Err(error) => {
                AssistantUpdatePayload { assistant: None, user_errors: AssistantUpdateUserError::of(error)? }
            }
        })
    }

    /// Deletes an assistant, with its key, its documents and its tool servers. Customers whom it answered are told to wait for people. Needs `ADMINISTER`.
    async fn assistant_delete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The assistant's id.")] id: ID,
    ) -> Result<AssistantDeletePayload> {
        let deleted = AssistantId::parse("id", &id)?;
        match services::assistant_delete(app(ctx), viewer(ctx)?, deleted).await {
            Ok(()) => Ok(AssistantDeletePayload { deleted_assistant_id: Some(id), user_errors: Vec::new() }),
            Err(inbox::Error::Conflict(message)) => {
                let error =
                    AssistantDeleteUserError::new(AssistantDeleteUserErrorCode::Conflict, None, message);
                Ok(AssistantDeletePayload { deleted_assistant_id: None, user_errors: vec![error] })
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Lets an assistant answer a conversation as it stands, and sends nothing. The model is really asked, which may cost
    /// something. Needs `ADMINISTER`.
    async fn assistant_try(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The assistant's id.")] id: ID,
        #[graphql(desc = "The conversation.")] input: AssistantTryInput,
    ) -> Result<AssistantTryPayload> {
        let id = AssistantId::parse("id", &id)?;
        let conversation = ConversationId::parse("input.conversationId", &input.conversation_id)?;
        let mut payload = AssistantTryPayload {
            contents: Vec::new(),
            hand_off_reason: None,
            hand_off_summary: None,
            failure: None,
            steps: Vec::new(),
            input_token_count: None,
            output_token_count: None,
            user_errors: Vec::new(),
        };
        match turns::assistant_try(app(ctx), viewer(ctx)?, id, conversation).await {
            Ok(tried) => {
                payload.contents = tried.contents.into_iter().map(Into::into).collect();
                (payload.hand_off_reason, payload.hand_off_summary) =
                    tried.hand_off.map(|(reason, summary)| (reason.name().to_owned(), summary)).unzip();
                payload.failure = tried.failure;
                payload.steps = tried.steps.into_iter().map(Into::into).collect();
                payload.input_token_count = Some(shown(tried.input_tokens));
                payload.output_token_count = Some(shown(tried.output_tokens));
            }
            Err(error) => payload.user_errors = AssistantTryUserError::of(error)?,
        }
        Ok(payload)
    }

    /// Says what a person thinks of an answer. Needs `EDIT`.
    async fn assistant_run_rate(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The run's id.")] id: ID,
        #[graphql(desc = "The rating.")] input: AssistantRunRateInput,
    ) -> Result<AssistantRunRatePayload> {
        let id = AssistantRunId::parse("id", &id)?;
        let rating = input.rating.map(Into::into);
        Ok(match services::run_rate(app(ctx), viewer(ctx)?, id, rating, input.note).await {
            Ok(row) => {
                let plan = AssistantRun::plan(&Selection::new([ctx.look_ahead().field("assistantRun")]));
                let assistant_run = load::build_one(Reader::new(ctx)?, row, &plan).await?;
                AssistantRunRatePayload { assistant_run, user_errors: Vec::new() }
            }
            Err(error) => AssistantRunRatePayload {
                assistant_run: None,
                user_errors: AssistantRunRateUserError::of(error)?,
            },
        })
    }
}
