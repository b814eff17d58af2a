//! Files, by the multipart request specification.

use super::http::{Answer, send};
use super::*;
use axum::body::Body;
use axum::http::{Request, header};

const STORE: &str = "mutation($files: [Upload!]!) { store(files: $files) }";
const ANNA: &str = "Bearer anna";

/// Name, file name, content.
type Part<'a> = (&'a str, Option<&'a str>, &'a str);

/// A form of these parts.
fn form(parts: &[Part]) -> String {
    let part = |(name, file, content): &Part| {
        let file = file.map(|file| format!("; filename=\"{file}\"\r\nContent-Type: text/plain"));
        let file = file.unwrap_or_default();
        format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n{content}\r\n")
    };
    parts.iter().map(part).collect::<String>() + "--x--\r\n"
}

async fn post(fixture: &Fixture, authorization: Option<&str>, body: impl Into<Body>) -> Answer {
    let mut request =
        Request::post("/graphql").header(header::CONTENT_TYPE, "multipart/form-data; boundary=x");
    if let Some(authorization) = authorization {
        request = request.header(header::AUTHORIZATION, authorization);
    }
    send(fixture, request.body(body.into()).unwrap()).await
}

fn operations(files: Value) -> String {
    json!({ "query": STORE, "variables": { "files": files } }).to_string()
}

#[tokio::test]
async fn files_arrive_where_the_map_says() {
    let fixture = Fixture::new();
    let long = "0123456789".repeat(50_000);
    let body = form(&[
        ("operations", None, &operations(json!([null, null]))),
        ("map", None, r#"{ "b": ["variables.files.1"], "a": ["variables.files.0"] }"#),
        ("b", Some("b.txt"), &long),
        ("a", Some("a.txt"), "hello"),
    ]);
    let answer = post(&fixture, Some(ANNA), body).await;
    assert_eq!(
        answer.body["data"],
        json!({ "store": ["a.txt text/plain hello 5", "b.txt text/plain 01234567890123456789 500000"] })
    );
}

#[tokio::test]
async fn a_bad_form_is_refused_with_what_to_do() {
    let fixture = Fixture::new();
    let one = operations(json!([null]));
    let map = ("map", None, r#"{ "0": ["variables.files.0"] }"#);
    let file = ("0", Some("a.txt"), "hello");
    let big = "x".repeat(3 * 1024 * 1024);
    let many = format!(
        "{{{}}}",
        (0..11).map(|n| format!("\"{n}\": [\"variables.files.0\"]")).collect::<Vec<_>>().join(",")
    );
    let long = operations(json!(["x".repeat(1024 * 1024)]));
    let good = ("operations", None, one.as_str());
    let cases: Vec<(Vec<Part>, u16, &str)> = vec![
        (vec![], 400, "the parts must be"),
        (vec![map, good, file], 400, "the parts must be"),
        (vec![good, map], 400, "the parts must be"),
        (vec![good, map, ("1", Some("a.txt"), "x")], 400, "the parts must be"),
        (vec![good, map, file, ("1", Some("a.txt"), "x")], 400, "the parts must be"),
        (vec![("operations", None, "[]"), map, file], 400, "one JSON object"),
        (vec![good, ("map", None, "[]"), file], 400, "the part \"map\""),
        (vec![good, ("map", None, r#"{ "0": [] }"#), file], 400, "the part \"map\""),
        (vec![good, ("map", None, r#"{ "0": ["variables.other"] }"#), file], 400, "each place"),
        (
            vec![good, ("map", None, r#"{ "0": ["variables.files.0", "variables.files.0"] }"#), file],
            400,
            "each place",
        ),
        (vec![good, ("map", None, &many), file], 400, "at most 10 files"),
        (vec![good, map, ("0", Some("a.txt"), &big)], 413, "2 MiB in all"),
        (vec![("operations", None, &long), map, file], 413, "larger than 1 MiB"),
    ];
    for (parts, status, message) in cases {
        let answer = post(&fixture, Some(ANNA), form(&parts)).await;
        assert_eq!(answer.status, status, "{message}: {}", answer.body);
        assert_eq!(answer.code(), "BAD_USER_INPUT");
        let found = answer.body["errors"][0]["message"].as_str().unwrap();
        assert!(found.contains(message), "{found}");
    }
    let cut = form(&[good, map, file]);
    let answer = post(&fixture, Some(ANNA), cut[..cut.len() - 20].to_owned()).await;
    assert_eq!((answer.status.as_u16(), answer.code()), (400, "BAD_USER_INPUT"), "{}", answer.body);
}

#[tokio::test]
async fn only_a_known_caller_may_send_files() {
    let fixture = Fixture::new();
    let body = || {
        form(&[
            ("operations", None, &operations(json!([null]))),
            ("map", None, r#"{ "0": ["variables.files.0"] }"#),
            ("0", Some("a.txt"), "hello"),
        ])
    };
    for authorization in [None, Some("Bearer nobody")] {
        let answer = post(&fixture, authorization, body()).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (401, "UNAUTHENTICATED"));
    }
}

/// The executor's mark for a file is a text that anybody can write.
#[tokio::test]
async fn a_file_that_was_not_sent_breaks_nothing() {
    let fixture = Fixture::new();
    let body = form(&[
        ("operations", None, &operations(json!(["#__graphql_file__:7", null]))),
        ("map", None, r#"{ "0": ["variables.files.1"] }"#),
        ("0", Some("a.txt"), "hello"),
    ]);
    let answer = post(&fixture, Some(ANNA), body).await;
    assert_eq!(answer.code(), "INTERNAL", "{}", answer.body);
}
