//! What administrators do with a channel.

use crate::app::App;
use crate::auth::{Permission, Reach, Viewer};
use crate::bus::Topic;
use crate::domain::people;
use crate::error::{Error, Result};
use crate::services::access::{AuditChange, Subject, record};
use crate::store::{Priority, channels};
use entities::{AuditAction, ChannelId, ChannelState, ReadReceipts, channel};
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
    let (ids, actor) = (app.ids.clone(), viewer.actor());
    app.db
        .write(Priority::Interactive, move |tx| {
            let row = channel::ActiveModel { updated_at: Set(tx.now()), ..row.clone() };
            let ids = ids.clone();
            Box::pin(async move {
                tx.wake(Topic::Outbox);
                let before = channels::by_ids(tx.conn(), Reach::All, [id]).await?.pop();
                let before = before.ok_or(Error::NotFound("channel"))?;
                let after = channels::update(tx.conn(), id, row).await?.ok_or(Error::NotFound("channel"))?;
                let fields = differences(&before, &after);
                if !fields.is_empty() {
                    let (action, subject) = (AuditAction::ChannelUpdated, Subject::Channel(id));
                    record(&ids, tx, actor, action, subject, fields).await?;
                }
                Ok(after)
            })
        })
        .await
}

fn differences(before: &channel::Model, after: &channel::Model) -> Vec<AuditChange> {
    let fields = [
        ("name", before.name.as_str(), after.name.as_str()),
        ("state", before.state.as_str(), after.state.as_str()),
        ("readReceipts", before.read_receipts.as_str(), after.read_receipts.as_str()),
    ];
    let changed = fields.into_iter().filter(|(_, before, after)| before != after);
    changed
        .map(|(field, before, after)| {
            AuditChange::shown(field, Some(before.to_owned()), Some(after.to_owned()))
        })
        .collect()
}
