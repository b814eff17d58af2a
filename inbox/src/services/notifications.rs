//! Tells people about new messages.

#[cfg(test)]
mod tests;

use crate::app::App;
use crate::bus::Topic;
use crate::clock::Ids;
use crate::domain::notifications::{Notification, notifications};
use crate::error::{Error, Result};
use crate::services::jobs::Report;
use crate::store::db::NewEvent;
use crate::store::{Priority, Tx, events, jobs, notifications as store, receipts};
use entities::{EventKind, inbox_notification};
use std::time::Duration;

/// The name under which the place in the change log is kept.
const JOB: &str = "CheckNewWhatsAppMessages";
/// Webhooks are applied within a second. One that waits for so long was forgotten.
const STUCK_AFTER: Duration = Duration::from_secs(5 * 60);

/// Tells each person once about the messages that came since the last time and are unread; nobody where nothing is new. What
/// is new is told by places in the change log, so that nothing is missed or told twice, whenever this runs and however late
/// a webhook was applied. Also wakes the receiver if webhooks wait for too long.
pub(crate) async fn check_new_messages(app: &App) -> Result<Report> {
    let ids = app.ids.clone();
    let told = app.db.write(Priority::Background, move |tx| {
        let ids = ids.clone();
        Box::pin(async move { tell(tx, &ids).await })
    });
    let (people, messages) = told.await?;
    let stuck = receipts::count_waiting_since(app.db.read(), app.clock.now().minus(STUCK_AFTER)).await?;
    if stuck > 0 {
        tracing::warn!(stuck, "webhooks have not been applied for minutes; waking the receiver");
        app.bus.wake(Topic::Receipts);
    }
    let mut report = Report::default();
    report.add("peopleNotified", people);
    report.add("newMessages", messages);
    report.add("stuckReceipts", stuck);
    Ok(report)
}

/// How many people were told, and of how many messages.
async fn tell(tx: &Tx, ids: &Ids) -> Result<(u64, u64)> {
    let head = events::head(tx.conn()).await?;
    // The first time ever begins now: what is older has been in the inbox all along.
    let Some(place) = jobs::lock_place(tx, JOB, head).await? else { return Ok((0, 0)) };
    if head <= place {
        return Ok((0, 0));
    }
    jobs::save_place(tx, JOB, head).await?;
    let news = store::news(tx.conn(), place, head).await?;
    if news.is_empty() {
        return Ok((0, 0));
    }
    let (people, unread) = (store::people(tx.conn()).await?, store::unread(tx.conn()).await?);
    let told = notifications(&people, &news, &unread);
    let rows = told.iter().map(|told| row(tx, ids, told)).collect::<Result<Vec<_>>>()?;
    for row in &rows {
        tx.emit(NewEvent { subject_id: Some(row.id.0), ..NewEvent::new(EventKind::InboxNotification) });
    }
    let count = rows.len() as u64;
    store::insert(tx.conn(), rows).await?;
    let messages: i64 = news.iter().map(|news| news.messages).sum();
    Ok((count, u64::try_from(messages).unwrap_or(0)))
}

fn row(tx: &Tx, ids: &Ids, told: &Notification) -> Result<inbox_notification::Model> {
    Ok(inbox_notification::Model {
        id: ids.next(),
        user_id: told.user,
        unread_messages: told.unread.messages,
        unread_conversations: told.unread.conversations,
        new_messages: told.new_messages,
        conversations: serde_json::to_string(&told.conversations).map_err(Error::internal)?,
        created_at: tx.now(),
    })
}
