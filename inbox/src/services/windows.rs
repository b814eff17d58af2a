//! Telling that the 24 hours after a customer's last message are over.

use crate::app::App;
use crate::domain::sendability::WINDOW;
use crate::error::Result;
use crate::store::db::NewEvent;
use crate::store::{Priority, windows as store};
use entities::{EventKind, Timestamp, conversation};
use std::time::Duration;

/// The time that one transaction goes along, so that it stays small after the service was down for long.
const STRETCH: Duration = Duration::from_secs(600);

/// Emits one event for each window that closed since the last time, however many nodes do this at once. Returns when
/// the next one closes, if nobody writes before.
///
/// # Errors
/// If the store cannot do it now.
pub async fn close_windows(app: &App) -> Result<Option<Timestamp>> {
    tell_closed(app).await?;
    Ok(store::next_closing(app.db.read(), app.clock.now().minus(WINDOW))
        .await?
        .map(|wrote| wrote.plus(WINDOW)))
}

/// Emits these events. Returns how many.
pub(crate) async fn tell_closed(app: &App) -> Result<u64> {
    let mut told = 0;
    loop {
        let (closed, more) = app.db.write(Priority::Background, |tx| Box::pin(close_stretch(tx))).await?;
        told += closed;
        if !more {
            return Ok(told);
        }
    }
}

/// Goes along the time by at most [`STRETCH`]. How many windows closed in it, and whether there is more behind it.
async fn close_stretch(tx: &crate::store::Tx) -> Result<(u64, bool)> {
    let now = tx.now();
    // The first time ever begins now: what closed before is known by its date.
    let Some(done_up_to) = store::lock_position(tx, now).await? else { return Ok((0, false)) };
    let up_to = now.min(done_up_to.plus(STRETCH));
    if up_to <= done_up_to {
        return Ok((0, false));
    }
    // A window of a message that was written at `t` is closed at `t + 24 h`, not before.
    let closed = store::closed(tx.conn(), done_up_to.minus(WINDOW), up_to.minus(WINDOW)).await?;
    for closed in &closed {
        tx.emit(window_closed(closed));
    }
    store::save_position(tx.conn(), up_to).await?;
    Ok((closed.len() as u64, up_to < now))
}

/// The event of a window that closed, by time or by the provider's word.
pub(crate) fn window_closed(conversation: &conversation::Model) -> NewEvent {
    NewEvent {
        conversation_id: Some(conversation.id),
        channel_id: Some(conversation.channel_id),
        contact_id: Some(conversation.contact_id),
        ..NewEvent::new(EventKind::ConversationWindowClosed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::events;
    use crate::testing::{Shop, another_node, for_each_store};
    use entities::ConversationId;

    async fn closed(app: &App) -> Vec<ConversationId> {
        let log = events::after(app.db.read(), 0, 1000).await.unwrap();
        let kind = EventKind::ConversationWindowClosed;
        log.into_iter().filter(|event| event.kind == kind).filter_map(|event| event.conversation_id).collect()
    }

    #[tokio::test]
    async fn a_window_closes_once_and_not_before_its_time() {
        for_each_store(async |app| {
            let shop = Shop::open(&app).await;
            assert_eq!(close_windows(&app).await.unwrap(), None);
            let early = shop.customer(&app, "34600000001").await;
            let closes = app.clock.now().plus(WINDOW);
            app.clock.advance(Duration::from_secs(3600));
            let late = shop.customer(&app, "34600000002").await;
            let next = close_windows(&app).await.unwrap().unwrap();
            assert!(next <= closes && closes.since(next) < Duration::from_secs(5), "the early one's");

            app.clock.advance(WINDOW - Duration::from_secs(3600 + 60));
            close_windows(&app).await.unwrap();
            assert_eq!(closed(&app).await, []);
            app.clock.advance(Duration::from_secs(60));
            let other = another_node(&app).await;
            let (one, two) = tokio::join!(close_windows(&app), close_windows(&other));
            one.and(two).unwrap();
            assert_eq!(closed(&app).await, [early.conversation]);

            // After a week down.
            app.clock.advance(WINDOW * 7);
            close_windows(&app).await.unwrap();
            assert_eq!(closed(&app).await, [early.conversation, late.conversation]);
            assert_eq!(close_windows(&app).await.unwrap(), None);
        })
        .await;
    }
}
