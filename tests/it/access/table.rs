//! Who may call what.

/// What a caller gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gets {
    /// What it asked for.
    Allowed,
    /// Nothing, as if there were nothing.
    Empty,
    /// The error `NOT_FOUND`, as if there were nothing.
    NotFound,
    /// The error `FORBIDDEN`.
    Forbidden,
    /// The error `BAD_USER_INPUT`: it may, but what it gives is none.
    Malformed,
    /// The error `UNAUTHENTICATED`.
    Unauthenticated,
}
use Gets::{Allowed, Empty, Forbidden, Malformed, NotFound, Unauthenticated};

/// The kinds of caller, in the order of the table's columns. Except for the first each has what its name says and nothing
/// else.
pub(super) const CALLERS: [&str; 7] =
    ["nobody", "no permission", "READ_OWN", "READ_ALL", "SEND", "EDIT", "ADMINISTER"];

/// For everybody, whoever it is.
const OPEN: [Gets; 7] = [Allowed; 7];
/// For everybody who shows a token.
const KNOWN: [Gets; 7] = [Unauthenticated, Allowed, Allowed, Allowed, Allowed, Allowed, Allowed];
/// Somebody else's conversation, and what hangs on it.
const READ: [Gets; 7] = [Unauthenticated, Empty, Empty, Allowed, Empty, Empty, Empty];
/// A list that holds something of the caller who owns something.
const LIST: [Gets; 7] = [Unauthenticated, Empty, Allowed, Allowed, Empty, Empty, Empty];
/// What a person is told of what is theirs to answer; what is somebody else's is not.
pub(super) const TOLD: [Gets; 7] = [Unauthenticated, Empty, Empty, Empty, Empty, Empty, Empty];
/// A change of somebody else's conversation, which does not exist for whoever may change but not see it.
const SEND: [Gets; 7] = [Unauthenticated, Forbidden, Forbidden, Forbidden, NotFound, Forbidden, Forbidden];
const EDIT: [Gets; 7] = [Unauthenticated, Forbidden, Forbidden, Forbidden, Forbidden, NotFound, Forbidden];
/// What all who see conversations share, and who administers it sees as well.
const HOUSE: [Gets; 7] = [Unauthenticated, Empty, Allowed, Allowed, Empty, Empty, Allowed];
/// A change of what belongs to nobody.
const EDIT_ANY: [Gets; 7] = [Unauthenticated, Forbidden, Forbidden, Forbidden, Forbidden, Allowed, Forbidden];
/// What exists for whoever may change contacts.
const IMPORT: [Gets; 7] = [Unauthenticated, Empty, Empty, Empty, Empty, Allowed, Empty];
const ADMINISTER: [Gets; 7] =
    [Unauthenticated, Forbidden, Forbidden, Forbidden, Forbidden, Forbidden, Allowed];

/// Every operation, how it is called, and what each caller gets. Words in capitals stand for ids: of somebody else's
/// conversation, its contact and its message, of the channel, of a user and a role without rights, of an API token, and of
/// a saved message.
pub(super) const TABLE: &[(&str, &str, [Gets; 7])] = &[
    ("apiTokens", "{ apiTokens { nodes { id } } }", ADMINISTER),
    ("assistants", "{ assistants { id } }", HOUSE),
    ("assistantRuns", "{ assistantRuns { nodes { id } } }", READ),
    ("modelPrices", "{ modelPrices { id } }", ADMINISTER),
    ("auditEntries", "{ auditEntries { nodes { id } } }", ADMINISTER),
    ("channels", "{ channels { id } }", LIST),
    ("contact", "{ contact(id: \"CONTACT\") { id } }", READ),
    ("contactAttributes", "{ contactAttributes { id } }", LIST),
    ("contacts", "{ contacts { nodes { id } } }", LIST),
    ("contactsImport", "{ contactsImport(id: \"IMPORT\") { id } }", IMPORT),
    ("contactsImports", "{ contactsImports { nodes { id } } }", IMPORT),
    ("conversation", "{ conversation(id: \"CONVERSATION\") { id } }", READ),
    ("conversations", "{ conversations { nodes { id } } }", LIST),
    ("jobs", "{ jobs { name } }", ADMINISTER),
    ("jobRuns", "{ jobRuns { nodes { id } } }", ADMINISTER),
    ("message", "{ message(id: \"MESSAGE\") { id } }", READ),
    ("messages", "{ messages { nodes { id } } }", LIST),
    ("node", "{ node(id: \"CONVERSATION\") { id } }", READ),
    ("nodes", "{ nodes(ids: [\"CONVERSATION\", \"CONTACT\", \"MESSAGE\"]) { id } }", READ),
    ("roles", "{ roles { nodes { id } } }", ADMINISTER),
    ("template", "{ template(id: \"TEMPLATE\") { id } }", HOUSE),
    ("savedMessages", "{ savedMessages { nodes { id } } }", LIST),
    (
        "templatePreview",
        "{ templatePreview(input: { templateId: \"TEMPLATE\" }) { preview { body } } }",
        HOUSE,
    ),
    ("templates", "{ templates { nodes { id } } }", HOUSE),
    ("users", "{ users { nodes { id } } }", HOUSE),
    ("viewer", "{ viewer { permissions } }", KNOWN),
    ("settings", "{ settings { verifySignature } }", ADMINISTER),
    (
        "settingsUpdate",
        "mutation { settingsUpdate(input: { verifySignature: true }) { userErrors { code } } }",
        ADMINISTER,
    ),
    ("webhookReceipts", "{ webhookReceipts { nodes { id } } }", ADMINISTER),
    (
        "webhookReceiptReplay",
        "mutation { webhookReceiptReplay(id: \"RECEIPT\", input: { dryRun: true }) { userErrors { code } } }",
        ADMINISTER,
    ),
    ("waitingMessages", "{ waitingMessages { body } }", ADMINISTER),
    (
        "waitingMessageUpdate",
        "mutation { waitingMessageUpdate(input: { language: \"es\", variant: STANDARD, body: \"x\" })
            { userErrors { code } } }",
        ADMINISTER,
    ),
    (
        "assistantCreate",
        "mutation { assistantCreate(input: { name: \"New\", provider: SCRIPTED }) { assistant { id } } }",
        ADMINISTER,
    ),
    (
        "assistantUpdate",
        "mutation { assistantUpdate(id: \"ASSISTANT\", input: {}) { assistant { id } } }",
        ADMINISTER,
    ),
    // Who administers and sees no conversation tries it on none.
    (
        "assistantTry",
        "mutation { assistantTry(id: \"ASSISTANT\", input: { conversationId: \"CONVERSATION\" })
            { userErrors { code } } }",
        [Unauthenticated, Forbidden, Forbidden, Forbidden, Forbidden, Forbidden, NotFound],
    ),
    (
        "assistantRunRate",
        "mutation { assistantRunRate(id: \"RUN\", input: { rating: UP }) { userErrors { code } } }",
        EDIT,
    ),
    (
        "conversationSetAssistant",
        "mutation { conversationSetAssistant(id: \"CONVERSATION\", input: {}) { userErrors { code } } }",
        EDIT,
    ),
    (
        "modelPriceSet",
        "mutation { modelPriceSet(input: { provider: OPENAI, model: \"*\", inputPrice: 1, outputPrice: 2, currency: \"USD\" })
            { userErrors { code } } }",
        ADMINISTER,
    ),
    ("modelPriceDelete", "mutation { modelPriceDelete(id: \"PRICE\") { userErrors { code } } }", ADMINISTER),
    (
        "assistantDocumentCreate",
        "mutation { assistantDocumentCreate(input: { assistantId: \"ASSISTANT\", title: \"New\", text: \"Words\" })
            { userErrors { code } } }",
        ADMINISTER,
    ),
    (
        "assistantDocumentUpdate",
        "mutation { assistantDocumentUpdate(id: \"DOCUMENT\", input: { title: \"Other\" }) { userErrors { code } } }",
        ADMINISTER,
    ),
    (
        "assistantDocumentDelete",
        "mutation { assistantDocumentDelete(id: \"PAPER\") { userErrors { code } } }",
        ADMINISTER,
    ),
    // Nobody answers there: a server is made all the same, and says that it could not be looked at.
    (
        "toolServerCreate",
        "mutation { toolServerCreate(input: { assistantId: \"ASSISTANT\", name: \"New\", url: \"http://127.0.0.1:9/mcp\" })
            { userErrors { code } } }",
        ADMINISTER,
    ),
    (
        "toolServerUpdate",
        "mutation { toolServerUpdate(id: \"SERVER\", input: { enabled: false }) { userErrors { code } } }",
        ADMINISTER,
    ),
    ("toolServerRefresh", "mutation { toolServerRefresh(id: \"SERVER\") { userErrors { code } } }", ADMINISTER),
    ("toolServerDelete", "mutation { toolServerDelete(id: \"SERVER\") { userErrors { code } } }", ADMINISTER),
    ("assistantDelete", "mutation { assistantDelete(id: \"SPARE\") { userErrors { code } } }", ADMINISTER),
    ("login", "mutation { login(input: { email: \"x@y\", password: \"x\" }) { userErrors { code } } }", OPEN),
    (
        "refreshSession",
        "mutation { refreshSession(input: { refreshToken: \"x\" }) { userErrors { code } } }",
        OPEN,
    ),
    (
        "invitationAccept",
        "mutation { invitationAccept(input: { token: \"x\", password: \"long enough\" }) { userErrors { code } } }",
        OPEN,
    ),
    ("logout", "mutation { logout(input: { refreshToken: \"x\" }) { userErrors { code } } }", KNOWN),
    (
        "passwordChange",
        "mutation { passwordChange(input: { currentPassword: \"x\", newPassword: \"long enough\" })
            { userErrors { code } } }",
        KNOWN,
    ),
    (
        "templateCreate",
        "mutation { templateCreate(input: { name: \"X\", language: \"es\", category: UTILITY,
            content: { message: { body: { text: \"x\" } } } }) { userErrors { code } } }",
        ADMINISTER,
    ),
    (
        "templateUpdate",
        "mutation { templateUpdate(id: \"TEMPLATE\", input: {}) { userErrors { code } } }",
        ADMINISTER,
    ),
    ("templateDelete", "mutation { templateDelete(id: \"TEMPLATE\") { userErrors { code } } }", ADMINISTER),
    ("templatesSync", "mutation { templatesSync { userErrors { code } } }", ADMINISTER),
    (
        "contactCreate",
        "mutation { contactCreate(input: { phone: \"+34600123123\" }) { userErrors { code } } }",
        [Unauthenticated, Forbidden, Forbidden, Forbidden, Forbidden, Allowed, Forbidden],
    ),
    (
        "contactUpdate",
        "mutation { contactUpdate(id: \"CONTACT\", input: { name: \"x\" }) { userErrors { code } } }",
        EDIT,
    ),
    ("contactBlock", "mutation { contactBlock(id: \"CONTACT\") { userErrors { code } } }", EDIT),
    ("contactUnblock", "mutation { contactUnblock(id: \"CONTACT\") { userErrors { code } } }", EDIT),
    (
        "contactErase",
        "mutation { contactErase(id: \"CONTACT\") { userErrors { code } } }",
        [Unauthenticated, Forbidden, Forbidden, Forbidden, Forbidden, Forbidden, NotFound],
    ),
    (
        "contactMerge",
        "mutation { contactMerge(id: \"CONTACT\", input: { contactId: \"OWN_CONTACT\" }) { userErrors { code } } }",
        EDIT,
    ),
    // A file that does not come with the request: whoever may import is told so.
    (
        "contactsImport",
        "mutation { contactsImport(input: { file: \"#__graphql_file__:0\", idempotencyKey: \"x\" })
            { userErrors { code } } }",
        [Unauthenticated, Forbidden, Forbidden, Forbidden, Forbidden, Malformed, Forbidden],
    ),
    (
        "contactsImportCancel",
        "mutation { contactsImportCancel(id: \"IMPORT\") { userErrors { code } } }",
        EDIT_ANY,
    ),
    (
        "contactAttributeCreate",
        "mutation { contactAttributeCreate(input: { key: \"new\", label: \"New\", kind: TEXT }) { userErrors { code } } }",
        ADMINISTER,
    ),
    (
        "contactAttributeUpdate",
        "mutation { contactAttributeUpdate(id: \"ATTRIBUTE\", input: { label: \"x\" }) { userErrors { code } } }",
        ADMINISTER,
    ),
    (
        "contactAttributeDelete",
        "mutation { contactAttributeDelete(id: \"ATTRIBUTE\") { userErrors { code } } }",
        ADMINISTER,
    ),
    (
        "conversationSetTags",
        "mutation { conversationSetTags(id: \"CONVERSATION\", input: { tags: [\"x\"] }) { userErrors { code } } }",
        EDIT,
    ),
    (
        "conversationArchive",
        "mutation { conversationArchive(id: \"CONVERSATION\") { userErrors { code } } }",
        EDIT,
    ),
    (
        "conversationAssign",
        "mutation { conversationAssign(id: \"CONVERSATION\", input: { ownerId: null }) { userErrors { code } } }",
        EDIT,
    ),
    (
        "conversationMarkRead",
        "mutation { conversationMarkRead(id: \"CONVERSATION\") { userErrors { code } } }",
        EDIT,
    ),
    (
        "conversationSetMode",
        "mutation { conversationSetMode(id: \"CONVERSATION\", input: { mode: MANUAL }) { userErrors { code } } }",
        EDIT,
    ),
    (
        "conversationStartTyping",
        "mutation { conversationStartTyping(id: \"CONVERSATION\") { userErrors { code } } }",
        SEND,
    ),
    (
        "conversationUnarchive",
        "mutation { conversationUnarchive(id: \"CONVERSATION\") { userErrors { code } } }",
        EDIT,
    ),
    ("jobRun", "mutation { jobRun(input: { name: RETENTION }) { userErrors { code } } }", ADMINISTER),
    ("jobUpdate", "mutation { jobUpdate(input: { name: RETENTION }) { userErrors { code } } }", ADMINISTER),
    ("mediaRetry", "mutation { mediaRetry(id: \"FILE\") { userErrors { code } } }", SEND),
    // A file that does not come with the request: whoever may send is told so.
    (
        "mediaUpload",
        "mutation { mediaUpload(input: { file: \"#__graphql_file__:0\" }) { userErrors { code } } }",
        [Unauthenticated, Forbidden, Forbidden, Forbidden, Malformed, Forbidden, Forbidden],
    ),
    (
        "channelUpdate",
        "mutation { channelUpdate(id: \"CHANNEL\", input: { name: \"Shop\" }) { userErrors { code } } }",
        ADMINISTER,
    ),
    ("messageCancel", "mutation { messageCancel(id: \"MESSAGE\") { userErrors { code } } }", SEND),
    ("messageGiveUp", "mutation { messageGiveUp(id: \"MESSAGE\") { userErrors { code } } }", SEND),
    ("messageRetry", "mutation { messageRetry(id: \"MESSAGE\") { userErrors { code } } }", SEND),
    (
        "messageSchedule",
        "mutation { messageSchedule(input: { conversationId: \"CONVERSATION\", idempotencyKey: \"y\",
            sendAt: \"NEXT_YEAR\", content: { text: { body: \"x\" } } }) { userErrors { code } } }",
        SEND,
    ),
    (
        "messageReact",
        "mutation { messageReact(id: \"MESSAGE\", input: { emoji: \"👍\" }) { userErrors { code } } }",
        SEND,
    ),
    (
        "messageSend",
        "mutation { messageSend(input: { conversationId: \"CONVERSATION\", idempotencyKey: \"x\",
            content: { text: { body: \"x\" } } }) { userErrors { code } } }",
        SEND,
    ),
    (
        "savedMessageCreate",
        "mutation { savedMessageCreate(input: { name: \"New\", content: { text: { body: \"x\" } } })
            { userErrors { code } } }",
        EDIT_ANY,
    ),
    (
        "savedMessageUpdate",
        "mutation { savedMessageUpdate(id: \"SAVED\", input: {}) { userErrors { code } } }",
        EDIT,
    ),
    ("savedMessageDelete", "mutation { savedMessageDelete(id: \"SAVED\") { userErrors { code } } }", EDIT),
    (
        "userCreate",
        "mutation { userCreate(input: { email: \"new@example.com\", name: \"New\", roleId: \"ROLE\" })
            { user { id } userErrors { code } } }",
        ADMINISTER,
    ),
    (
        "userUpdate",
        "mutation { userUpdate(id: \"USER\", input: { name: \"Renamed\" }) { user { id } } }",
        ADMINISTER,
    ),
    ("userInvite", "mutation { userInvite(id: \"USER\") { invitation { expiresAt } } }", ADMINISTER),
    ("userDeactivate", "mutation { userDeactivate(id: \"USER\") { user { id } } }", ADMINISTER),
    ("userReactivate", "mutation { userReactivate(id: \"USER\") { user { id } } }", ADMINISTER),
    (
        "roleCreate",
        "mutation { roleCreate(input: { name: \"New\", permissions: [] }) { role { id } } }",
        ADMINISTER,
    ),
    (
        "roleUpdate",
        "mutation { roleUpdate(id: \"ROLE\", input: { description: \"x\" }) { role { id } } }",
        ADMINISTER,
    ),
    ("roleDelete", "mutation { roleDelete(id: \"ROLE\") { userErrors { code } } }", ADMINISTER),
    (
        "apiTokenCreate",
        "mutation { apiTokenCreate(input: { name: \"New\", permissions: [ADMINISTER] }) { secret } }",
        ADMINISTER,
    ),
    ("apiTokenRevoke", "mutation { apiTokenRevoke(id: \"TOKEN\") { apiToken { id } } }", ADMINISTER),
    ("conversationUpdated", "subscription { conversationUpdated { contact { phone } } }", READ),
    (
        "events",
        "subscription { events { __typename
            ... on MessageAddedEvent { message { conversation { contact { phone } } } } } }",
        READ,
    ),
    ("inboxNotification", "subscription { inboxNotification { conversations { contact { phone } } } }", TOLD),
    ("messageAdded", "subscription { messageAdded { conversation { contact { phone } } } }", READ),
    ("messageUpdated", "subscription { messageUpdated { conversation { contact { phone } } } }", READ),
];
