//! Tools of other servers in a turn: what the model is offered, and what becomes of its calls. Whom a call is about is filled
//! in here, never by the model. What a server says is information for the model: it never reaches a customer by itself.

use crate::app::App;
use crate::auth::{Reach, Sight};
use crate::domain::server_tools::{
    BoundArgument, BoundValue, ToolState, call_key, filled, global_id, names, shown, state,
};
use crate::error::Result;
use crate::services::tool_servers::{self as services, bound_arguments};
use crate::store::{Priority, Tx, contacts, send, tool_servers as store};
use entities::{
    AssistantId, ConversationId, IdentityKind, Mode, Timestamp, ToolCallState, ToolServerId, conversation,
    tool_call, tool_server, tool_server_tool,
};
use models::tool_server::{ToolServer, ToolServerError};
use models::{Tool, ToolCall};
use serde_json::{Map, Value};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// For one call, with the session that it may need.
const PATIENCE: Duration = Duration::from_secs(15);

/// The global ids' bytes for their types, as the API writes them.
pub const CONTACT_TAG: u8 = b'c';
/// As [`CONTACT_TAG`].
pub const CONVERSATION_TAG: u8 = b'v';

const GONE: &str = "This tool cannot be used now.";
const UNKNOWN: &str = "It is not known whether this was carried out: the call was begun, and its end was never seen. Do not call \
                       it again, and do not say that it was done; a person has to look.";
const TAKEN_OVER: &str = "Not called: a person has taken over the conversation.";
const TRY: &str = "Not called: this is only a try, and the tool changes something.";

/// Whether calls that change something are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// Nothing is changed.
    Try,
    /// For a turn.
    Turn {
        /// When the turn began.
        begun_at: Timestamp,
        /// The conversation's when the run began.
        epoch: i64,
    },
}

/// What servers offer in one answer, with the sessions that were opened on them.
pub(super) struct ServerTools {
    scope: Scope,
    offers: Vec<Offer>,
    sessions: HashMap<ToolServerId, Session>,
}

struct Offer {
    /// Under the name that the model knows.
    tool: Tool,
    server: Arc<tool_server::Model>,
    row: tool_server_tool::Model,
    parameters: Value,
    bound: Arc<[BoundArgument]>,
}

impl Offer {
    fn is_mutating(&self) -> bool {
        self.row.mutating.unwrap_or(!self.row.read_only)
    }
}

enum Session {
    /// With the names of the tools that are as they were allowed.
    Open(ToolServer, HashSet<String>),
    Failed(String),
}

impl ServerTools {
    /// The tools that administrators allowed, of an assistant's enabled servers; `taken` names others of the model's.
    pub(super) async fn of(app: &App, assistant: AssistantId, scope: Scope, taken: &[&str]) -> Result<Self> {
        let servers = store::of_assistants(app.db.read(), Sight::Full, [assistant]).await?;
        let servers: Vec<_> = servers.into_iter().filter(|server| server.enabled).map(Arc::new).collect();
        let mut offers = Vec::new();
        if !servers.is_empty() {
            let tools = store::tools(app.db.read(), servers.iter().map(|server| server.id)).await?;
            for server in &servers {
                let bound: Arc<[BoundArgument]> = bound_arguments(server).into();
                for row in tools.iter().filter(|row| row.server_id == server.id) {
                    if state(&row.hash, row.allowed_hash.as_deref(), row.offered) == ToolState::Allowed {
                        offers.push((Arc::clone(server), row.clone(), Arc::clone(&bound)));
                    }
                }
            }
        }
        let names =
            names(offers.iter().map(|(server, row, _)| (server.name.as_str(), row.name.as_str())), taken);
        let offers = offers.into_iter().zip(names).map(|((server, row, bound), name)| {
            let parameters = serde_json::from_str(&row.parameters).unwrap_or_default();
            let tool =
                Tool { name, description: row.description.clone(), parameters: shown(&parameters, &bound) };
            Offer { tool, server, row, parameters, bound }
        });
        let offers = offers.collect();
        Ok(Self { scope, offers, sessions: HashMap::new() })
    }

    /// For the model.
    pub(super) fn tools(&self) -> impl Iterator<Item = Tool> + '_ {
        self.offers.iter().map(|offer| offer.tool.clone())
    }

    /// Whether a name is that of one of them.
    pub(super) fn has(&self, name: &str) -> bool {
        self.offers.iter().any(|offer| offer.tool.name == name)
    }

    /// Makes a call, and gives what the model is told.
    pub(super) async fn call(
        &mut self,
        app: &App,
        conversation: &conversation::Model,
        call: &ToolCall,
        deadline: Duration,
    ) -> Result<String> {
        let Some(offer) = self.offers.iter().find(|offer| offer.tool.name == call.name) else {
            return Ok(GONE.to_owned());
        };
        let Some(given) = call.arguments.as_object() else {
            return Ok("The arguments do not fit: give an object.".to_owned());
        };
        let values = if offer.bound.is_empty() { HashMap::new() } else { values(app, conversation).await? };
        let filled = filled(given, &offer.parameters, &offer.bound, |value| values.get(&value).cloned());
        let arguments = match filled {
            Ok(arguments) => arguments,
            Err(argument) => {
                return Ok(format!(
                    "This tool cannot be used for this customer: nothing is known for {argument}."
                ));
            }
        };
        let until = Instant::now() + deadline.min(PATIENCE);
        let session = match self.sessions.remove(&offer.server.id) {
            Some(session) => session,
            None => open(app, &self.offers, &offer.server, until).await?,
        };
        let told = match &session {
            Session::Failed(reason) => reason.clone(),
            Session::Open(_, fine) if !fine.contains(&offer.row.name) => GONE.to_owned(),
            Session::Open(server, _) if offer.is_mutating() => {
                self.once(app, conversation.id, offer, server, &arguments, until).await?
            }
            Session::Open(server, _) => {
                told(server.call(&offer.row.name, &arguments, None, left(until)).await).1
            }
        };
        let id = offer.server.id;
        self.sessions.insert(id, session);
        Ok(told)
    }

    /// Makes a call that changes something, once for the turn, whatever becomes of this node.
    async fn once(
        &self,
        app: &App,
        conversation: ConversationId,
        offer: &Offer,
        server: &ToolServer,
        arguments: &Map<String, Value>,
        until: Instant,
    ) -> Result<String> {
        let Scope::Turn { begun_at, epoch } = self.scope else { return Ok(TRY.to_owned()) };
        let key = call_key(conversation.0, begun_at.millis(), offer.server.id.0, &offer.row.name, arguments);
        let row = tool_call::Model {
            key: key.clone(),
            conversation_id: conversation,
            turn_begun_at: begun_at,
            server_id: offer.server.id,
            tool: offer.row.name.clone(),
            state: ToolCallState::Calling,
            result: None,
            created_at: app.clock.now(),
        };
        let held = Arc::new(row);
        let claimed = app.db.write(Priority::Background, move |tx| {
            let held = Arc::clone(&held);
            Box::pin(async move { claim(tx, &held, epoch).await })
        });
        match claimed.await? {
            Claim::Mine => {}
            Claim::TakenOver => return Ok(TAKEN_OVER.to_owned()),
            Claim::Known(known) => return Ok(known.result.unwrap_or_else(|| UNKNOWN.to_owned())),
        }
        let outcome = server.call(&offer.row.name, arguments, Some(&key), left(until)).await;
        let (state, told) = told(outcome);
        let told = if state == ToolCallState::Unknown { UNKNOWN.to_owned() } else { told };
        let held = Arc::new((key, told.clone()));
        let settled = app.db.write(Priority::Background, move |tx| {
            let held = Arc::clone(&held);
            Box::pin(async move { store::settle_call(tx.conn(), &held.0, state, held.1.clone()).await })
        });
        settled.await?;
        Ok(told)
    }
}

enum Claim {
    /// It is to be made now.
    Mine,
    /// It was begun before.
    Known(tool_call::Model),
    /// Nobody waits for it any more.
    TakenOver,
}

/// Under the conversation's lock: who takes over meanwhile waits for this, or is seen here.
async fn claim(tx: &Tx, row: &tool_call::Model, epoch: i64) -> Result<Claim> {
    let conversation = send::lock_conversation(tx, Reach::All, row.conversation_id).await?;
    let has_the_word = conversation.is_some_and(|conversation| {
        conversation.control_epoch == epoch && conversation.mode == Mode::Automatic
    });
    if !has_the_word {
        return Ok(Claim::TakenOver);
    }
    Ok(store::claim_call(tx, row.clone()).await?.map_or(Claim::Mine, Claim::Known))
}

/// Opens a session, and looks whether the tools are still what was allowed. What changed is written down.
async fn open(app: &App, offers: &[Offer], server: &tool_server::Model, until: Instant) -> Result<Session> {
    let session = match services::connect(app, server, left(until)).await? {
        Ok(session) => session,
        Err(error) => return Ok(Session::Failed(failed(&error))),
    };
    let tools = match session.tools(left(until)).await {
        Ok(tools) => tools,
        Err(error) => return Ok(Session::Failed(failed(&error))),
    };
    let mine = || offers.iter().filter(|offer| offer.server.id == server.id);
    let is_same = |offer: &&Offer| {
        tools.iter().any(|tool| tool.tool.name == offer.row.name && tool.hash == offer.row.hash)
    };
    let fine: HashSet<String> = mine().filter(is_same).map(|offer| offer.row.name.clone()).collect();
    if fine.len() < mine().count() {
        tracing::warn!(server = %server.id, "tools of a server are not what was allowed any more");
        services::note(app, server.id, Ok(tools)).await?;
    }
    Ok(Session::Open(session, fine))
}

fn left(until: Instant) -> Duration {
    until.saturating_duration_since(Instant::now())
}

/// How a call ended, and what the model is told.
fn told(outcome: std::result::Result<String, ToolServerError>) -> (ToolCallState, String) {
    match outcome {
        Ok(text) => (ToolCallState::Done, text),
        Err(ToolServerError::Failed(failure)) => {
            (ToolCallState::Failed, format!("The tool failed: {}", failure.text()))
        }
        Err(error) => {
            // What stands between us and the server may refuse what the server did.
            let unclear = matches!(
                error,
                ToolServerError::Timeout
                    | ToolServerError::Unreachable
                    | ToolServerError::Malformed
                    | ToolServerError::Refused { status: 500.. }
            );
            (if unclear { ToolCallState::Unknown } else { ToolCallState::Failed }, failed(&error))
        }
    }
}

fn failed(error: &ToolServerError) -> String {
    format!("The tool could not be used: {error}.")
}

/// What arguments can be filled with in this conversation.
async fn values(app: &App, conversation: &conversation::Model) -> Result<HashMap<BoundValue, String>> {
    let (db, id) = (app.db.read(), conversation.contact_id);
    let contact = contacts::by_ids(db, Reach::All, [id]).await?.pop();
    let identities = contacts::identities(db, Reach::All, [id]).await?;
    let phone = identities.into_iter().find(|identity| identity.kind == IdentityKind::Phone);
    let mut values = HashMap::from([
        (BoundValue::ContactId, global_id(CONTACT_TAG, id.0)),
        (BoundValue::ConversationId, global_id(CONVERSATION_TAG, conversation.id.0)),
    ]);
    if let Some(phone) = phone {
        values.insert(BoundValue::CustomerPhone, phone.value);
    }
    if let Some(contact) = contact {
        if let Some(name) = contact.name.or(contact.profile_name) {
            values.insert(BoundValue::CustomerName, name);
        }
        if let Some(language) = contact.language {
            values.insert(BoundValue::CustomerLanguage, language);
        }
    }
    Ok(values)
}
