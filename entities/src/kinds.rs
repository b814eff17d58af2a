//! Closed sets as stored: the text in the table is the name in the schema.

use sea_orm::{DeriveActiveEnum, EnumIter};
use serde::{Deserialize, Serialize};

macro_rules! stored_enums {
    ($($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal,)* })*) => { $(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
        #[sea_orm(rs_type = "String", db_type = "Text")]
        pub enum $name { $($(#[$vdoc])* #[sea_orm(string_value = $text)] #[serde(rename = $text)] $variant,)* }

        impl $name {
            /// The stored text.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
        }
    )* };
}

mod automatic;
mod connection;
mod operation;

pub use automatic::*;
pub use connection::*;
pub use operation::*;

stored_enums! {
    /// What a user row stands for.
    UserKind {
        /// Somebody who can log in.
        Person = "PERSON",
        /// The one built-in owner of what nobody owns.
        Guest = "GUEST",
    }

    /// Who carries a channel's messages.
    Provider {
        /// Meta's Cloud API.
        Meta = "META",
        /// Twilio.
        Twilio = "TWILIO",
    }

    /// Whether a channel sends.
    ChannelState {
        /// Sends and receives.
        Active = "ACTIVE",
        /// Receives; sends wait in the queue.
        Paused = "PAUSED",
    }

    /// When customers are shown that their messages were read.
    ReadReceipts {
        /// Never.
        Never = "NEVER",
        /// When somebody opens the conversation.
        OnOpen = "ON_OPEN",
        /// When somebody answers.
        OnReply = "ON_REPLY",
    }

    /// Kinds of identity.
    IdentityKind {
        /// A phone number, `wa_id`.
        Phone = "PHONE",
        /// A business-scoped user id.
        Bsuid = "BSUID",
        /// A BSUID that spans linked portfolios.
        ParentBsuid = "PARENT_BSUID",
    }

    /// What the values of an attribute are.
    AttributeKind {
        /// Any line of text.
        Text = "TEXT",
        /// A number.
        Number = "NUMBER",
        /// Yes or no.
        Boolean = "BOOLEAN",
        /// A day of the calendar.
        Date = "DATE",
        /// One of the choices.
        Choice = "CHOICE",
    }

    /// What a contact wants of marketing.
    PreferenceValue {
        /// No more of it.
        Stop = "STOP",
        /// To have it again.
        Resume = "RESUME",
    }

    /// How a preference became known.
    PreferenceSource {
        /// The contact chose it in WhatsApp.
        Whatsapp = "WHATSAPP",
        /// The provider refused a marketing message for it.
        ProviderError = "PROVIDER_ERROR",
        /// The contact wrote a word that means it.
        Keyword = "KEYWORD",
        /// Somebody who works here wrote it down.
        User = "USER",
        /// A file that was imported said so.
        Import = "IMPORT",
    }

    /// What became of a block at the provider.
    BlockState {
        /// The provider is being asked.
        Pending = "PENDING",
        /// The provider did it.
        Done = "DONE",
        /// The provider refused.
        Failed = "FAILED",
    }

    /// How far an erasure got.
    ErasureState {
        /// Under way.
        Running = "RUNNING",
        /// Nothing is left.
        Done = "DONE",
    }

    /// Kinds of thing that are kept of a person.
    ErasedKind {
        /// The contact.
        Contact = "CONTACT",
        /// Phones and user ids.
        Identity = "IDENTITY",
        /// Threads.
        Conversation = "CONVERSATION",
        /// Messages.
        Message = "MESSAGE",
        /// What messages said before an edit.
        MessageVersion = "MESSAGE_VERSION",
        /// What happened to messages, as announced.
        MessageUpdate = "MESSAGE_UPDATE",
        /// Reactions.
        Reaction = "REACTION",
        /// Files.
        Media = "MEDIA",
        /// Sends that waited.
        QueuedSend = "QUEUED_SEND",
        /// Callers' keys of messages.
        IdempotencyKey = "IDEMPOTENCY_KEY",
        /// Tags of the contact.
        Tag = "TAG",
        /// Values of attributes.
        Attribute = "ATTRIBUTE",
        /// Words about marketing.
        MarketingPreference = "MARKETING_PREFERENCE",
        /// Earlier merges.
        Merge = "MERGE",
        /// Raw webhooks, emptied.
        WebhookReceipt = "WEBHOOK_RECEIPT",
        /// Announcements, emptied.
        ProviderUpdate = "PROVIDER_UPDATE",
    }

    /// How far an import got.
    ContactsImportState {
        /// Waits for its turn.
        Queued = "QUEUED",
        /// Under way.
        Running = "RUNNING",
        /// All rows were looked at.
        Done = "DONE",
        /// Ended before its end.
        Failed = "FAILED",
        /// Somebody stopped it.
        Canceled = "CANCELED",
    }

    /// What becomes of contacts that there are when a file names them.
    OnExisting {
        /// The file's word counts.
        Update = "UPDATE",
        /// They stay as they are.
        Keep = "KEEP",
    }

    /// Why an import could not go on.
    ContactsImportFailure {
        /// The file could not be read from the storage any more.
        FileUnreadable = "FILE_UNREADABLE",
        /// Who began it may not do it any more.
        RightsLost = "RIGHTS_LOST",
        /// An attribute that the file names was deleted.
        AttributeDeleted = "ATTRIBUTE_DELETED",
    }

    /// What a row of a file of contacts can break.
    ImportRule {
        /// A row has as many cells as the header.
        CellCount = "CELL_COUNT",
        /// Each row needs a phone number.
        PhoneMissing = "PHONE_MISSING",
        /// The text is no phone number.
        PhoneInvalid = "PHONE_INVALID",
        /// A name is one line of 1 to 100 characters.
        NameInvalid = "NAME_INVALID",
        /// The text is no BCP 47 tag.
        LanguageInvalid = "LANGUAGE_INVALID",
        /// A tag is one line of 1 to 64 characters without a comma.
        TagInvalid = "TAG_INVALID",
        /// More tags than a contact can have.
        TooManyTags = "TOO_MANY_TAGS",
        /// There is no such user, or none for who imports.
        OwnerNotFound = "OWNER_NOT_FOUND",
        /// The attribute takes other values.
        AttributeValueInvalid = "ATTRIBUTE_VALUE_INVALID",
        /// A contact has the phone that who imports may not see.
        ContactNotVisible = "CONTACT_NOT_VISIBLE",
    }

    /// Who may answer a conversation.
    Mode {
        /// The assistant, where there is one.
        Automatic = "AUTOMATIC",
        /// Only people.
        Manual = "MANUAL",
    }

    /// Who wrote.
    Direction {
        /// The customer.
        Inbound = "INBOUND",
        /// The business.
        Outbound = "OUTBOUND",
    }

    /// How a message came to be.
    Origin {
        /// The customer wrote it.
        Customer = "CUSTOMER",
        /// Sent over this API.
        Api = "API",
        /// Typed in the WhatsApp Business app on the business's phone.
        BusinessApp = "BUSINESS_APP",
        /// Written by an assistant.
        Assistant = "ASSISTANT",
        /// Sent by the system itself, such as a waiting message.
        System = "SYSTEM",
        /// Imported from the phone's history.
        History = "HISTORY",
    }

    /// What kind of actor sent a message.
    ActorKind {
        /// A person.
        User = "USER",
        /// An API token.
        ApiToken = "API_TOKEN",
        /// An assistant.
        Assistant = "ASSISTANT",
        /// The system itself.
        System = "SYSTEM",
    }

    /// Shown state of an outbound message.
    MessageStatus {
        /// Waits for the time for which it was planned.
        Scheduled = "SCHEDULED",
        /// Taken back before it was sent.
        Canceled = "CANCELED",
        /// Waits for its turn.
        Queued = "QUEUED",
        /// The call to the provider is being made.
        Sending = "SENDING",
        /// The outcome of the call is not known; it is not sent again by itself.
        Unknown = "UNKNOWN",
        /// The provider took it.
        Accepted = "ACCEPTED",
        /// On the provider's servers.
        Sent = "SENT",
        /// On the customer's device.
        Delivered = "DELIVERED",
        /// The customer saw it.
        Read = "READ",
        /// The customer played it.
        Played = "PLAYED",
        /// The provider refused it, or could not deliver it.
        Failed = "FAILED",
    }

    /// Whether we have a file.
    MediaState {
        /// Announced, not fetched yet.
        Pending = "PENDING",
        /// In our storage.
        Stored = "STORED",
        /// Cannot be fetched any more.
        Failed = "FAILED",
    }

    /// Why a file could not be fetched.
    MediaFailure {
        /// The provider did not answer, or answered with a fault of its own.
        Unreachable = "UNREACHABLE",
        /// The provider refused our access.
        AccessRefused = "ACCESS_REFUSED",
        /// The provider does not know the file, or does not keep it any more.
        Gone = "GONE",
        /// It is larger than we take.
        TooLarge = "TOO_LARGE",
        /// What came is not the file that was announced: its hash differs.
        WrongHash = "WRONG_HASH",
        /// What came is a web page, not the file that was announced.
        WrongType = "WRONG_TYPE",
        /// It was announced without anything to fetch it by.
        NotOffered = "NOT_OFFERED",
        /// Our own storage did not take it.
        StorageFailed = "STORAGE_FAILED",
    }

    /// Where a queued send stands.
    OutboxState {
        /// Waits for its turn.
        Queued = "QUEUED",
        /// The node that claimed it gives its files to the provider; the message itself was not sent.
        Preparing = "PREPARING",
        /// The call is being made by the node that claimed it.
        Sending = "SENDING",
        /// The outcome is not known; waits for a status or a person.
        Unknown = "UNKNOWN",
    }

    /// How far a reaction of the business got.
    ReactionState {
        /// Not handed to the provider yet.
        Queued = "QUEUED",
        /// The provider took it.
        Sent = "SENT",
        /// The provider refused it.
        Failed = "FAILED",
    }

    /// What became of a webhook body.
    ReceiptState {
        /// Stored; its effects follow.
        Received = "RECEIVED",
        /// All of it was applied, or was known already.
        Applied = "APPLIED",
        /// Some of it could not be understood or applied; it can be replayed.
        Failed = "FAILED",
        /// It carries nothing that has a meaning here.
        Ignored = "IGNORED",
    }

    /// What changed.
    EventKind {
        /// A message appeared; its conversation changed with it.
        MessageAdded = "MESSAGE_ADDED",
        /// Status, content, reactions or another part of a message changed.
        MessageUpdated = "MESSAGE_UPDATED",
        /// Mode, owner, unread count or another part of a conversation changed.
        ConversationUpdated = "CONVERSATION_UPDATED",
        /// The 24 hours after the customer's last message are over.
        ConversationWindowClosed = "CONVERSATION_WINDOW_CLOSED",
        /// An assistant gave a conversation to people.
        ConversationHandedOff = "CONVERSATION_HANDED_OFF",
        /// An assistant began to answer, or ended.
        AssistantRunUpdated = "ASSISTANT_RUN_UPDATED",
        /// A contact appeared or changed.
        ContactUpdated = "CONTACT_UPDATED",
        /// The provider announced something about account, number or templates.
        ProviderUpdated = "PROVIDER_UPDATED",
        /// Status, category, quality or content of a message template changed.
        TemplateUpdated = "TEMPLATE_UPDATED",
        /// An import of contacts went on, or ended.
        ContactsImportUpdated = "CONTACTS_IMPORT_UPDATED",
        /// Somebody was told about new messages.
        InboxNotification = "INBOX_NOTIFICATION",
        /// The connection with WhatsApp began or ceased to work.
        IntegrationUpdated = "INTEGRATION_UPDATED",
    }

    /// What can change in a message template.
    TemplateProperty {
        /// Whether it may be sent.
        Status = "STATUS",
        /// What it is for, and so what it costs.
        Category = "CATEGORY",
        /// The category that Meta holds right and will move it to.
        CorrectCategory = "CORRECT_CATEGORY",
        /// How customers take it.
        Quality = "QUALITY",
        /// What it says.
        Content = "CONTENT",
    }

    /// How a change of a template became known.
    TemplateChangeSource {
        /// Meta announced it.
        Webhook = "WEBHOOK",
        /// A listing showed it.
        Sync = "SYNC",
        /// It was made here.
        Api = "API",
        /// Meta refused a message for it.
        Send = "SEND",
    }

    /// What was done that somebody may ask about later.
    AuditAction {
        /// A user was made.
        UserCreated = "USER_CREATED",
        /// A user got an invitation to choose a password.
        UserInvited = "USER_INVITED",
        /// A user took an invitation.
        UserJoined = "USER_JOINED",
        /// Fields of a user changed.
        UserUpdated = "USER_UPDATED",
        /// A user lost access.
        UserDeactivated = "USER_DEACTIVATED",
        /// A user got access back.
        UserReactivated = "USER_REACTIVATED",
        /// A user was linked with a name at an identity provider.
        UserLinked = "USER_LINKED",
        /// A user chose another password.
        PasswordChanged = "PASSWORD_CHANGED",
        /// A role was made.
        RoleCreated = "ROLE_CREATED",
        /// Fields of a role changed.
        RoleUpdated = "ROLE_UPDATED",
        /// A role was deleted.
        RoleDeleted = "ROLE_DELETED",
        /// An API token was made.
        ApiTokenCreated = "API_TOKEN_CREATED",
        /// An API token was revoked.
        ApiTokenRevoked = "API_TOKEN_REVOKED",
        /// A person was erased.
        ContactErased = "CONTACT_ERASED",
        /// Two contacts became one.
        ContactMerged = "CONTACT_MERGED",
        /// A contact was blocked.
        ContactBlocked = "CONTACT_BLOCKED",
        /// The block of a contact was taken back.
        ContactUnblocked = "CONTACT_UNBLOCKED",
        /// A file of contacts was given to be imported.
        ContactsImported = "CONTACTS_IMPORTED",
        /// An import was stopped.
        ContactsImportCanceled = "CONTACTS_IMPORT_CANCELED",
        /// Contacts were taken out as a file.
        ContactsExported = "CONTACTS_EXPORTED",
        /// Fields of a channel changed.
        ChannelUpdated = "CHANNEL_UPDATED",
        /// A template was made.
        TemplateCreated = "TEMPLATE_CREATED",
        /// Parts of a template changed.
        TemplateUpdated = "TEMPLATE_UPDATED",
        /// A template was deleted.
        TemplateDeleted = "TEMPLATE_DELETED",
        /// Settings of the deployment changed.
        SettingsUpdated = "SETTINGS_UPDATED",
        /// An assistant was made.
        AssistantCreated = "ASSISTANT_CREATED",
        /// Fields of an assistant changed.
        AssistantUpdated = "ASSISTANT_UPDATED",
        /// An assistant was deleted.
        AssistantDeleted = "ASSISTANT_DELETED",
        /// A timed job was set.
        JobUpdated = "JOB_UPDATED",
        /// A text for customers who wait was changed.
        WaitingMessageUpdated = "WAITING_MESSAGE_UPDATED",
        /// The price of a model was set.
        ModelPriceSet = "MODEL_PRICE_SET",
        /// The price of a model was deleted.
        ModelPriceDeleted = "MODEL_PRICE_DELETED",
        /// An assistant got a document.
        AssistantDocumentCreated = "ASSISTANT_DOCUMENT_CREATED",
        /// Fields of a document changed.
        AssistantDocumentUpdated = "ASSISTANT_DOCUMENT_UPDATED",
        /// A document was deleted.
        AssistantDocumentDeleted = "ASSISTANT_DOCUMENT_DELETED",
        /// A webhook was applied again.
        WebhookReceiptReplayed = "WEBHOOK_RECEIPT_REPLAYED",
        /// An assistant got a server of tools.
        ToolServerCreated = "TOOL_SERVER_CREATED",
        /// Fields of a server of tools changed, or what is allowed of it.
        ToolServerUpdated = "TOOL_SERVER_UPDATED",
        /// A server of tools was deleted.
        ToolServerDeleted = "TOOL_SERVER_DELETED",
    }

    /// What an entry of the audit is about.
    AuditSubjectKind {
        /// A user.
        User = "USER",
        /// A role.
        Role = "ROLE",
        /// An API token.
        ApiToken = "API_TOKEN",
        /// A contact.
        Contact = "CONTACT",
        /// An import of contacts.
        ContactsImport = "CONTACTS_IMPORT",
        /// An export of contacts, of which nothing is kept.
        ContactsExport = "CONTACTS_EXPORT",
        /// A channel.
        Channel = "CHANNEL",
        /// A template.
        Template = "TEMPLATE",
        /// The settings of the deployment.
        Settings = "SETTINGS",
        /// An assistant.
        Assistant = "ASSISTANT",
        /// A timed job.
        Job = "JOB",
        /// A text for customers who wait.
        WaitingMessage = "WAITING_MESSAGE",
        /// The price of a model.
        ModelPrice = "MODEL_PRICE",
        /// A document of an assistant.
        AssistantDocument = "ASSISTANT_DOCUMENT",
        /// A webhook.
        WebhookReceipt = "WEBHOOK_RECEIPT",
        /// A server of tools.
        ToolServer = "TOOL_SERVER",
    }

    /// How a run of a job stands.
    JobState {
        /// Asked for, and about to begin.
        Queued = "QUEUED",
        /// Under way.
        Running = "RUNNING",
        /// Ended well.
        Succeeded = "SUCCEEDED",
        /// Ended with an error.
        Failed = "FAILED",
    }

    /// Why a job runs.
    JobCause {
        /// It was due.
        Schedule = "SCHEDULE",
        /// Somebody asked for it.
        Request = "REQUEST",
    }

    /// The timed jobs.
    JobName {
        /// Tells people about new messages, and wakes whoever should have applied old webhooks.
        CheckNewWhatsAppMessages = "CHECK_NEW_WHATSAPP_MESSAGES",
        /// Gives conversations in which nothing happened for a day back to their assistants.
        WhatsAppActivateInactiveConversations = "WHATSAPP_ACTIVATE_INACTIVE_CONVERSATIONS",
        /// Looks after the access token.
        RefreshWhatsAppAccessToken = "REFRESH_WHATSAPP_ACCESS_TOKEN",
        /// Tells that windows have closed.
        CloseMessagingWindows = "CLOSE_MESSAGING_WINDOWS",
        /// Makes the templates here level with Meta's.
        SyncTemplates = "SYNC_TEMPLATES",
        /// Deletes what has been kept long enough.
        Retention = "RETENTION",
    }
}
