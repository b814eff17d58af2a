//! What administrators do with a channel.

use crate::app::App;
use crate::auth::{Permission, Viewer};
use crate::bus::Topic;
use crate::domain::people;
use crate::error::{Error, Result};
use crate::store::{Priority, channels};
use entities::{ChannelId, ChannelState, ReadReceipts, channel};
use sea_orm::ActiveValue::Set;

/// What to change; what is absent stays.
#[derive(Clone, Debug, Default)]
pub struct ChannelChange {
    /// As shown to people.
    pub name: Option<String>,
    /// Whether it sends.
    pub state: Option<ChannelState>,
    /// When customers see that their messages were read.
    pub read_receipts: Option<ReadReceipts>,
}

/// Changes a channel.
///
/// # Errors
/// If the caller may not administer, there is no such channel, or the store cannot do it now; [`Error::Invalid`] at
/// `name` for a name that is no line of 1 to 100 characters.
pub async fn channel_update(
    app: &App,
    viewer: &Viewer,
    id: ChannelId,
    change: ChannelChange,
) -> Result<channel::Model> {
    viewer.require(Permission::Administer)?;
    let mut row = channel::ActiveModel::default();
    if let Some(name) = &change.name {
        let name = people::name(name).ok_or_else(|| {
            Error::invalid("name", format!("give one line of 1 to {} characters", people::MAX_NAME))
        })?;
        row.name = Set(name);
    }
    if let Some(state) = change.state {
        row.state = Set(state);
    }
    if let Some(policy) = change.read_receipts {
        row.read_receipts = Set(policy);
    }
    app.db
        .write(Priority::Interactive, move |tx| {
            let row = channel::ActiveModel { updated_at: Set(tx.now()), ..row.clone() };
            Box::pin(async move {
                tx.wake(Topic::Outbox);
                channels::update(tx.conn(), id, row).await?.ok_or(Error::NotFound("channel"))
            })
        })
        .await
}
