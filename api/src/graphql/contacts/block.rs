//! Contacts that the business does not want to hear from.

use super::Contact;
use super::mutations::shown;
use crate::graphql::channels::{Channel, ChannelPlan};
use crate::graphql::context::{Reader, app, viewer};
use crate::graphql::errors::Result;
use crate::graphql::global_id::GlobalId;
use crate::graphql::load;
use crate::graphql::messages::MessageError;
use crate::graphql::scalars::DateTime;
use crate::graphql::user_errors::user_errors;
use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use entities::{ContactId, contact};
use inbox::services::contacts as services;
use inbox::store::blocks as store;
use std::collections::HashMap;
use std::sync::Arc;

/// What became of a block at WhatsApp.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "entities::BlockState")]
pub(in crate::graphql) enum ContactBlockState {
    /// WhatsApp is being asked.
    Pending,
    /// WhatsApp did it.
    Done,
    /// WhatsApp refused: it blocks only who wrote within the last 24 hours. Block again when the person has written.
    Failed,
}

/// What WhatsApp made of a block, or of its end, on one channel.
#[derive(Clone, Debug, SimpleObject)]
pub(in crate::graphql) struct ContactBlock {
    /// On which number.
    channel: Option<Channel>,
    /// True: the contact was to be blocked. False: to be let through again.
    blocked: bool,
    /// What became of it.
    state: ContactBlockState,
    /// Why WhatsApp refused.
    error: Option<MessageError>,
    /// When that became known, or when it was asked for.
    updated_at: DateTime,
}

/// What WhatsApp made of the blocks of these contacts.
pub(super) async fn read(
    reader: Reader<'_>,
    contacts: Vec<ContactId>,
) -> Result<HashMap<ContactId, Arc<[ContactBlock]>>> {
    let rows = store::of_contacts(reader.db(), reader.reach, contacts).await?;
    let ids: Vec<_> = rows.iter().map(|row| row.channel_id).collect();
    let channels = load::load_many::<Channel>(reader, Some(&ChannelPlan::default()), ids).await?;
    let groups = load::group(rows, |row| row.contact_id).into_iter();
    Ok(groups
        .map(|(id, rows)| {
            let blocks = rows.into_iter().map(|row| ContactBlock {
                channel: channels.get(row.channel_id).cloned(),
                blocked: row.blocked,
                state: row.state.into(),
                error: row.error.as_deref().map(MessageError::from_stored),
                updated_at: row.updated_at.into(),
            });
            (id, blocks.collect())
        })
        .collect())
}

/// Declares what blocking and its end answer with.
macro_rules! payloads {
    ($($(#[$doc:meta])* $payload:ident, $error:ident, $code:ident;)*) => { $(
        user_errors! {
            /// Why nothing was changed.
            $error, $code {
                /// Somebody else changed the contact at the same moment. Read it again, then decide.
                Conflict,
            }
        }

        $(#[$doc])*
        #[derive(SimpleObject)]
        struct $payload {
            /// The contact as it is now. Null if there are user errors.
            contact: Option<Contact>,
            /// Why nothing was changed.
            user_errors: Vec<$error>,
        }

        impl $payload {
            async fn of(ctx: &Context<'_>, outcome: inbox::Result<contact::Model>) -> Result<Self> {
                match outcome {
                    Ok(row) => Ok(Self { contact: shown(ctx, Some(row)).await?, user_errors: Vec::new() }),
                    Err(inbox::Error::Conflict(message)) => {
                        let error = $error::new($code::Conflict, None, message);
                        Ok(Self { contact: None, user_errors: vec![error] })
                    }
                    Err(error) => Err(error.into()),
                }
            }
        }
    )* };
}

payloads! {
    /// A contact that was blocked.
    ContactBlockPayload, ContactBlockUserError, ContactBlockUserErrorCode;
    /// A contact whose block was taken back.
    ContactUnblockPayload, ContactUnblockUserError, ContactUnblockUserErrorCode;
}

#[derive(Default)]
pub(in crate::graphql) struct ContactBlockMutations;

#[Object]
impl ContactBlockMutations {
    /// Blocks a contact: nothing can be sent to it any more, and WhatsApp is asked to keep its messages away. Whether WhatsApp
    /// did shows in `blocks`. Doing it again asks WhatsApp again. Needs `EDIT`.
    async fn contact_block(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The contact's id.")] id: ID,
    ) -> Result<ContactBlockPayload> {
        let (viewer, id) = (viewer(ctx)?, ContactId::parse("id", &id)?);
        ContactBlockPayload::of(ctx, services::contact_block(app(ctx), viewer, id).await).await
    }

    /// Takes a block back, here and at WhatsApp. Needs `EDIT`.
    async fn contact_unblock(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The contact's id.")] id: ID,
    ) -> Result<ContactUnblockPayload> {
        let (viewer, id) = (viewer(ctx)?, ContactId::parse("id", &id)?);
        ContactUnblockPayload::of(ctx, services::contact_unblock(app(ctx), viewer, id).await).await
    }
}
