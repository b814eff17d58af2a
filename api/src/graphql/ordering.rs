//! How lists are ordered.

use async_graphql::{Enum, InputObject};
use inbox::store::page::Direction;

/// Which way a list runs.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
pub(super) enum OrderDirection {
    /// The smallest, or oldest, first.
    Asc,
    /// The greatest, or newest, first.
    Desc,
}

/// The way that was asked for; newest first if none was.
pub(super) fn direction(asked: Option<OrderDirection>) -> Direction {
    match asked {
        Some(OrderDirection::Asc) => Direction::Ascending,
        Some(OrderDirection::Desc) | None => Direction::Descending,
    }
}

macro_rules! orders {
    ($($(#[$doc:meta])* $order:ident, $(#[$field_doc:meta])* $field:ident { $(#[$variant_doc:meta])* $variant:ident })*) => { $(
        $(#[$field_doc])*
        #[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
        pub(super) enum $field {
            $(#[$variant_doc])*
            $variant,
        }

        $(#[$doc])*
        #[derive(Clone, Debug, InputObject)]
        pub(super) struct $order {
            /// What decides.
            pub(super) field: $field,
            /// Which way the list runs.
            pub(super) direction: OrderDirection,
        }
    )* };
}

orders! {
    /// How API tokens are ordered.
    ApiTokenOrder,
    /// What API tokens can be ordered by.
    ApiTokenOrderField {
        /// When the token was made.
        CreatedAt
    }

    /// How documents of an assistant are ordered.
    AssistantDocumentOrder,
    /// What documents of an assistant can be ordered by.
    AssistantDocumentOrderField {
        /// When the document was made.
        CreatedAt
    }

    /// How runs of assistants are ordered.
    AssistantRunOrder,
    /// What runs of assistants can be ordered by.
    AssistantRunOrderField {
        /// When the run began.
        StartedAt
    }

    /// How the lines of a timeline are ordered.
    ConversationChangeOrder,
    /// What the lines of a timeline can be ordered by.
    ConversationChangeOrderField {
        /// When it happened.
        OccurredAt
    }

    /// How entries of the audit are ordered.
    AuditEntryOrder,
    /// What entries of the audit can be ordered by.
    AuditEntryOrderField {
        /// When it was done.
        OccurredAt
    }

    /// How contacts are ordered.
    ContactOrder,
    /// What contacts can be ordered by.
    ContactOrderField {
        /// When the contact was made.
        CreatedAt
    }

    /// How imports of contacts are ordered.
    ContactsImportOrder,
    /// What imports of contacts can be ordered by.
    ContactsImportOrderField {
        /// When the file was given.
        CreatedAt
    }

    /// How conversations are ordered.
    ConversationOrder,
    /// What conversations can be ordered by.
    ConversationOrderField {
        /// When something was last said.
        LastActivityAt
    }

    /// How runs of jobs are ordered.
    JobRunOrder,
    /// What runs of jobs can be ordered by.
    JobRunOrderField {
        /// When the run began, or was asked for.
        StartedAt
    }

    /// How messages are ordered.
    MessageOrder,
    /// What messages can be ordered by.
    MessageOrderField {
        /// WhatsApp's time of the message.
        SentAt
    }

    /// How roles are ordered.
    RoleOrder,
    /// What roles can be ordered by.
    RoleOrderField {
        /// When the role was made.
        CreatedAt
    }

    /// How saved messages are ordered.
    SavedMessageOrder,
    /// What saved messages can be ordered by.
    SavedMessageOrderField {
        /// When it was written.
        CreatedAt
    }

    /// How templates are ordered.
    TemplateOrder,
    /// What templates can be ordered by.
    TemplateOrderField {
        /// When the template was seen here first.
        CreatedAt
    }

    /// How webhooks are ordered.
    WebhookReceiptOrder,
    /// What webhooks can be ordered by.
    WebhookReceiptOrderField {
        /// When it came.
        ReceivedAt
    }

    /// How users are ordered.
    UserOrder,
    /// What users can be ordered by.
    UserOrderField {
        /// When the user was made.
        CreatedAt
    }
}
