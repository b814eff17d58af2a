//! Who answers for a new contact, by the rows that the rule looks at.

use crate::domain::assignment::{self, OwnerCandidates};
use crate::store::effects::AssignmentRows;
use entities::{AssistantId, UserId, UserKind};

/// Owner and assistant of a new contact with this phone, by its match key.
///
/// # Errors
/// If there is no guest user.
pub(super) fn owner_and_assistant(
    rows: &AssignmentRows,
    phone_key: Option<&str>,
) -> Result<(UserId, Option<AssistantId>), String> {
    let setting =
        |name: &str| rows.settings.iter().find(|row| row.name == name).map(|row| row.value.as_str());
    let default_user: Option<UserId> =
        setting("defaultAnswerUser").and_then(|value| serde_json::from_str(value).ok());
    let guest = rows.users.iter().find(|user| user.kind == UserKind::Guest);
    let guest = guest.ok_or("there is no guest user to own what nobody owns: start the service once")?.id;
    let owner = assignment::owner(OwnerCandidates {
        default_answer_user: default_user.filter(|id| rows.users.iter().any(|user| user.id == *id)),
        user_with_the_phone: rows
            .users
            .iter()
            .find(|user| phone_key.is_some() && user.phone_match_key.as_deref() == phone_key)
            .map(|user| user.id),
        guest,
    });
    Ok((owner, assistant_of(rows, owner)))
}

/// The assistant of a new contact that this user owns.
pub(super) fn assistant_of(rows: &AssignmentRows, owner: UserId) -> Option<AssistantId> {
    let default = rows.settings.iter().find(|row| row.name == "defaultAssistant");
    let default = default.and_then(|row| serde_json::from_str(&row.value).ok());
    let role = rows.users.iter().find(|user| user.id == owner).map(|user| user.role_id);
    let of_role = rows.roles.iter().find(|row| Some(row.id) == role).and_then(|row| row.default_assistant_id);
    assignment::assistant(default, of_role)
}
