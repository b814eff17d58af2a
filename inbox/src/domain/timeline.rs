//! What a change of a conversation is called in its timeline.

use entities::{ConversationChangeKind, conversation};

/// What changed between two states of a conversation; none if nothing did that its timeline tells. What changes along with
/// something larger, such as the mode of a conversation that is archived, has no line of its own: a line has the whole state.
#[must_use]
pub fn change(before: &conversation::Model, after: &conversation::Model) -> Option<ConversationChangeKind> {
    if before.archived != after.archived {
        return Some(if after.archived {
            ConversationChangeKind::Archived
        } else {
            ConversationChangeKind::Unarchived
        });
    }
    let assistant = |row: &conversation::Model| (row.assistant_id, row.assistant_active);
    if before.owner_id != after.owner_id {
        Some(ConversationChangeKind::OwnerChanged)
    } else if assistant(before) != assistant(after) {
        Some(ConversationChangeKind::AssistantChanged)
    } else if before.mode != after.mode {
        Some(ConversationChangeKind::ModeChanged)
    } else {
        None
    }
}
