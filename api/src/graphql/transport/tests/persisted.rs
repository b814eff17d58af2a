//! Documents by their hash.

use super::http::{NEW, post, send};
use super::*;
use axum::body::Body;
use axum::http::Request;
use sha2::{Digest, Sha256};

const LISTED: &str = "query Listed { hello }";
const OTHER: &str = "query Other { echo(text: \"x\") }";

fn hash(text: &str) -> String {
    hex::encode(Sha256::digest(text))
}

fn apollo(hash: &str) -> Value {
    json!({ "persistedQuery": { "version": 1, "sha256Hash": hash } })
}

/// A service with one listed document; `only` that one is executed.
fn fixture(only: bool) -> Fixture {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(
        file.path(),
        json!({ hash(LISTED): LISTED, "of-md5": "query Third { hello }" }).to_string(),
    )
    .unwrap();
    let settings = Settings {
        persisted_documents: Some(file.path().to_owned()),
        persisted_documents_only: only,
        ..settings()
    };
    Fixture::set_up(Limits::default(), &settings)
}

#[tokio::test]
async fn a_listed_document_is_known_by_its_id() {
    for only in [false, true] {
        let fixture = fixture(only);
        let id = hash(LISTED);
        for body in [
            json!({ "documentId": format!("sha256:{id}") }),
            json!({ "documentId": id }),
            json!({ "documentId": "of-md5" }),
            json!({ "extensions": apollo(&id) }),
            json!({ "query": LISTED }),
            json!({ "query": LISTED, "documentId": format!("sha256:{id}") }),
        ] {
            let answer = send(&fixture, post(NEW, body.to_string())).await;
            assert!(answer.body["data"].is_object(), "{body}: {}", answer.body);
        }
        let address = format!("/graphql?documentId=sha256:{id}");
        let answer = send(&fixture, Request::get(address).body(Body::empty()).unwrap()).await;
        assert_eq!(answer.body["data"]["hello"], "world");

        let mut client = fixture.log_in("anna").await;
        let payload = json!({ "documentId": format!("sha256:{id}") });
        client.send(json!({ "id": "1", "type": "subscribe", "payload": payload }));
        assert_eq!(client.next().await["payload"]["data"]["hello"], "world");
    }
}

#[tokio::test]
async fn where_only_listed_documents_are_executed_another_is_refused() {
    let fixture = fixture(true);
    for body in [
        json!({ "query": OTHER }),
        json!({ "query": OTHER, "extensions": apollo(&hash(OTHER)) }),
        json!({ "query": "{ __schema { types { name } } }" }),
    ] {
        let answer = send(&fixture, post(NEW, body.to_string())).await;
        assert_eq!(
            (answer.status.as_u16(), answer.code()),
            (400, "BAD_USER_INPUT"),
            "{body}: {}",
            answer.body
        );
        let message = answer.body["errors"][0]["message"].as_str().unwrap();
        assert!(message.contains("documentId"), "it says what to do: {message}");
    }
    let answer = send(&fixture, post(NEW, json!({ "documentId": hash(OTHER) }).to_string())).await;
    assert_eq!((answer.status.as_u16(), answer.code()), (400, "BAD_USER_INPUT"));
    assert!(answer.body["errors"][0]["message"].as_str().unwrap().contains("documentId"));
    let answer = send(&fixture, post(NEW, json!({ "extensions": apollo(&hash(OTHER)) }).to_string())).await;
    assert_eq!(answer.body["errors"][0]["message"], "PersistedQueryNotFound");
}

/// Apollo's automatic persisted queries: the hash alone, then with the text, then alone again.
#[tokio::test]
async fn a_document_that_came_once_is_known_by_its_hash() {
    let fixture = fixture(false);
    let by_hash = json!({ "extensions": apollo(&hash(OTHER)) });
    let answer = send(&fixture, post(NEW, by_hash.to_string())).await;
    assert_eq!((answer.status.as_u16(), answer.code()), (400, "BAD_USER_INPUT"));
    assert_eq!(answer.body["errors"][0]["message"], "PersistedQueryNotFound");
    let old = send(&fixture, post(super::http::OLD, by_hash.to_string())).await;
    assert_eq!(old.status.as_u16(), 200, "older clients take anything else for a broken line");

    let with_text = json!({ "query": OTHER, "extensions": apollo(&hash(OTHER)) });
    assert_eq!(send(&fixture, post(NEW, with_text.to_string())).await.body["data"]["echo"], "x");
    for body in [by_hash.clone(), json!({ "documentId": format!("sha256:{}", hash(OTHER).to_uppercase()) })] {
        assert_eq!(send(&fixture, post(NEW, body.to_string())).await.body["data"]["echo"], "x", "{body}");
    }
    let extensions: String =
        url::form_urlencoded::byte_serialize(apollo(&hash(OTHER)).to_string().as_bytes()).collect();
    let get = Request::get(format!("/graphql?extensions={extensions}")).body(Body::empty()).unwrap();
    assert_eq!(send(&fixture, get).await.body["data"]["echo"], "x");
}

#[tokio::test]
async fn a_hash_of_something_else_is_refused() {
    let fixture = fixture(false);
    for body in [
        json!({ "query": OTHER, "extensions": apollo(&hash(LISTED)) }),
        json!({ "query": OTHER, "extensions": apollo("nonsense") }),
        json!({ "query": OTHER, "documentId": format!("sha256:{}", hash(LISTED)) }),
    ] {
        let answer = send(&fixture, post(NEW, body.to_string())).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (400, "BAD_USER_INPUT"), "{body}");
    }
    let answer = send(&fixture, post(NEW, json!({ "extensions": apollo(&hash(OTHER)) }).to_string())).await;
    assert_eq!(answer.body["errors"][0]["message"], "PersistedQueryNotFound", "and it is not kept");
}
