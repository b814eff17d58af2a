//! Why a change of users, roles, tokens, contacts or jobs is refused, for the person who asked for it.

/// What a person can mend.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// Which rule.
    pub code: RefusalCode,
    /// The argument, if it is about one.
    pub field: Option<&'static str>,
    /// What is wrong and what to do.
    pub message: String,
}

impl Refusal {
    /// About an argument.
    pub(crate) fn of(code: RefusalCode, field: &'static str, message: impl Into<String>) -> Self {
        Self { code, field: Some(field), message: message.into() }
    }

    /// About the whole.
    pub(crate) fn new(code: RefusalCode, message: impl Into<String>) -> Self {
        Self { code, field: None, message: message.into() }
    }
}

/// The rules that a change can break.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RefusalCode {
    /// The text cannot be an e-mail address.
    EmailInvalid,
    /// Another user has the e-mail address.
    EmailTaken,
    /// A name is one line of 1 to 100 characters.
    NameInvalid,
    /// Another role has the name.
    NameTaken,
    /// A description has at most 500 characters.
    DescriptionInvalid,
    /// The text is no phone number in E.164 form.
    PhoneInvalid,
    /// Another active user has the phone number, perhaps in another national form.
    PhoneTaken,
    /// The text is no BCP 47 tag.
    LanguageInvalid,
    /// The password is too short or too long.
    PasswordInvalid,
    /// The current password is another one.
    CurrentPasswordWrong,
    /// The caller has no password here.
    NoPassword,
    /// Too many attempts failed.
    TooManyAttempts,
    /// The invitation is unknown, used, replaced, or has ended.
    InvitationInvalid,
    /// There is no such role.
    RoleNotFound,
    /// There is no such assistant.
    AssistantNotFound,
    /// It would give, or touch, permissions that the caller does not hold.
    PermissionNotHeld,
    /// It would leave nobody who can administer.
    LastAdministrator,
    /// The guest cannot be changed.
    IsGuest,
    /// The user is deactivated.
    IsDeactivated,
    /// The role is built in.
    IsBuiltIn,
    /// Users hold the role.
    InUse,
    /// A token needs at least one permission.
    PermissionsEmpty,
    /// The permission means nothing for a token.
    PermissionNotForTokens,
    /// The moment has passed.
    ExpiryInPast,
    /// There is no such user to own something, or none who works here still.
    OwnerNotFound,
    /// A tag is one line of 1 to 64 characters without a comma.
    TagInvalid,
    /// More tags than a thing can have.
    TooManyTags,
    /// There is no such attribute.
    AttributeNotFound,
    /// The attribute takes values of another kind.
    AttributeValueInvalid,
    /// A key is small letters, digits and underscores.
    KeyInvalid,
    /// Another attribute has the key.
    KeyTaken,
    /// Choices are 1 to 100 different lines, for attributes of that kind only.
    ChoicesInvalid,
    /// Contacts have the choice that would go.
    ChoiceInUse,
    /// There are as many attributes as there can be.
    TooManyAttributes,
    /// A contact cannot become one with itself.
    SameContact,
    /// The contact has a conversation that the caller does not see.
    ConversationNotVisible,
    /// A file is larger than is taken.
    FileTooLarge,
    /// A file is in another encoding.
    FileNotUtf8,
    /// A file has no row.
    FileEmpty,
    /// A file has a column that means nothing.
    ColumnUnknown,
    /// A file has a column twice.
    ColumnRepeated,
    /// A file lacks a column.
    ColumnMissing,
    /// A file has a cell whose quote is never closed.
    QuoteNotClosed,
    /// A file has more rows than are taken.
    TooManyRows,
    /// As many imports wait as can.
    TooManyImports,
    /// The key was used for another request.
    IdempotencyKeyReused,
    /// The import has ended.
    ImportEnded,
    /// The job runs already.
    JobRunning,
    /// The text is no cron expression, or one that is never due.
    CronInvalid,
    /// The text is no time zone.
    TimeZoneInvalid,
    /// A title is one line of 1 to 200 characters.
    TitleInvalid,
    /// The text is empty, too long or no text.
    TextInvalid,
    /// A source is a web address.
    SourceUrlInvalid,
    /// An assistant has as many documents as it can.
    TooManyDocuments,
    /// There is no such document.
    DocumentNotFound,
    /// The webhook was not applied for the first time yet.
    WebhookReceiptWaiting,
    /// The webhook's body was erased along with a person.
    WebhookReceiptErased,
    /// The address is not https, or on a private network that is not allowed.
    UrlInvalid,
    /// Arguments that are filled in are named once each.
    BoundArgumentsInvalid,
    /// An assistant has as many tool servers as it can.
    TooManyToolServers,
    /// There is no such tool server.
    ToolServerNotFound,
    /// The server has no such tool.
    ToolNotFound,
    /// The tool is another than the one that was seen.
    ToolChanged,
    /// More tools than can be allowed.
    TooManyTools,
}
