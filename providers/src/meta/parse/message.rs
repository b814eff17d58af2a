//! Messages: of customers, and echoes of what the business wrote elsewhere.

use super::people::{People, is_nobody};
use super::problem::Problem;
use super::{Raw, content, flex, system};
use crate::content::Content;
use crate::inbound::{
    Context, EchoMessage, InboundBody, InboundMessage, Item, Party, ProviderError, StatusKind,
};
use crate::meta::error::Wire as ErrorWire;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

/// A message of any direction: inbound, echo, history, or the new text inside an edit. The object that a type names
/// stays raw until the type is looked at.
#[derive(Deserialize)]
pub(super) struct Wire<'a> {
    #[serde(default, deserialize_with = "flex::id")]
    pub(super) id: Option<String>,
    #[serde(default, deserialize_with = "flex::id")]
    pub(super) from: Option<String>,
    #[serde(default, deserialize_with = "flex::id")]
    pub(super) from_user_id: Option<String>,
    #[serde(default, deserialize_with = "flex::id")]
    pub(super) from_parent_user_id: Option<String>,
    #[serde(default, deserialize_with = "flex::id")]
    pub(super) to: Option<String>,
    #[serde(default, deserialize_with = "flex::id")]
    pub(super) to_user_id: Option<String>,
    #[serde(default, deserialize_with = "flex::id")]
    pub(super) to_parent_user_id: Option<String>,
    #[serde(default, deserialize_with = "flex::id")]
    group_id: Option<String>,
    #[serde(default, deserialize_with = "flex::seconds")]
    timestamp: Option<i64>,
    #[serde(default, rename = "type", deserialize_with = "flex::id")]
    pub(super) kind: Option<String>,
    #[serde(default, deserialize_with = "flex::lenient")]
    context: Option<ContextWire>,
    #[serde(default)]
    referral: Option<Value>,
    #[serde(default, deserialize_with = "flex::list")]
    pub(super) errors: Vec<ErrorWire>,
    #[serde(default, deserialize_with = "flex::lenient")]
    pub(super) history_context: Option<HistoryContext>,
    #[serde(default, borrow)]
    pub(super) text: Raw<'a>,
    #[serde(default, borrow)]
    pub(super) image: Raw<'a>,
    #[serde(default, borrow)]
    pub(super) video: Raw<'a>,
    #[serde(default, borrow)]
    pub(super) audio: Raw<'a>,
    #[serde(default, borrow)]
    pub(super) document: Raw<'a>,
    #[serde(default, borrow)]
    pub(super) sticker: Raw<'a>,
    #[serde(default, borrow)]
    pub(super) location: Raw<'a>,
    #[serde(default, borrow)]
    pub(super) contacts: Raw<'a>,
    #[serde(default, borrow)]
    pub(super) interactive: Raw<'a>,
    #[serde(default, borrow)]
    pub(super) button: Raw<'a>,
    #[serde(default, borrow)]
    pub(super) order: Raw<'a>,
    #[serde(default, borrow)]
    pub(super) template: Raw<'a>,
    #[serde(default, borrow)]
    pub(super) system: Raw<'a>,
    #[serde(default, borrow)]
    pub(super) unsupported: Raw<'a>,
    #[serde(default, borrow)]
    reaction: Raw<'a>,
    #[serde(default, borrow)]
    edit: Raw<'a>,
    #[serde(default, borrow)]
    revoke: Raw<'a>,
}

#[derive(Deserialize)]
struct ContextWire {
    #[serde(default, deserialize_with = "flex::id")]
    id: Option<String>,
    #[serde(default, deserialize_with = "flex::lenient")]
    forwarded: Option<bool>,
    #[serde(default, deserialize_with = "flex::lenient")]
    frequently_forwarded: Option<bool>,
    #[serde(default)]
    referred_product: Option<Value>,
}

#[derive(Deserialize)]
pub(super) struct HistoryContext {
    #[serde(default, deserialize_with = "flex::id")]
    status: Option<String>,
}

impl HistoryContext {
    /// The last state of an imported message; a pending one has none yet.
    pub(super) fn status(&self) -> Option<StatusKind> {
        match self.status.as_deref()?.to_ascii_uppercase().as_str() {
            "SENT" => Some(StatusKind::Sent),
            "DELIVERED" => Some(StatusKind::Delivered),
            "READ" => Some(StatusKind::Read),
            "PLAYED" => Some(StatusKind::Played),
            "ERROR" => Some(StatusKind::Failed),
            _ => None,
        }
    }
}

#[derive(Deserialize)]
struct Reaction {
    message_id: String,
    #[serde(default)]
    emoji: Option<String>,
}

#[derive(Deserialize)]
struct Edit<'a> {
    original_message_id: String,
    #[serde(borrow)]
    message: &'a RawValue,
}

#[derive(Deserialize)]
struct Revoke {
    original_message_id: String,
}

impl Wire<'_> {
    pub(super) fn sender(&self) -> Party {
        Party {
            wa_id: self.from.clone(),
            user_id: self.from_user_id.clone(),
            parent_user_id: self.from_parent_user_id.clone(),
            ..Party::default()
        }
    }

    pub(super) fn recipient(&self) -> Party {
        Party {
            wa_id: self.to.clone(),
            user_id: self.to_user_id.clone(),
            parent_user_id: self.to_parent_user_id.clone(),
            ..Party::default()
        }
    }

    pub(super) fn wamid(&mut self) -> Result<String, Problem> {
        self.id.take().ok_or_else(|| Problem::new("missing field `id`"))
    }

    pub(super) fn time(&self) -> Result<i64, Problem> {
        self.timestamp.ok_or_else(|| Problem::new("missing field `timestamp`"))
    }

    pub(super) fn context(&mut self) -> Option<Context> {
        let wire = self.context.take()?;
        let context = Context {
            wamid: wire.id,
            forwarded: wire.forwarded.unwrap_or_default(),
            frequently_forwarded: wire.frequently_forwarded.unwrap_or_default(),
            referred_product: wire.referred_product,
        };
        (context != Context::default()).then_some(context)
    }
}

/// A customer's message. `outside` are the errors that stand beside the messages and may be about this one.
pub(super) fn inbound(
    mut wire: Wire<'_>,
    raw: &RawValue,
    people: &People,
    outside: &[ProviderError],
) -> Result<Item, Problem> {
    let (wamid, timestamp) = (wire.wamid()?, wire.time()?);
    let body = body(&wire, raw, outside)?;
    let from = people.complete(sender(&wire, &body));
    if is_nobody(&from) {
        return Err(Problem::new("no field names the sender"));
    }
    Ok(Item::Message(InboundMessage {
        wamid,
        from,
        timestamp,
        group_id: wire.group_id.take(),
        context: wire.context(),
        referral: wire.referral.take(),
        body,
        errors: wire.errors.into_iter().map(ProviderError::from).collect(),
    }))
}

/// Notes about a changed user id name nobody but in the note itself.
fn sender(wire: &Wire<'_>, body: &InboundBody) -> Party {
    match (wire.sender(), body) {
        (sender, InboundBody::Rekey { previous, current, .. }) if is_nobody(&sender) => {
            if is_nobody(previous) { current.clone() } else { previous.clone() }
        }
        (sender, _) => sender,
    }
}

/// A message that the business wrote in its phone app or through another application.
pub(super) fn echo(mut wire: Wire<'_>, raw: &RawValue, people: &People) -> Result<Item, Problem> {
    let to = people.complete(wire.recipient());
    if is_nobody(&to) {
        return Err(Problem::new("no field names the recipient"));
    }
    let body = match body(&wire, raw, &[])? {
        InboundBody::Rekey { note, .. } => InboundBody::Content(note),
        body => body,
    };
    let (wamid, timestamp, context) = (wire.wamid()?, wire.time()?, wire.context());
    Ok(Item::Echo(EchoMessage { wamid, to, timestamp, body, context }))
}

/// What a message does. Without the object that its type names it is unsupported content.
pub(super) fn body(
    wire: &Wire<'_>,
    raw: &RawValue,
    outside: &[ProviderError],
) -> Result<InboundBody, Problem> {
    let body = match wire.kind.as_deref() {
        Some("reaction") => object(wire.reaction)?.map(|reaction: Reaction| InboundBody::Reaction {
            target_wamid: reaction.message_id,
            emoji: reaction.emoji.filter(|emoji| !emoji.is_empty()),
        }),
        Some("edit") => match object::<Edit<'_>>(wire.edit)? {
            Some(edit) => Some(InboundBody::Edit {
                target_wamid: edit.original_message_id,
                content: edited(edit.message)?,
            }),
            None => None,
        },
        Some("revoke") => object(wire.revoke)?
            .map(|revoke: Revoke| InboundBody::Revoke { target_wamid: revoke.original_message_id }),
        Some("system") => object(wire.system)?.map(|note| system::body(note, wire)),
        _ => None,
    };
    match body {
        Some(body) => Ok(body),
        None => content::read(wire, raw, outside).map(InboundBody::Content),
    }
}

fn edited(raw: &RawValue) -> Result<Content, Problem> {
    content::read(&serde_json::from_str(raw.get())?, raw, &[])
}

/// The object that a type names. Its absence is no problem: Meta leaves it out of messages that it could not take.
pub(super) fn object<'a, T: Deserialize<'a>>(raw: Raw<'a>) -> Result<Option<T>, Problem> {
    Ok(raw.map(|raw| serde_json::from_str(raw.get())).transpose()?)
}
