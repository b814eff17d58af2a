//! What customers read while they wait for a person.

use super::context::{app, viewer};
use super::errors::Result;
use super::user_errors::user_errors;
use async_graphql::{Context, Enum, InputObject, Object, SimpleObject};
use inbox::services::waiting as services;

/// When a waiting message is sent.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "entities::WaitingMessageVariant")]
pub(super) enum WaitingMessageVariant {
    /// While somebody may come.
    Standard,
    /// Outside business hours, if some are set.
    OutOfHours,
}

/// A text that customers read who write in automatic mode and whom no assistant answers: at most once in half an hour, in the
/// language of the conversation's owner.
#[derive(Clone, Debug, SimpleObject)]
pub(super) struct WaitingMessage {
    /// BCP 47 tag.
    language: String,
    /// When it is sent.
    variant: WaitingMessageVariant,
    /// What it says.
    body: String,
    /// It is another text than the one that comes with the service, or in a language that has none.
    changed: bool,
}

impl From<services::WaitingMessage> for WaitingMessage {
    fn from(text: services::WaitingMessage) -> Self {
        let services::WaitingMessage { language, variant, body, changed } = text;
        Self { language, variant: variant.into(), body, changed }
    }
}

user_errors! {
    /// Why a waiting message was not written.
    WaitingMessageUpdateUserError, WaitingMessageUpdateUserErrorCode {
        /// The language is no BCP 47 tag.
        LanguageInvalid,
        /// A text has 1 to 1,000 characters.
        BodyInvalid,
    }
}

/// A waiting message to write.
#[derive(InputObject)]
struct WaitingMessageUpdateInput {
    /// BCP 47 tag (`es`, `pt-BR`). Any language may be added.
    language: String,
    /// When it is sent.
    variant: WaitingMessageVariant,
    /// What it says, 1 to 1,000 characters; null lets the text that comes with the service count again.
    body: Option<String>,
}

/// A waiting message that was written, or why none was.
#[derive(SimpleObject)]
struct WaitingMessageUpdatePayload {
    /// The text as it is now. Null if there are user errors, or if there is none in this language any more.
    waiting_message: Option<WaitingMessage>,
    /// Why it was not written.
    user_errors: Vec<WaitingMessageUpdateUserError>,
}

#[derive(Default)]
pub(super) struct WaitingMessageQueries;

#[Object]
impl WaitingMessageQueries {
    /// What customers read while they wait for a person: every text there is, by language. Needs `ADMINISTER`.
    async fn waiting_messages(&self, ctx: &Context<'_>) -> Result<Vec<WaitingMessage>> {
        let texts = services::waiting_messages(app(ctx), viewer(ctx)?).await?;
        Ok(texts.into_iter().map(Into::into).collect())
    }
}

#[derive(Default)]
pub(super) struct WaitingMessageMutations;

#[Object]
impl WaitingMessageMutations {
    /// Writes what customers read while they wait for a person. Needs `ADMINISTER`.
    async fn waiting_message_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The text to write.")] input: WaitingMessageUpdateInput,
    ) -> Result<WaitingMessageUpdatePayload> {
        use WaitingMessageUpdateUserErrorCode::{BodyInvalid, LanguageInvalid};
        let WaitingMessageUpdateInput { language, variant, body } = input;
        let outcome =
            services::waiting_message_update(app(ctx), viewer(ctx)?, &language, variant.into(), body).await;
        let (code, field, message) = match outcome {
            Ok(text) => {
                let waiting_message = text.map(Into::into);
                return Ok(WaitingMessageUpdatePayload { waiting_message, user_errors: Vec::new() });
            }
            Err(inbox::Error::Refused(refusal)) => (LanguageInvalid, "language", refusal.message),
            Err(inbox::Error::Invalid { field, message }) => (BodyInvalid, field, message),
            Err(error) => return Err(error.into()),
        };
        let error = WaitingMessageUpdateUserError::new(code, Some(vec![field.to_owned()]), message);
        Ok(WaitingMessageUpdatePayload { waiting_message: None, user_errors: vec![error] })
    }
}
