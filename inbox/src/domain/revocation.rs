//! What is shown of messages that were deleted for everyone.

use entities::Timestamp;

/// Whether people still see what a message said that was deleted for everyone. It is stored all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RevokedMessages {
    /// Nobody does, nor its files, nor what it said before an edit.
    Hide,
    /// As before.
    Show,
}

impl RevokedMessages {
    /// Whether a message that was deleted then, if at all, is hidden.
    #[must_use]
    pub fn hides(self, revoked_at: Option<Timestamp>) -> bool {
        self == Self::Hide && revoked_at.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_deleted_messages_are_hidden_and_only_on_demand() {
        let cases = [
            (RevokedMessages::Hide, Some(Timestamp(0)), true),
            (RevokedMessages::Hide, None, false),
            (RevokedMessages::Show, Some(Timestamp(0)), false),
            (RevokedMessages::Show, None, false),
        ];
        for (setting, revoked_at, hidden) in cases {
            assert_eq!(setting.hides(revoked_at), hidden, "{setting:?} {revoked_at:?}");
        }
    }
}
