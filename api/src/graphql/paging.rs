//! Relay connections: cursors, page sizes and the types around a page.

use super::api_tokens::ApiToken;
use super::assistants::{AssistantDocument, AssistantRun};
use super::audit::AuditEntry;
use super::contacts::{Contact, ContactsImport, ContactsImportProblem};
use super::context::Reader;
use super::conversations::Conversation;
use super::conversations::ConversationChange;
use super::errors::{Failure, Result};
use super::jobs::JobRun;
use super::load::{Resource, Selection};
use super::messages::Message;
use super::roles::Role;
use super::saved_messages::SavedMessage;
use super::scalars::Cursor;
use super::templates::{Template, TemplateChange};
use super::users::User;
use super::webhook_receipts::WebhookReceipt;
use async_graphql::{Context, Lookahead, Object, OutputType, SimpleObject};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entities::Timestamp;
use inbox::store::page::{Direction, Page, PageRequest, Position, Take};
use std::sync::Arc;
use uuid::Uuid;

/// Rows on a page when nobody says.
pub(super) const DEFAULT_SIZE: i32 = 25;
/// Rows on a page at most.
pub(super) const MAX_SIZE: i32 = 100;
/// Rows on a page of `messages` at most: exports read them all.
pub(super) const MAX_EXPORT_SIZE: i32 = 500;

/// A list that can be paged through. A cursor of one is refused by the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum List {
    ApiTokens,
    AssistantDocuments,
    AssistantRuns,
    AuditEntries,
    Contacts,
    ContactsImportProblems,
    ContactsImports,
    ConversationChanges,
    Conversations,
    JobRuns,
    Messages,
    Roles,
    SavedMessages,
    TemplateChanges,
    Templates,
    Users,
    WebhookReceipts,
}

impl List {
    /// The cursor's first byte.
    fn tag(self) -> u8 {
        match self {
            Self::ApiTokens => b't',
            Self::AssistantDocuments => b'd',
            Self::AssistantRuns => b'n',
            Self::AuditEntries => b'a',
            Self::Contacts => b'c',
            Self::ContactsImportProblems => b'q',
            Self::ContactsImports => b'i',
            Self::ConversationChanges => b'l',
            Self::Conversations => b'v',
            Self::JobRuns => b'j',
            Self::Messages => b'm',
            Self::Roles => b'r',
            Self::SavedMessages => b's',
            Self::TemplateChanges => b'h',
            Self::Templates => b'p',
            Self::Users => b'u',
            Self::WebhookReceipts => b'w',
        }
    }

    /// The cursor of a place: the list's byte, the sort key and the id.
    pub(super) fn cursor(self, place: Position) -> Cursor {
        let mut bytes = [0; 25];
        bytes[0] = self.tag();
        bytes[1..9].copy_from_slice(&place.key.millis().to_be_bytes());
        bytes[9..].copy_from_slice(place.id.as_bytes());
        Cursor(URL_SAFE_NO_PAD.encode(bytes))
    }

    fn place(self, argument: &str, cursor: &Cursor) -> Result<Position> {
        self.decode(cursor).ok_or_else(|| {
            Failure::bad_input(argument, "this is not a cursor of this list; give one as the API returned it")
        })
    }

    /// The place of a cursor, if it is one of this list.
    pub(super) fn decode(self, cursor: &Cursor) -> Option<Position> {
        let mut bytes = [0; 25];
        let length = URL_SAFE_NO_PAD.decode_slice(cursor.0.as_bytes(), &mut bytes).ok()?;
        if length != bytes.len() || bytes[0] != self.tag() {
            return None;
        }
        let key = i64::from_be_bytes(bytes[1..9].try_into().ok()?);
        Some(Position { key: Timestamp(key), id: Uuid::from_slice(&bytes[9..]).ok()? })
    }
}

/// The four arguments of every connection.
#[derive(Clone, Debug, Default)]
pub(super) struct PageArguments {
    pub(super) first: Option<i32>,
    pub(super) after: Option<Cursor>,
    pub(super) last: Option<i32>,
    pub(super) before: Option<Cursor>,
}

impl PageArguments {
    /// How many, and from which end.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` for a size out of bounds, and for both sizes at once.
    pub(super) fn take(&self, max: i32) -> Result<Take> {
        match (self.first, self.last) {
            (Some(_), Some(_)) => Err(Failure::bad_input("last", "give either first or last, not both")),
            (None, Some(last)) => Ok(Take::Last(size("last", last, max)?)),
            (first, None) => Ok(Take::First(size("first", first.unwrap_or(DEFAULT_SIZE), max)?)),
        }
    }

    /// What to read for them, and for the part of the page that is selected.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` for a size out of bounds, for both sizes at once and for a cursor of another list.
    pub(super) fn request(
        &self,
        list: List,
        max: i32,
        direction: Direction,
        look: &Lookahead<'_>,
    ) -> Result<PageRequest> {
        let take = self.take(max)?;
        let place = |argument, cursor: &Option<Cursor>| {
            cursor.as_ref().map(|cursor| list.place(argument, cursor)).transpose()
        };
        let page_info = look.field("pageInfo");
        Ok(PageRequest {
            direction,
            after: place("after", &self.after)?,
            before: place("before", &self.before)?,
            take,
            wants_previous: page_info.field("hasPreviousPage").exists(),
            wants_next: page_info.field("hasNextPage").exists(),
        })
    }
}

fn size(argument: &str, size: i32, max: i32) -> Result<u64> {
    match u64::try_from(size) {
        Ok(valid) if size <= max => Ok(valid),
        _ => Err(Failure::bad_input(argument, format_args!("a page has between 0 and {max} items"))),
    }
}

/// Where a page lies in its list.
#[derive(Clone, Debug, SimpleObject)]
pub(super) struct PageInfo {
    /// Whether there are items ahead of this page, whichever way it was asked for.
    has_previous_page: bool,
    /// Whether there are items behind this page, whichever way it was asked for.
    has_next_page: bool,
    /// The first item's cursor: give it as `before` to go back. Null on an empty page.
    start_cursor: Option<Cursor>,
    /// The last item's cursor: give it as `after` to go on. Null on an empty page.
    end_cursor: Option<Cursor>,
}

/// A page of a list.
#[derive(Clone, Debug)]
pub(super) struct Connection<T> {
    edges: Vec<Edge<T>>,
    page_info: PageInfo,
    total_count: Option<u64>,
}

/// An item of a page and its place in the list.
#[derive(Clone, Debug)]
pub(super) struct Edge<T> {
    cursor: Cursor,
    node: T,
}

impl<T> Connection<T> {
    /// From the page's flags and its items, made from its rows.
    pub(super) fn new<M>(
        list: List,
        page: &Page<M>,
        position: fn(&M) -> Position,
        nodes: Vec<T>,
        total_count: Option<u64>,
    ) -> Self {
        let cursors = page.rows.iter().map(|row| list.cursor(position(row)));
        let edges: Vec<Edge<T>> = cursors.zip(nodes).map(|(cursor, node)| Edge { cursor, node }).collect();
        let page_info = PageInfo {
            has_previous_page: page.has_previous,
            has_next_page: page.has_next,
            start_cursor: edges.first().map(|edge| edge.cursor.clone()),
            end_cursor: edges.last().map(|edge| edge.cursor.clone()),
        };
        Self { edges, page_info, total_count }
    }
}

/// A page of a list, with the place of each item.
#[Object(
    concrete(name = "ApiTokenConnection", params(ApiToken)),
    concrete(name = "AuditEntryConnection", params(AuditEntry)),
    concrete(name = "ContactConnection", params(Contact)),
    concrete(name = "ContactsImportConnection", params(ContactsImport)),
    concrete(name = "ContactsImportProblemConnection", params(ContactsImportProblem)),
    concrete(name = "ConversationConnection", params(Conversation)),
    concrete(name = "JobRunConnection", params(JobRun)),
    concrete(name = "MessageConnection", params(Message)),
    concrete(name = "RoleConnection", params(Role)),
    concrete(name = "SavedMessageConnection", params(SavedMessage)),
    concrete(name = "AssistantDocumentConnection", params(AssistantDocument)),
    concrete(name = "AssistantRunConnection", params(AssistantRun)),
    concrete(name = "ConversationChangeConnection", params(ConversationChange)),
    concrete(name = "TemplateChangeConnection", params(TemplateChange)),
    concrete(name = "TemplateConnection", params(Template)),
    concrete(name = "UserConnection", params(User)),
    concrete(name = "WebhookReceiptConnection", params(WebhookReceipt))
)]
impl<T: OutputType> Connection<T>
where
    Edge<T>: OutputType,
{
    /// The items with their cursors.
    async fn edges(&self) -> &[Edge<T>] {
        &self.edges
    }

    /// The items alone.
    async fn nodes(&self) -> Vec<&T> {
        self.edges.iter().map(|edge| &edge.node).collect()
    }

    /// Where the page lies in its list.
    async fn page_info(&self) -> &PageInfo {
        &self.page_info
    }

    /// How many items the whole list has, whatever the page. Counted only when selected: on a large list it takes a
    /// while.
    async fn total_count(&self) -> i32 {
        i32::try_from(self.total_count.unwrap_or_default()).unwrap_or(i32::MAX)
    }
}

/// An item and its place in the list.
#[Object(
    concrete(name = "ApiTokenEdge", params(ApiToken)),
    concrete(name = "AuditEntryEdge", params(AuditEntry)),
    concrete(name = "ContactEdge", params(Contact)),
    concrete(name = "ContactsImportEdge", params(ContactsImport)),
    concrete(name = "ContactsImportProblemEdge", params(ContactsImportProblem)),
    concrete(name = "ConversationEdge", params(Conversation)),
    concrete(name = "JobRunEdge", params(JobRun)),
    concrete(name = "MessageEdge", params(Message)),
    concrete(name = "RoleEdge", params(Role)),
    concrete(name = "SavedMessageEdge", params(SavedMessage)),
    concrete(name = "AssistantDocumentEdge", params(AssistantDocument)),
    concrete(name = "AssistantRunEdge", params(AssistantRun)),
    concrete(name = "ConversationChangeEdge", params(ConversationChange)),
    concrete(name = "TemplateChangeEdge", params(TemplateChange)),
    concrete(name = "TemplateEdge", params(Template)),
    concrete(name = "UserEdge", params(User)),
    concrete(name = "WebhookReceiptEdge", params(WebhookReceipt))
)]
impl<T: OutputType> Edge<T> {
    /// The item's place: give it as `after` or `before`.
    async fn cursor(&self) -> &Cursor {
        &self.cursor
    }

    /// The item.
    async fn node(&self) -> &T {
        &self.node
    }
}

/// A list, and what part of it is asked for.
pub(super) struct Listing<M> {
    pub(super) list: List,
    /// Items on a page at most.
    pub(super) max: i32,
    pub(super) direction: Direction,
    pub(super) arguments: PageArguments,
    /// An item's place.
    pub(super) position: fn(&M) -> Position,
}

/// The page that the current field asks for, with all that is selected of its items. `count` is asked only if the whole
/// number is selected.
///
/// # Errors
/// Those of [`PageArguments::request`], and of the reads.
pub(super) async fn connection<'a, R, P, C>(
    ctx: &Context<'a>,
    listing: Listing<R::Row>,
    page: impl FnOnce(Reader<'a>, PageRequest) -> P,
    count: impl FnOnce(Reader<'a>) -> C,
) -> Result<Connection<R>>
where
    R: Resource<Row: Clone>,
    P: Future<Output = inbox::Result<Page<R::Row>>>,
    C: Future<Output = inbox::Result<u64>>,
{
    let reader = Reader::new(ctx)?;
    let look = ctx.look_ahead();
    let Listing { list, max, direction, arguments, position } = listing;
    let page = page(reader, arguments.request(list, max, direction, &look)?).await?;
    let total = if look.field("totalCount").exists() { Some(count(reader).await?) } else { None };
    let plan = R::plan(&Selection::new([look]).items());
    let rows = page.rows.iter().cloned().map(Arc::new).collect();
    let nodes = R::build(reader, rows, &plan).await?;
    Ok(Connection::new(list, &page, position, nodes, total))
}

/// The selection of an item, under `nodes` and under `edges { node }`.
pub(super) fn item_selections<'a>(look: &Lookahead<'a>) -> [Lookahead<'a>; 2] {
    [look.field("nodes"), look.field("edges").field("node")]
}
