//! Why a message failed, in our own words.

use crate::graphql::errors::Result;
use crate::graphql::language;
use async_graphql::{Context, Enum, Object};
use providers::inbound::ProviderError;
use providers::meta::catalogue::{Description, Language, Retry, describe};

/// Who can do something about an error.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "providers::meta::catalogue::Fault")]
pub(super) enum ErrorFault {
    /// The request: its content, its recipient or its pace.
    Us,
    /// Meta's service, or its choice.
    Meta,
    /// The customer.
    Customer,
    /// The business's account with Meta: token, permissions, payment, quality.
    Account,
}

/// Why a message was not delivered.
#[derive(Clone, Debug)]
pub(in crate::graphql) struct MessageError(ProviderError);

impl MessageError {
    /// From the stored JSON.
    pub(in crate::graphql) fn from_stored(json: &str) -> Self {
        Self(serde_json::from_str(json).unwrap_or_default())
    }

    /// What does not depend on the language.
    fn known(&self) -> Description {
        describe(&self.0, Language::default())
    }

    async fn describe(&self, ctx: &Context<'_>, language: Option<&str>) -> Result<Description> {
        Ok(describe(&self.0, language::choose(ctx, language).await?))
    }
}

/// Why a message was not delivered. Without an argument its words are in the language of the user who asks, if that is
/// Spanish, else in English; in subscriptions, which callers share, and for API tokens in English.
#[Object]
impl MessageError {
    /// Meta's code. Null if the message never reached Meta.
    async fn code(&self) -> Option<i32> {
        self.0.code.and_then(|code| i32::try_from(code).ok())
    }

    /// A few words. Meta's own for a code that is not known.
    async fn title(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "BCP 47 tag of the language: Spanish (`es`, `es-MX`), or English for any other.")]
        language: Option<String>,
    ) -> Result<String> {
        Ok(self.describe(ctx, language.as_deref()).await?.title.into_owned())
    }

    /// Meta's own most useful sentence.
    async fn details(&self) -> Option<&str> {
        self.0.details.as_deref().or(self.0.message.as_deref())
    }

    /// What happened, in a sentence or two. Meta's own for a code that is not known.
    async fn explanation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "BCP 47 tag of the language: Spanish (`es`, `es-MX`), or English for any other.")]
        language: Option<String>,
    ) -> Result<String> {
        Ok(self.describe(ctx, language.as_deref()).await?.explanation.into_owned())
    }

    /// Who can do something about it. Null for a code that is not known.
    async fn fault(&self) -> Option<ErrorFault> {
        self.known().fault.map(Into::into)
    }

    /// Whether sending it again can help, at once or after the remedy.
    async fn retryable(&self) -> bool {
        self.known().retry != Retry::Never
    }

    /// What to do.
    async fn remedy(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "BCP 47 tag of the language: Spanish (`es`, `es-MX`), or English for any other.")]
        language: Option<String>,
    ) -> Result<String> {
        Ok(self.describe(ctx, language.as_deref()).await?.remedy.into_owned())
    }
}
