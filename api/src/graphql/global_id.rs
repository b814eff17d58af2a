//! Global ids: opaque texts that name a thing whatever its type. Inside are one byte for the type and the 16 bytes of
//! the UUID, in URL-safe base64.

use super::errors::{Failure, Result};
use async_graphql::ID;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entities::{
    ApiTokenId, AssistantDocumentId, AssistantId, AssistantRunId, AuditEntryId, ChannelId,
    ContactAttributeId, ContactId, ContactsImportId, ConversationId, ErasureId, JobRunId, MediaId, MessageId,
    ModelPriceId, RoleId, SavedMessageId, TemplateId, ToolServerId, UserId, WebhookReceiptId,
};
use uuid::Uuid;

/// Something that has a global id. The tag is part of ids that clients keep: it never changes.
pub(super) trait GlobalId: Copy + From<Uuid> {
    /// The type's byte.
    const TAG: u8;
    /// The type's name, for messages.
    const NOUN: &'static str;

    /// The UUID inside.
    fn uuid(self) -> Uuid;

    /// The id as shown.
    fn global(self) -> ID {
        let mut bytes = [0; 17];
        bytes[0] = Self::TAG;
        bytes[1..].copy_from_slice(self.uuid().as_bytes());
        ID(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// The id in an argument that takes only this type's.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` for another type's id and for what is none.
    fn parse(argument: &str, id: &ID) -> Result<Self> {
        match decode(id) {
            Some((tag, uuid)) if tag == Self::TAG => Ok(Self::from(uuid)),
            _ => Err(Failure::bad_input(
                argument,
                format_args!("this is not the id of a {}; give one as the API returned it", Self::NOUN),
            )),
        }
    }

    /// The same for an argument that may be absent.
    ///
    /// # Errors
    /// See [`GlobalId::parse`].
    fn parse_option(argument: &str, id: Option<&ID>) -> Result<Option<Self>> {
        id.map(|id| Self::parse(argument, id)).transpose()
    }
}

macro_rules! global_ids {
    ($($name:ident = $tag:literal, $noun:literal;)*) => { $(
        impl GlobalId for $name {
            const TAG: u8 = $tag;
            const NOUN: &'static str = $noun;

            fn uuid(self) -> Uuid {
                self.0
            }
        }
    )* };
}

global_ids! {
    ApiTokenId = b't', "API token";
    AssistantDocumentId = b'd', "document of an assistant";
    AssistantId = b'b', "assistant";
    AssistantRunId = b'n', "run of an assistant";
    AuditEntryId = b'a', "audit entry";
    ChannelId = b'h', "channel";
    ContactAttributeId = b'k', "contact attribute";
    ContactsImportId = b'i', "contacts import";
    ErasureId = b'e', "contact erasure";
    ContactId = b'c', "contact";
    ConversationId = b'v', "conversation";
    JobRunId = b'j', "job run";
    MediaId = b'f', "media file";
    MessageId = b'm', "message";
    ModelPriceId = b'd', "model price";
    RoleId = b'r', "role";
    SavedMessageId = b's', "saved message";
    TemplateId = b'p', "template";
    ToolServerId = b'x', "tool server";
    UserId = b'u', "user";
    WebhookReceiptId = b'w', "webhook receipt";
}

/// Any global id, whether its type exists or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct AnyId {
    tag: u8,
    uuid: Uuid,
}

impl AnyId {
    /// What the text names; `None` for what is no id of ours.
    pub(super) fn parse(id: &ID) -> Option<Self> {
        decode(id).map(|(tag, uuid)| Self { tag, uuid })
    }

    /// As an id of this type, if it is one.
    pub(super) fn of<T: GlobalId>(self) -> Option<T> {
        (self.tag == T::TAG).then(|| T::from(self.uuid))
    }
}

fn decode(id: &ID) -> Option<(u8, Uuid)> {
    let mut bytes = [0; 17];
    let length = URL_SAFE_NO_PAD.decode_slice(id.as_bytes(), &mut bytes).ok()?;
    let (tag, uuid) = bytes.get(..length)?.split_first()?;
    Some((*tag, Uuid::from_slice(uuid).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn tools_of_other_servers_are_told_the_same_ids() {
        use inbox::domain::server_tools::global_id;
        use inbox::services::turns::{CONTACT_TAG, CONVERSATION_TAG};
        let uuid = Uuid::from_u128(7);
        assert_eq!(global_id(CONTACT_TAG, uuid), ContactId(uuid).global().as_str());
        assert_eq!(global_id(CONVERSATION_TAG, uuid), ConversationId(uuid).global().as_str());
    }

    proptest! {
        #[test]
        fn an_id_comes_back_as_its_own_type_only(bytes in any::<[u8; 16]>()) {
            let uuid = Uuid::from_bytes(bytes);
            let shown = MessageId(uuid).global();
            prop_assert_eq!(MessageId::parse("id", &shown).ok(), Some(MessageId(uuid)));
            let any = AnyId::parse(&shown);
            prop_assert_eq!(any.and_then(AnyId::of::<MessageId>), Some(MessageId(uuid)));
            prop_assert_eq!(any.and_then(AnyId::of::<ContactId>), None);
            prop_assert!(ContactId::parse("id", &shown).is_err());
        }

        #[test]
        fn each_thing_has_one_id(text in "b[Q-T][A-Za-z0-9_-]{21}") {
            let id = ID(text);
            if let Some(message) = AnyId::parse(&id).and_then(AnyId::of::<MessageId>) {
                prop_assert_eq!(message.global(), id);
            }
        }

        #[test]
        fn no_text_breaks_the_parser(text in ".*") {
            let _ = AnyId::parse(&ID(text));
        }
    }
}
