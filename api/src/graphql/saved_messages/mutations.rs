//! Writing, changing and deleting saved messages.

use super::{SavedMessage, SavedMessagePlan};
use crate::graphql::content_input::SavedMessageContentInput;
use crate::graphql::context::{Reader, app, viewer};
use crate::graphql::errors::Result;
use crate::graphql::global_id::GlobalId;
use crate::graphql::load::{self, Selection};
use crate::graphql::user_errors::user_errors;
use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, SimpleObject};
use entities::{SavedMessageId, saved_message};
use inbox::services::saved_messages::{self as services, SavedMessageCreate, SavedMessageUpdate};
use inbox::services::send::{RefusalCode, SendError};

/// Declares why a saved message was not written: its name and language, and the rules of its content.
macro_rules! write_errors {
    ($($(#[$doc:meta])* $error:ident, $code:ident;)*) => { $(
        user_errors! {
            $(#[$doc])*
            $error, $code {
                /// A name is one line of 1 to 100 characters.
                NameInvalid,
                /// Another saved message has the name.
                NameTaken,
                /// The language is no BCP 47 tag.
                LanguageInvalid,
                /// Something must be there, and be more than blanks: a text, a file, one entry of a list.
                Missing,
                /// A text is longer than WhatsApp takes; the message says how long it is and how long it may be.
                TooLong,
                /// A list has more entries than WhatsApp takes.
                TooMany,
                /// It is there already, and each must be another.
                NotUnique,
                /// A number is beyond its range.
                OutOfRange,
                /// It is not written as it must be: a web address, a day.
                Malformed,
                /// Another rule of what can be sent; the message says which.
                ContentInvalid,
                /// Somebody else changed it at the same moment. Read it again, then decide.
                Conflict,
            }
        }

        impl $error {
            fn all_of(error: SendError) -> Result<Vec<Self>> {
                let refused = |refusal: &inbox::auth::Refusal, code| {
                    let field = refusal.field.map(|field| vec![field.to_owned()]);
                    vec![Self::new(code, field, refusal.message.clone())]
                };
                match error {
                    SendError::Refused(refusals) => Ok(refusals
                        .into_iter()
                        .map(|refusal| {
                            let code = match refusal.code {
                                RefusalCode::Missing => $code::Missing,
                                RefusalCode::TooLong => $code::TooLong,
                                RefusalCode::TooMany => $code::TooMany,
                                RefusalCode::NotUnique => $code::NotUnique,
                                RefusalCode::OutOfRange => $code::OutOfRange,
                                RefusalCode::Malformed => $code::Malformed,
                                _ => $code::ContentInvalid,
                            };
                            Self::new(code, Some(refusal.field), refusal.message)
                        })
                        .collect()),
                    SendError::Error(inbox::Error::Conflict(message)) => {
                        Ok(vec![Self::new($code::Conflict, None, message)])
                    }
                    SendError::Error(inbox::Error::Refused(refusal)) => match refusal.code {
                        inbox::auth::RefusalCode::NameInvalid => Ok(refused(&refusal, $code::NameInvalid)),
                        inbox::auth::RefusalCode::NameTaken => Ok(refused(&refusal, $code::NameTaken)),
                        inbox::auth::RefusalCode::LanguageInvalid => {
                            Ok(refused(&refusal, $code::LanguageInvalid))
                        }
                        _ => Err(inbox::Error::Refused(refusal).into()),
                    },
                    SendError::Error(error) => Err(error.into()),
                }
            }
        }
    )* };
}

write_errors! {
    /// Why a message was not saved.
    SavedMessageCreateUserError, SavedMessageCreateUserErrorCode;
    /// Why a saved message was not changed.
    SavedMessageUpdateUserError, SavedMessageUpdateUserErrorCode;
}

user_errors! {
    /// Why a saved message was not deleted.
    SavedMessageDeleteUserError, SavedMessageDeleteUserErrorCode {
        /// Somebody else changed it at the same moment. Read it again, then decide.
        Conflict,
    }
}

/// A message to save.
#[derive(InputObject)]
struct SavedMessageCreateInput {
    /// One line of 1 to 100 characters; no other saved message may have it.
    name: String,
    /// In which language it is written, as a BCP 47 tag (`es`, `pt-BR`).
    language: Option<String>,
    /// What to send. It must be within WhatsApp's limits.
    content: SavedMessageContentInput,
}

/// What is to change in a saved message. What is absent stays.
#[derive(InputObject)]
struct SavedMessageUpdateInput {
    /// One line of 1 to 100 characters; cannot be null.
    name: MaybeUndefined<String>,
    /// In which language it is written, as a BCP 47 tag; null for nothing.
    language: MaybeUndefined<String>,
    /// What to send from now on; absent or null keeps it. It must be within WhatsApp's limits.
    content: Option<SavedMessageContentInput>,
}

/// A message that was saved, or why none was.
#[derive(SimpleObject)]
struct SavedMessageCreatePayload {
    /// The saved message. Null if there are user errors.
    saved_message: Option<SavedMessage>,
    /// Why none was saved: everything that is wrong with the content, not only the first.
    user_errors: Vec<SavedMessageCreateUserError>,
}

/// A saved message that was changed, or why none was.
#[derive(SimpleObject)]
struct SavedMessageUpdatePayload {
    /// The saved message as it is now. Null if there are user errors.
    saved_message: Option<SavedMessage>,
    /// Why it was not changed: everything that is wrong with the content, not only the first.
    user_errors: Vec<SavedMessageUpdateUserError>,
}

/// A saved message that was deleted, or why none was.
#[derive(SimpleObject)]
struct SavedMessageDeletePayload {
    /// The id of the saved message that is gone. Null if there are user errors.
    deleted_saved_message_id: Option<ID>,
    /// Why it was not deleted.
    user_errors: Vec<SavedMessageDeleteUserError>,
}

#[derive(Default)]
pub(in crate::graphql) struct SavedMessageMutations;

#[Object]
impl SavedMessageMutations {
    /// Saves a message that could be sent as it is. Needs the permission EDIT.
    async fn saved_message_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The message to save.")] input: SavedMessageCreateInput,
    ) -> Result<SavedMessageCreatePayload> {
        let SavedMessageCreateInput { name, language, content } = input;
        let draft = content.into_draft("input.content")?;
        let input = SavedMessageCreate { name, language, draft };
        let outcome = services::saved_message_create(app(ctx), viewer(ctx)?, input).await;
        Ok(match outcome {
            Ok(row) => {
                SavedMessageCreatePayload { saved_message: written(ctx, row).await?, user_errors: Vec::new() }
            }
            Err(error) => SavedMessageCreatePayload {
                saved_message: None,
                user_errors: SavedMessageCreateUserError::all_of(error)?,
            },
        })
    }

    /// Changes a saved message. What was sent of it stays as it is. Needs the permission EDIT.
    async fn saved_message_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The saved message's id.")] id: ID,
        #[graphql(desc = "What is to change; what is absent stays.")] input: SavedMessageUpdateInput,
    ) -> Result<SavedMessageUpdatePayload> {
        let id = SavedMessageId::parse("id", &id)?;
        let draft = input.content.map(|content| content.into_draft("input.content")).transpose()?;
        let input = SavedMessageUpdate {
            name: input.name.as_opt_ref().map(|name| name.cloned().unwrap_or_default()),
            language: input.language.into(),
            draft,
        };
        let outcome = services::saved_message_update(app(ctx), viewer(ctx)?, id, input).await;
        Ok(match outcome {
            Ok(row) => {
                SavedMessageUpdatePayload { saved_message: written(ctx, row).await?, user_errors: Vec::new() }
            }
            Err(error) => SavedMessageUpdatePayload {
                saved_message: None,
                user_errors: SavedMessageUpdateUserError::all_of(error)?,
            },
        })
    }

    /// Deletes a saved message. What was sent of it stays as it is. Needs the permission EDIT.
    async fn saved_message_delete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The saved message's id.")] id: ID,
    ) -> Result<SavedMessageDeletePayload> {
        let saved = SavedMessageId::parse("id", &id)?;
        match services::saved_message_delete(app(ctx), viewer(ctx)?, saved).await {
            Ok(()) => {
                Ok(SavedMessageDeletePayload { deleted_saved_message_id: Some(id), user_errors: Vec::new() })
            }
            Err(inbox::Error::Conflict(message)) => {
                let code = SavedMessageDeleteUserErrorCode::Conflict;
                let error = SavedMessageDeleteUserError::new(code, None, message);
                Ok(SavedMessageDeletePayload { deleted_saved_message_id: None, user_errors: vec![error] })
            }
            Err(error) => Err(error.into()),
        }
    }
}

async fn written(ctx: &Context<'_>, row: saved_message::Model) -> Result<Option<SavedMessage>> {
    let plan = SavedMessagePlan::of(&Selection::new([ctx.look_ahead().field("savedMessage")]));
    load::build_one(Reader::new(ctx)?, row, &plan).await
}
