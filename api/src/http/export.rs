//! Contacts as a file: `GET /export/contacts`, for who shows a token, as much as it may see. What is sent is read portion by
//! portion while it goes out, so that memory does not grow with it.

use super::media::Refused;
use crate::graphql::transport::bearer;
use crate::graphql::{contact_cursor, contact_place, shown_contact_id, shown_moment};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use entities::{AttributeKind, contact_attribute};
use futures_util::stream;
use inbox::App;
use inbox::auth::Viewer;
use inbox::domain::contacts as rules;
use inbox::domain::contacts_file::{Cell, Column, join_tags, line};
use inbox::services::access;
use inbox::services::contacts::{ExportedContact, contacts_export, export_portion};
use inbox::store::contacts::{ContactFilter, position};
use inbox::store::page::Position;
use serde::Deserialize;
use serde_json::{Map, Value, json};

pub(super) fn routes(app: App) -> Router {
    Router::new().route("/export/contacts", get(give)).with_state(app)
}

/// What is asked for.
#[derive(Deserialize)]
struct Asked {
    format: Option<String>,
    after: Option<String>,
    tag: Option<String>,
}

/// How contacts are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Csv,
    Ndjson,
}

impl Format {
    fn of(asked: &Asked, headers: &HeaderMap) -> Result<Self, Refused> {
        let accepted = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
        match asked.format.as_deref() {
            Some("csv") => Ok(Self::Csv),
            Some("ndjson") => Ok(Self::Ndjson),
            Some(_) => Err(bad("format is csv or ndjson")),
            None if accepted.contains("ndjson") => Ok(Self::Ndjson),
            None => Ok(Self::Csv),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Ndjson => "ndjson",
        }
    }

    fn headers(self) -> [(header::HeaderName, HeaderValue); 4] {
        let (mime_type, disposition) = match self {
            Self::Csv => ("text/csv; charset=utf-8", "attachment; filename=\"contacts.csv\""),
            Self::Ndjson => ("application/x-ndjson", "attachment; filename=\"contacts.ndjson\""),
        };
        [
            (header::CONTENT_TYPE, HeaderValue::from_static(mime_type)),
            (header::CONTENT_DISPOSITION, HeaderValue::from_static(disposition)),
            (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
            (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        ]
    }
}

fn bad(message: &str) -> Refused {
    Refused(StatusCode::BAD_REQUEST, "BAD_USER_INPUT", message.to_owned())
}

async fn caller(app: &App, token: &str) -> inbox::Result<Viewer> {
    Ok(access::authenticate(app, token).await?.viewer)
}

async fn give(
    State(app): State<App>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    let token = headers.get(header::AUTHORIZATION).and_then(|value| bearer(value.to_str().ok()?));
    let token = token.ok_or(inbox::Error::Unauthenticated(
        "this needs an access token or an API token (`Authorization: Bearer …`)",
    ))?;
    let token = token.to_owned();
    let viewer = caller(&app, &token).await?;
    let format = Format::of(&asked, &headers)?;
    let after = asked.after.as_deref().map(|cursor| {
        contact_place(cursor).ok_or_else(|| bad("after is no cursor of contacts; give one of an export"))
    });
    let after = after.transpose()?;
    let tag = asked.tag.as_deref().map(|tag| {
        rules::tag(tag).ok_or_else(|| bad("a tag is one line of 1 to 64 characters without a comma"))
    });
    let filter = ContactFilter { tag: tag.transpose()?, ..ContactFilter::default() };
    let attributes = contacts_export(&app, &viewer, format.name(), filter.tag.clone()).await?;
    let export = Export { app, token, format, filter, attributes };
    let state = (export, Next::Head(after));
    let body = stream::try_unfold(state, |(export, next)| async move {
        let Some((bytes, next)) = export.portion(next).await? else { return Ok(None) };
        Ok::<_, inbox::Error>(Some((bytes, (export, next))))
    });
    Ok((format.headers(), Body::from_stream(body)).into_response())
}

struct Export {
    app: App,
    token: String,
    format: Format,
    filter: ContactFilter,
    attributes: Vec<contact_attribute::Model>,
}

/// What is to be sent next.
enum Next {
    /// The beginning, and the contacts behind a place.
    Head(Option<Position>),
    /// The contacts behind a place.
    After(Position),
}

impl Export {
    /// The next piece of the file, and what comes then. The caller's rights are looked at each time: who loses them gets no
    /// more.
    async fn portion(&self, next: Next) -> inbox::Result<Option<(Bytes, Next)>> {
        let (head, after) = match next {
            Next::Head(after) => (self.head(), after),
            Next::After(place) => (Vec::new(), Some(place)),
        };
        let viewer = caller(&self.app, &self.token).await?;
        let contacts = export_portion(&self.app, &viewer, &self.filter, after).await?;
        let Some(last) = contacts.last().map(|contact| position(&contact.row)) else {
            // An empty list has its header, too. After it comes nothing, because nothing lies behind the last place.
            let end = Position { key: entities::Timestamp(i64::MAX), id: uuid::Uuid::max() };
            return Ok((!head.is_empty()).then(|| (head.into(), Next::After(end))));
        };
        let mut piece = head;
        for contact in &contacts {
            match self.format {
                Format::Csv => piece.extend(self.row(contact)),
                Format::Ndjson => {
                    piece.extend(self.object(contact).to_string().into_bytes());
                    piece.push(b'\n');
                }
            }
        }
        Ok(Some((piece.into(), Next::After(last))))
    }

    fn head(&self) -> Vec<u8> {
        if self.format == Format::Ndjson {
            return Vec::new();
        }
        let fixed = [Column::Phone, Column::Name, Column::Language, Column::Tags, Column::Owner];
        let names = fixed.iter().map(Column::name);
        let keys = self.attributes.iter().map(|each| Column::Attribute(each.key.clone()).name());
        let names: Vec<String> =
            names.chain(keys).chain(["id", "cursor", "createdAt"].map(str::to_owned)).collect();
        line(names.iter().map(|name| Cell::Plain(name)))
    }

    fn row(&self, contact: &ExportedContact) -> Vec<u8> {
        let tags = join_tags(&contact.tags);
        let (id, cursor, created_at) = Self::made(contact);
        let text = |text: &'static str| Cell::Text(text);
        let mut cells = vec![
            Cell::Plain(contact.phone.as_deref().unwrap_or_default()),
            contact.row.name.as_deref().map_or(text(""), Cell::Text),
            contact.row.language.as_deref().map_or(text(""), Cell::Text),
            Cell::Text(&tags),
            contact.owner.as_deref().map_or(text(""), Cell::Text),
        ];
        let values = self.attributes.iter().map(|each| contact.values.get(&each.id));
        cells.extend(values.map(|value| Cell::Text(value.map_or("", String::as_str))));
        cells.extend([Cell::Plain(&id), Cell::Plain(&cursor), Cell::Plain(&created_at)]);
        line(cells)
    }

    fn object(&self, contact: &ExportedContact) -> Value {
        let known = self.attributes.iter().filter_map(|attribute| {
            let value = contact.values.get(&attribute.id)?;
            Some((attribute.key.clone(), typed(attribute.kind, value)))
        });
        let (id, cursor, created_at) = Self::made(contact);
        json!({
            "cursor": cursor,
            "id": id,
            "phone": contact.phone,
            "name": contact.row.name,
            "language": contact.row.language,
            "tags": contact.tags,
            "owner": contact.owner,
            "attributes": known.collect::<Map<_, _>>(),
            "createdAt": created_at,
        })
    }

    /// Id, cursor, and when it was made.
    fn made(contact: &ExportedContact) -> (String, String, String) {
        let row = &contact.row;
        (shown_contact_id(row.id), contact_cursor(position(row)), shown_moment(row.created_at))
    }
}

/// A stored value in JSON's terms.
fn typed(kind: AttributeKind, value: &str) -> Value {
    match kind {
        AttributeKind::Number => value.parse::<f64>().map_or(Value::Null, Value::from),
        AttributeKind::Boolean => Value::Bool(value == "true"),
        AttributeKind::Text | AttributeKind::Date | AttributeKind::Choice => value.into(),
    }
}
