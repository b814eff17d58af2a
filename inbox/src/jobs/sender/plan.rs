//! What to do with each row that could be sent now. Pure.

use crate::domain::sendability::{Reason, SendabilityFacts, SendableKind, WINDOW_CLOSED, sendability};
use crate::limits::PairLimit;
use crate::store::send::Outgoing;
use entities::{IdentityKind, Timestamp, channel, contact_identity, conversation, message, outbox};
use providers::content::Content;
use providers::inbound::ProviderError;
use providers::meta::{OutboundMessage, Recipient};

/// Meta's code for a message to somebody whom the business blocked.
const BLOCKED: i64 = 130_403;

/// What to do with a row.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Step {
    /// Call the provider with this.
    Send(OutboundMessage),
    /// It cannot be sent; the provider need not be asked.
    Fail(ProviderError),
    /// Not before then.
    Wait(Timestamp),
}

/// The step of one row.
pub(super) fn step(
    row: &outbox::Model,
    outgoing: &Outgoing,
    channel: &channel::Model,
    pairs: &PairLimit,
    now: Timestamp,
) -> Step {
    let Some((message, conversation)) =
        outgoing.messages.get(&row.message_id).zip(outgoing.conversations.get(&row.conversation_id))
    else {
        return Step::Fail(refusal(
            None,
            "the message or its conversation was removed before it could be sent",
        ));
    };
    let Ok(content) = serde_json::from_str::<Content>(&message.content) else {
        return Step::Fail(refusal(None, "the stored content cannot be read"));
    };
    if let Some(error) = not_allowed(&content, conversation, outgoing, channel, now) {
        return Step::Fail(error);
    }
    let ready_at = pairs.ready_at(row.conversation_id, now);
    if ready_at > now {
        return Step::Wait(ready_at);
    }
    let identities = outgoing.identities.get(&conversation.contact_id).map(Vec::as_slice).unwrap_or_default();
    Step::Send(outbound(message, content, recipient(identities)))
}

/// The rule of sending, applied once more: the window may have closed while the message waited.
fn not_allowed(
    content: &Content,
    conversation: &conversation::Model,
    outgoing: &Outgoing,
    channel: &channel::Model,
    now: Timestamp,
) -> Option<ProviderError> {
    let Some(contact) = outgoing.contacts.get(&conversation.contact_id) else {
        return Some(refusal(None, "the contact was removed before the message could be sent"));
    };
    let sendability = sendability(&SendabilityFacts::new(conversation, contact, channel.state), now);
    if SendableKind::of(content).is_none_or(|kind| sendability.allowed_kinds.contains(&kind)) {
        return None;
    }
    Some(match sendability.reason {
        Some(Reason::ContactBlocked) => {
            refusal(Some(BLOCKED), "the contact was blocked before the message could be sent")
        }
        _ => refusal(Some(WINDOW_CLOSED), "the 24-hour window closed before the message could be sent"),
    })
}

fn outbound(message: &message::Model, content: Content, to: Recipient) -> OutboundMessage {
    OutboundMessage {
        to,
        content,
        reply_to_wamid: message.reply_to_wamid.clone(),
        biz_opaque_callback_data: message.id.to_string(),
    }
}

/// The newest address of each kind; `identities` are the newest first.
fn recipient(identities: &[contact_identity::Model]) -> Recipient {
    let newest = |kind| {
        identities.iter().find(|identity| identity.kind == kind).map(|identity| identity.value.clone())
    };
    Recipient {
        wa_id: newest(IdentityKind::Phone),
        user_id: newest(IdentityKind::Bsuid).or_else(|| newest(IdentityKind::ParentBsuid)),
    }
}

/// Our own refusal, under Meta's code where Meta would refuse for the same reason.
fn refusal(code: Option<i64>, why: &str) -> ProviderError {
    ProviderError {
        code,
        title: Some("Not sent".to_owned()),
        details: Some(why.to_owned()),
        ..ProviderError::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use entities::{ContactId, ContactIdentityId};
    use uuid::Uuid;

    fn identity(kind: IdentityKind, value: &str) -> contact_identity::Model {
        contact_identity::Model {
            id: ContactIdentityId(Uuid::nil()),
            contact_id: ContactId(Uuid::nil()),
            kind,
            scope: String::new(),
            value: value.to_owned(),
            match_key: value.to_owned(),
            created_at: Timestamp(0),
        }
    }

    #[test]
    fn the_newest_address_of_each_kind() {
        use IdentityKind::{Bsuid, ParentBsuid, Phone};
        let (phone, older) = (identity(Phone, "34600000002"), identity(Phone, "34600000001"));
        let (own, parent) = (identity(Bsuid, "ES.1"), identity(ParentBsuid, "ES.ENT.1"));
        let cases: [(&[&contact_identity::Model], Option<&str>, Option<&str>); 5] = [
            (&[&phone, &older], Some("34600000002"), None),
            (&[&own], None, Some("ES.1")),
            (&[&parent, &own, &older], Some("34600000001"), Some("ES.1")),
            (&[&parent], None, Some("ES.ENT.1")),
            (&[], None, None),
        ];
        for (identities, wa_id, user_id) in cases {
            let identities: Vec<_> = identities.iter().copied().cloned().collect();
            let seen = recipient(&identities);
            assert_eq!((seen.wa_id.as_deref(), seen.user_id.as_deref()), (wa_id, user_id));
        }
    }
}
