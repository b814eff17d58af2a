//! When a customer's message wants an automatic answer, and how long to wait for more of it.

use entities::{Mode, conversation};
use providers::content::Content;
use std::time::Duration;

/// People write in bursts: an answer waits until nothing came for so long.
pub const DEBOUNCE: Duration = Duration::from_secs(4);
/// Who pressed a button has said all.
pub const DEBOUNCE_AFTER_BUTTON: Duration = Duration::from_millis(500);
/// Who goes on writing is answered all the same, so long after the first message.
pub const LONGEST_DEBOUNCE: Duration = Duration::from_secs(15);

/// How long to wait for more before this message is answered automatically; none if it is not. `told_to_wait` is whether
/// customers are, whom no assistant answers.
#[must_use]
pub fn pause(conversation: &conversation::Model, content: &Content, told_to_wait: bool) -> Option<Duration> {
    if conversation.mode != Mode::Automatic {
        return None;
    }
    if conversation.assistant_id.is_none() || !conversation.assistant_active {
        // Nobody has to understand it: the customer is told to wait at once.
        return told_to_wait.then_some(Duration::ZERO);
    }
    Some(match content {
        Content::ButtonReply(_)
        | Content::ListReply(_)
        | Content::TemplateButtonReply(_)
        | Content::FlowReply(_) => DEBOUNCE_AFTER_BUTTON,
        _ => DEBOUNCE,
    })
}
