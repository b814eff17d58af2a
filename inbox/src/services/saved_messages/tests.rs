//! Saved messages on both stores.

use super::*;
use crate::auth::Caller;
use crate::media::Spool;
use crate::services::media::{NewFile, media_upload, sweep_uploads};
use crate::services::send::draft::{FileDraft, FileKind, MediaSource};
use crate::services::send::{SendInput, SendTarget, message_send};
use crate::testing::{Shop, for_each_store};
use entities::media;
use futures_util::StreamExt;
use providers::content::{Content, List, ListRow, ListSection, ReplyButton, ReplyButtons, Text};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

const AGENT: [Permission; 3] = [Permission::ReadOwn, Permission::Send, Permission::Edit];

fn create(name: &str, content: Content) -> SavedMessageCreate {
    SavedMessageCreate { name: name.to_owned(), language: None, draft: Draft::Content(content) }
}

fn text(body: &str) -> Content {
    Content::Text(Text { body: body.to_owned(), preview_url: false })
}

fn buttons(titles: &[&str]) -> Content {
    let button = |title: &&str| ReplyButton { id: title.to_lowercase(), title: (*title).to_owned() };
    let buttons = titles.iter().map(button).collect();
    Content::ReplyButtons(ReplyButtons { body: "Which?".to_owned(), buttons, ..ReplyButtons::default() })
}

fn list(rows: usize) -> Content {
    let row = |number: usize| ListRow { id: number.to_string(), title: "Row".to_owned(), description: None };
    let rows = (0..rows).map(row).collect();
    let (body, button) = ("Which?".to_owned(), "Choose".to_owned());
    let sections = vec![ListSection { title: None, rows }];
    Content::List(List { body, button, sections, ..List::default() })
}

fn send(target: SendTarget, id: SavedMessageId, key: &str) -> SendInput {
    let draft = Draft::Saved(id);
    SendInput { target, draft, reply_to: None, idempotency_key: key.to_owned() }
}

/// The codes of what was refused: of name and language, or of the content.
fn refused<T: std::fmt::Debug>(outcome: Result<T, SendError>) -> String {
    match outcome {
        Err(SendError::Error(Error::Refused(refusal))) => format!("{:?}", refusal.code),
        Err(SendError::Refused(refusals)) => {
            format!("{:?}", refusals.iter().map(|r| r.code).collect::<Vec<_>>())
        }
        outcome => panic!("not refused: {outcome:?}"),
    }
}

#[tokio::test]
async fn what_is_saved_is_sent_and_what_was_sent_stays() {
    for_each_store(async |app| {
        let shop = Shop::open(&app).await;
        let customer = shop.customer(&app, "34600000001").await;
        let agent = shop.agent(&AGENT);
        let target = || SendTarget::Conversation(customer.conversation);
        for (number, content) in [buttons(&["Yes", "No"]), list(10), text("hola")].into_iter().enumerate() {
            let name = format!("Question {number}");
            let saved = saved_message_create(&app, &agent, create(&name, content.clone())).await.unwrap();
            assert_eq!((saved.kind.as_str(), saved.created_by), (content.kind(), Some(shop.owner)));
            let sent = message_send(&app, &agent, send(target(), saved.id, &name[9..])).await.unwrap();
            assert_eq!(serde_json::from_str::<Content>(&sent.content).unwrap(), content);

            let draft = Some(Draft::Content(text("changed")));
            let change = SavedMessageUpdate { draft, ..SavedMessageUpdate::default() };
            app.clock.advance(std::time::Duration::from_secs(1));
            let changed = saved_message_update(&app, &agent, saved.id, change).await.unwrap();
            assert_eq!((changed.kind.as_str(), changed.name.as_str()), ("TEXT", name.as_str()));
            assert!(changed.updated_at > saved.updated_at);
            // The same request as before, although the saved message says something else now, or is gone.
            let again = message_send(&app, &agent, send(target(), saved.id, &name[9..])).await.unwrap();
            assert_eq!((again.id, &again.content), (sent.id, &sent.content));
            saved_message_delete(&app, &agent, saved.id).await.unwrap();
            let again = message_send(&app, &agent, send(target(), saved.id, &name[9..])).await.unwrap();
            assert_eq!((again.id, &again.content), (sent.id, &sent.content));
            let gone = message_send(&app, &agent, send(target(), saved.id, "new")).await;
            assert!(matches!(gone, Err(SendError::Error(Error::NotFound(_)))), "{gone:?}");
            let gone = saved_message_delete(&app, &agent, saved.id).await;
            assert!(matches!(gone, Err(Error::NotFound(_))), "{gone:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn names_are_unique_and_contents_within_the_limits() {
    for_each_store(async |app| {
        let shop = Shop::open(&app).await;
        let agent = shop.agent(&AGENT);
        let first = saved_message_create(&app, &agent, create(" Greeting ", text("hola"))).await.unwrap();
        assert_eq!(first.name, "Greeting");
        let second = saved_message_create(&app, &agent, create("Farewell", text("adiós"))).await.unwrap();
        let language =
            SavedMessageCreate { language: Some("not a tag".to_owned()), ..create("x", text("x")) };
        for (input, code) in [
            (create("Greeting", text("x")), "NameTaken"),
            (create("two\nlines", text("x")), "NameInvalid"),
            (language, "LanguageInvalid"),
            (create("x", text("")), "[Missing]"),
            (create("x", buttons(&["A", "B", "C", "D"])), "[TooMany]"),
            (create("x", buttons(&["Yes", "Yes"])), "[NotUnique, NotUnique]"),
            (create("x", list(11)), "[TooMany]"),
            (create("x", Content::MediaPlaceholder), "[NotSendableKind]"),
        ] {
            assert_eq!(refused(saved_message_create(&app, &agent, input).await), code);
        }
        let taken = SavedMessageUpdate { name: Some("Greeting".to_owned()), ..SavedMessageUpdate::default() };
        assert_eq!(refused(saved_message_update(&app, &agent, second.id, taken.clone()).await), "NameTaken");
        saved_message_update(&app, &agent, first.id, taken).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn who_sees_no_conversation_sees_no_saved_message() {
    for_each_store(async |app| {
        let shop = Shop::open(&app).await;
        let saved = saved_message_create(&app, &shop.agent(&AGENT), create("x", text("hola"))).await.unwrap();
        let reader = shop.agent(&[Permission::ReadAll, Permission::Send]);
        let forbidden = saved_message_delete(&app, &reader, saved.id).await;
        assert!(matches!(forbidden, Err(Error::Forbidden(Permission::Edit))), "{forbidden:?}");
        let blind = Viewer::new(Caller::User(shop.owner), vec![Permission::Edit, Permission::Send]);
        let unseen = saved_message_delete(&app, &blind, saved.id).await;
        assert!(matches!(unseen, Err(Error::NotFound(_))), "{unseen:?}");
        let update = saved_message_update(&app, &blind, saved.id, SavedMessageUpdate::default()).await;
        assert!(matches!(update, Err(SendError::Error(Error::NotFound(_)))), "{update:?}");
        let found = saved_messages::by_ids(app.db.read(), blind.reach(), [saved.id]).await.unwrap();
        assert!(found.is_empty());
        assert_eq!(saved_messages::count(app.db.read(), reader.reach(), Some("x")).await.unwrap(), 1);
    })
    .await;
}

/// A picture that was uploaded to be saved.
async fn picture(app: &App, viewer: &Viewer) -> MediaId {
    let mut spool = Spool::new(1 << 20).await.unwrap();
    spool.write(b"\x89PNG\r\n\x1A\nnot much of a picture").await.unwrap();
    let content = spool.finish().await.unwrap();
    let file = NewFile { content, file_name: None, mime_type: None, kind: None };
    media_upload(app, viewer, file).await.unwrap().row.id
}

fn with_picture(media: MediaId) -> Draft {
    Draft::File(FileDraft {
        kind: FileKind::Image,
        source: MediaSource::Media(media),
        caption: None,
        file_name: None,
        voice: false,
    })
}

async fn kept(app: &App) -> Vec<MediaId> {
    let kept = media::Entity::find().filter(media::Column::Kept.eq(true));
    kept.all(app.db.read()).await.unwrap().into_iter().map(|row| row.id).collect()
}

#[tokio::test]
async fn a_saved_file_stays_as_long_as_it_is_saved() {
    for_each_store(async |app| {
        let shop = Shop::open(&app).await;
        let agent = shop.agent(&AGENT);
        let uploaded = picture(&app, &agent).await;
        let input =
            SavedMessageCreate { name: "Menu".to_owned(), language: None, draft: with_picture(uploaded) };
        let saved = saved_message_create(&app, &agent, input).await.unwrap();
        let day = std::time::Duration::from_secs(24 * 60 * 60);
        app.clock.advance(day * 30);
        assert_eq!(sweep_uploads(&app).await.unwrap(), 1, "what was uploaded");
        for _ in 0..2 {
            app.clock.advance(day);
            sweep_uploads(&app).await.unwrap();
            assert_eq!(kept(&app).await.len(), 1);
        }
        // Somebody else may send it, to several, although whoever uploaded it sees other conversations.
        let colleague = Viewer::new(Caller::User(app.ids.next()), AGENT.to_vec());
        assert!(drafted(&app, &colleague, &serde_json::from_str(&saved.draft).unwrap()).await.is_ok());
        for number in 1..=2 {
            let to = shop.customer(&app, &format!("3460000000{number}")).await;
            let target = SendTarget::Conversation(to.conversation);
            message_send(&app, &agent, send(target, saved.id, &number.to_string())).await.unwrap();
        }
        // Saved again as it was read, then as something else.
        let draft = |draft| SavedMessageUpdate { draft: Some(draft), ..SavedMessageUpdate::default() };
        let before = kept(&app).await;
        let again = draft(serde_json::from_str(&saved.draft).unwrap());
        saved_message_update(&app, &agent, saved.id, again).await.unwrap();
        let after = kept(&app).await;
        assert!(after.len() == 1 && after != before);
        let objects = async |app: &App| app.media.list().count().await;
        assert_eq!(objects(&app).await, 1);
        saved_message_update(&app, &agent, saved.id, draft(Draft::Content(text("x")))).await.unwrap();
        assert_eq!(kept(&app).await, []);
        assert_eq!(objects(&app).await, 1, "the messages have it still");

        let alone = SavedMessageCreate {
            name: "Alone".to_owned(),
            language: None,
            draft: with_picture(picture(&app, &agent).await),
        };
        let alone = saved_message_create(&app, &agent, alone).await.unwrap();
        saved_message_delete(&app, &agent, alone.id).await.unwrap();
        assert_eq!(kept(&app).await, []);
    })
    .await;
}
