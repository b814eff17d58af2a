//! Failures are explained in the language of who asks.

use super::seed::{House, update};
use super::subscriptions::{cursor_of, emit, next};
use super::{Api, everything};
use entities::{EventKind, UserId, conversation, user};
use inbox::App;
use inbox::auth::{Caller, Permission, Viewer};
use inbox::testing::for_each_store;
use serde_json::json;

const ENGLISH: &str = "The 24-hour window is closed";
const SPANISH: &str = "La ventana de 24 horas está cerrada";

fn reader(user: UserId) -> Viewer {
    Viewer::new(Caller::User(user), vec![Permission::ReadAll])
}

async fn speaks(app: &App, id: UserId, language: Option<&str>) {
    let row = inbox::store::users::get(app.db.read(), id).await.expect("the store answers");
    let row = row.expect("the user is there");
    update(app, user::Model { language: language.map(str::to_owned), ..row }).await;
}

#[tokio::test]
async fn words_are_in_the_language_asked_for_or_the_callers() {
    for_each_store(async |app| {
        let house = House::build(&app).await;
        let row = house.conversation(0, house.ana);
        house.rich_message(&house.message(&row, 1), 10);
        house.save().await;
        speaks(&app, house.ana, Some("es-MX")).await;
        speaks(&app, house.ben, Some("pt-BR")).await;
        speaks(&app, house.guest, None).await;
        let api = Api::new(&app);
        let query = "query($language: String) { messages(first: 1) { nodes { error {
            own: title title(language: $language) explanation(language: $language) remedy(language: $language) } } } }";
        for (viewer, own) in [
            (reader(house.ana), SPANISH),
            (reader(house.ben), ENGLISH),
            (reader(house.guest), ENGLISH),
            (everything(), ENGLISH),
        ] {
            for (language, title, explanation, remedy) in [
                (json!("es"), SPANISH, "Han pasado", "Enviar"),
                (json!("es-419"), SPANISH, "Han pasado", "Enviar"),
                (json!("en-GB"), ENGLISH, "More than", "Send"),
                (json!("fr"), ENGLISH, "More than", "Send"),
            ] {
                let data = api.data_as(viewer.clone(), query, json!({ "language": language })).await;
                let error = &data["messages"]["nodes"][0]["error"];
                assert_eq!([&error["own"], &error["title"]], [own, title], "{language}");
                for (part, start) in [("explanation", explanation), ("remedy", remedy)] {
                    assert!(error[part].as_str().is_some_and(|text| text.starts_with(start)), "{error}");
                }
            }
        }
    })
    .await;
}

#[tokio::test]
async fn the_callers_language_costs_one_statement_and_only_where_it_is_needed() {
    for_each_store(async |app| {
        let house = House::build(&app).await;
        let row = house.conversation(0, house.ana);
        let quoted = house.message(&row, 1);
        for number in 0..20 {
            house.rich_message(&quoted, 10 * (number + 1));
        }
        house.save().await;
        let api = Api::new(&app);
        for (fields, more) in [
            ("code fault retryable details", 0),
            (r#"title(language: "es") explanation(language: "en") remedy(language: "es")"#, 0),
            ("title explanation remedy", 1),
        ] {
            for first in [1, 20] {
                let query = format!("{{ messages(first: {first}) {{ nodes {{ error {{ {fields} }} }} }} }}");
                let (data, cost) = api.cost_as(reader(house.ana), &query, json!({})).await;
                let nodes = data["messages"]["nodes"].as_array().expect("nodes");
                assert!(nodes.len() == first && nodes.iter().all(|node| node["error"].is_object()));
                assert_eq!(cost, 1 + more, "{fields}, {first} of them");
            }
        }
    })
    .await;
}

/// One execution serves all subscribers with the same rights.
#[tokio::test]
async fn subscriptions_are_in_english_unless_they_ask() {
    for_each_store(async |app| {
        let house = House::build(&app).await;
        let row = house.conversation(0, house.ana);
        let failed = house.rich_message(&house.message(&row, 1), 10);
        house.save().await;
        let row = conversation::Model { last_message_id: Some(failed.id), ..row };
        emit(&app, EventKind::MessageUpdated, &row).await;
        let query = r#"subscription($after: Cursor) { events(after: $after) { ... on MessageUpdatedEvent {
            message { error { title spanish: title(language: "es") } } } } }"#;
        let after = json!({ "after": cursor_of(0) });
        let mut events = Api::new(&app).subscribe(Some(reader(house.ana)), query, after);
        let event = next(&mut events).await["events"].take();
        assert_eq!(event["message"]["error"], json!({ "title": ENGLISH, "spanish": SPANISH }));
    })
    .await;
}
