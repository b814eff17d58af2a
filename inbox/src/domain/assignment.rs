//! Who answers for a new contact.

use entities::{AssistantId, UserId};

/// What the rule looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnerCandidates {
    /// The setting `defaultAnswerUser`.
    pub default_answer_user: Option<UserId>,
    /// The first user whose phone is the contact's, national variants included.
    pub user_with_the_phone: Option<UserId>,
    /// The one who owns what nobody owns.
    pub guest: UserId,
}

/// The owner of a new contact.
#[must_use]
pub fn owner(candidates: OwnerCandidates) -> UserId {
    candidates.default_answer_user.or(candidates.user_with_the_phone).unwrap_or(candidates.guest)
}

/// The assistant of a new contact: the setting `defaultAssistant`, else the default of the owner's role, else none.
#[must_use]
pub fn assistant(
    default_assistant: Option<AssistantId>,
    of_the_owners_role: Option<AssistantId>,
) -> Option<AssistantId> {
    default_assistant.or(of_the_owners_role)
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    const fn user(n: u128) -> UserId {
        UserId(Uuid::from_u128(n))
    }

    #[test]
    fn the_setting_wins_then_the_phone_then_the_guest() {
        for (setting, phone, expected) in [
            (Some(user(1)), Some(user(2)), user(1)),
            (Some(user(1)), None, user(1)),
            (None, Some(user(2)), user(2)),
            (None, None, user(9)),
        ] {
            let candidates =
                OwnerCandidates { default_answer_user: setting, user_with_the_phone: phone, guest: user(9) };
            assert_eq!(owner(candidates), expected);
        }
    }

    #[test]
    fn the_setting_wins_over_the_role() {
        let (a, b) = (AssistantId(Uuid::from_u128(1)), AssistantId(Uuid::from_u128(2)));
        assert_eq!(assistant(Some(a), Some(b)), Some(a));
        assert_eq!(assistant(None, Some(b)), Some(b));
        assert_eq!(assistant(None, None), None);
    }
}
