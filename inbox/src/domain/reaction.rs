//! What one may react to, and with what.

use entities::{Timestamp, message};
use std::time::Duration;

/// The provider takes no reaction to messages older than this.
pub const OLDEST: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Why nobody can react to a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreactable {
    /// The provider has no name for it yet, or never took it.
    NotSent,
    /// It is a note of WhatsApp itself.
    Note,
    /// It was deleted for everyone.
    Revoked,
    /// It is older than 30 days.
    TooOld,
}

/// Whether one can react to a message.
///
/// # Errors
/// Why not.
pub fn may_react(message: &message::Model, now: Timestamp) -> Result<(), Unreactable> {
    if message.wamid.is_none() {
        Err(Unreactable::NotSent)
    } else if message.kind == "SYSTEM" {
        Err(Unreactable::Note)
    } else if message.revoked_at.is_some() {
        Err(Unreactable::Revoked)
    } else if message.sent_at.plus(OLDEST) <= now {
        Err(Unreactable::TooOld)
    } else {
        Ok(())
    }
}

/// The emoji in Unicode's full spelling; none unless the text is exactly one.
#[must_use]
pub fn emoji(text: &str) -> Option<&'static str> {
    emojis::get(text.trim()).map(emojis::Emoji::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_emoji() {
        let cases = [
            ("👍", Some("👍")),
            (" 👍 ", Some("👍")),
            ("👍🏽", Some("👍🏽")),
            ("❤️", Some("❤️")),
            // Without the sign that makes it an emoji.
            ("❤", Some("❤️")),
            ("👨‍👩‍👧‍👦", Some("👨‍👩‍👧‍👦")),
            ("🇪🇸", Some("🇪🇸")),
            ("1️⃣", Some("1️⃣")),
            ("", None),
            ("👍👍", None),
            ("a", None),
            ("1", None),
            ("ok 👍", None),
        ];
        for (text, expected) in cases {
            assert_eq!(emoji(text), expected, "{text:?}");
        }
    }
}
