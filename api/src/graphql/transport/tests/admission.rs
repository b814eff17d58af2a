//! Which requests are executed, and what they are charged.

use super::http::{NEW, OLD, post, query, send};
use super::*;
use axum::http::{Request, header};
use std::path::PathBuf;

fn body(query: &str, variables: Value) -> String {
    json!({ "query": query, "variables": variables }).to_string()
}

fn by(token: &str, body: String) -> Request<axum::body::Body> {
    let mut request = post(NEW, body);
    request.headers_mut().insert(header::AUTHORIZATION, format!("Bearer {token}").parse().unwrap());
    request
}

/// What is absent, what is null and what is given arrive as such, however it is written.
#[tokio::test]
async fn absent_is_not_null() {
    let fixture = Fixture::new();
    let cases = [
        ("{ arrived }", json!({}), "Undefined None None None"),
        ("{ arrived(text: null) }", json!({}), "Null None None None"),
        ("{ arrived(text: \"x\") }", json!({}), "Value(\"x\") None None None"),
        ("query($t: String) { arrived(text: $t) }", json!({}), "Undefined None None None"),
        ("query($t: String) { arrived(text: $t) }", json!({ "t": null }), "Null None None None"),
        ("query($t: String) { arrived(text: $t) }", json!({ "t": "x" }), "Value(\"x\") None None None"),
        ("query($t: String = \"d\") { arrived(text: $t) }", json!({}), "Value(\"d\") None None None"),
        ("query($t: String = \"d\") { arrived(text: $t) }", json!({ "t": null }), "Null None None None"),
        (
            "{ arrived(shape: { name: \"n\" }) }",
            json!({}),
            "Undefined Some(Shape { name: \"n\", colour: Undefined, inner: None }) None None",
        ),
        (
            "query($c: Colour) { arrived(shape: { name: \"n\", colour: $c }) }",
            json!({}),
            "Undefined Some(Shape { name: \"n\", colour: Undefined, inner: None }) None None",
        ),
        (
            "query($c: Colour) { arrived(shape: { name: \"n\", colour: $c }) }",
            json!({ "c": null }),
            "Undefined Some(Shape { name: \"n\", colour: Null, inner: None }) None None",
        ),
        (
            "query($c: Colour = GREEN) { ...F } fragment F on Query { arrived(shape: { name: \"n\", colour: $c }) }",
            json!({}),
            "Undefined Some(Shape { name: \"n\", colour: Value(Green), inner: None }) None None",
        ),
        (
            "query($s: Shape) { arrived(shape: $s) }",
            json!({ "s": { "name": "n", "colour": "RED", "inner": { "name": "m", "colour": null } } }),
            "Undefined Some(Shape { name: \"n\", colour: Value(Red), inner: Some(Shape { name: \"m\", colour: Null, inner: \
             None }) }) None None",
        ),
        ("query($s: Shape) { arrived(shape: $s) }", json!({}), "Undefined None None None"),
        (
            "query($p: Int!) { arrived(pick: { number: $p }) }",
            json!({ "p": 1 }),
            "Undefined None Some(Number(1)) None",
        ),
        (
            "query($p: Pick) { arrived(pick: $p) }",
            json!({ "p": { "text": "x" } }),
            "Undefined None Some(Text(\"x\")) None",
        ),
        ("query($n: Int) { arrived(list: [1, $n]) }", json!({}), "Undefined None None Some([Some(1), None])"),
        ("query($n: [Int]) { arrived(list: $n) }", json!({ "n": 7 }), "Undefined None None Some([Some(7)])"),
        // The same fragment in an operation that is not executed.
        (
            "query A($t: String) { ...F } query B($t: String!) { ...F } fragment F on Query { arrived(text: $t) }",
            json!({}),
            "Undefined None None None",
        ),
    ];
    for (text, variables, expected) in cases {
        let mut request = json!({ "query": text, "variables": variables });
        if text.starts_with("query A") {
            request["operationName"] = json!("A");
        }
        let answer = send(&fixture, post(NEW, request.to_string())).await;
        assert_eq!(answer.body["data"]["arrived"], expected, "{text} {variables}: {}", answer.body);
    }
}

#[tokio::test]
async fn values_that_the_executor_would_let_through_are_refused() {
    let fixture = Fixture::new();
    let cases = [
        ("{ arrived(pick: {}) }", json!({})),
        ("{ arrived(pick: { text: \"x\", number: 1 }) }", json!({})),
        ("{ arrived(pick: { text: null }) }", json!({})),
        ("query($x: String) { arrived(pick: { text: $x }) }", json!({ "x": "x" })),
        ("query($x: String) { arrived(shape: { name: $x }) }", json!({ "x": "x" })),
        ("query($x: Int) { arrived(shape: { name: $x }) }", json!({ "x": 1 })),
        ("query($x: [Int]) { arrived(list: [$x]) }", json!({ "x": 1 })),
        ("{ arrived(shape: { name: \"x\", name: \"y\" }) }", json!({})),
        ("query($p: Pick = {}) { arrived(pick: $p) }", json!({})),
        ("query($p: Pick) { arrived(pick: $p) }", json!({ "p": { "text": "hush", "number": 1 } })),
        ("query($s: Shape) { arrived(shape: $s) }", json!({ "s": { "name": "x", "colour": "hush" } })),
        ("query($x: String!) { echo(text: $x) }", json!({ "x": ["hush"] })),
        ("query($x: String!) { echo(text: $x) }", json!({ "x": null })),
        ("{ echo(text: \"hush }", json!({})),
        ("{ echo(text: \"hush\") ", json!({})),
        ("{ echo(text: \"hush\") \"hush\" }", json!({})),
        ("{ echo(text: hush) }", json!({})),
        ("{ nest { leaf(text: \"hush\") } }", json!({})),
        ("{ arrived(list: \"hush\") }", json!({})),
        ("{ echo(text: \"\\u{110000}hush\") }", json!({})),
    ];
    for (text, variables) in cases {
        let answer = send(&fixture, post(NEW, body(text, variables.clone()))).await;
        assert_eq!(
            (answer.status.as_u16(), answer.code()),
            (400, "BAD_USER_INPUT"),
            "{text}: {}",
            answer.body
        );
        assert!(answer.body["errors"][0]["locations"][0]["line"].is_number(), "{text}: {}", answer.body);
        assert!(!answer.body.to_string().contains("hush"), "no value is shown: {}", answer.body);
    }
}

#[tokio::test]
async fn which_operation_must_be_clear() {
    let fixture = Fixture::new();
    let two = "query A { hello } query B { hello }";
    let cases = [(two, "B", 200), (two, "C", 400), ("{ hello }", "A", 400)];
    for (text, name, status) in cases {
        let request = json!({ "query": text, "operationName": name }).to_string();
        assert_eq!(send(&fixture, post(NEW, request)).await.status.as_u16(), status, "{text} {name}");
    }
}

fn with_budget(size: u64, restore: u64) -> Fixture {
    let budget = Rate { size, restore: NonZeroU64::new(restore).unwrap() };
    Fixture::set_up(Limits::default(), &Settings { budget, ..settings() })
}

/// Five points: the answer, and four objects.
const FIVE: &str = "{ nest { nest { nest { nest { leaf } } } } }";

#[tokio::test]
async fn every_answer_tells_the_cost_and_who_asks_for_too_much_waits() {
    // Slow enough that no time passes in a test.
    let fixture = with_budget(7, 1);
    for (media, left) in [(NEW, 2), (OLD, 2)] {
        let token = if media == NEW { "anna" } else { "ben" };
        let ask = || {
            let mut request = by(token, query(FIVE));
            request.headers_mut().insert(header::ACCEPT, media.parse().unwrap());
            request
        };
        let answer = send(&fixture, ask()).await;
        let cost = json!({ "requested": 5, "available": left, "restoreRate": 1 });
        assert_eq!((answer.status.as_u16(), &answer.body["extensions"]["cost"]), (200, &cost));

        let answer = send(&fixture, ask()).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (429, "RATE_LIMITED"), "{}", answer.body);
        assert_eq!(answer.headers[header::RETRY_AFTER], "3");
        assert_eq!(answer.body["extensions"]["cost"], cost, "nothing was taken");
        assert!(answer.body.get("data").is_none(), "nothing was executed");

        fixture.clock.advance(Duration::from_secs(3));
        assert_eq!(send(&fixture, ask()).await.status.as_u16(), 200, "after the wait");
    }
    let answer = send(&fixture, post(NEW, query(FIVE))).await;
    let cost = json!({ "requested": 5, "available": null, "restoreRate": null });
    assert_eq!(answer.body["extensions"]["cost"], cost, "nobody has no budget");
}

#[tokio::test]
async fn what_is_refused_costs_nothing() {
    let fixture = with_budget(7, 1);
    for text in
        ["{", "{ unknown }", "query($x: String!) { echo(text: $x) }", "query A { hello } query B { hello }"]
    {
        let answer = send(&fixture, by("anna", query(text))).await;
        assert_eq!((answer.code(), &answer.body["extensions"]), ("BAD_USER_INPUT", &Value::Null), "{text}");
    }
    let answer = send(&fixture, by("anna", query("{ hello }"))).await;
    assert_eq!(answer.body["extensions"]["cost"]["available"], 6);
}

#[tokio::test(start_paused = true)]
async fn a_socket_pays_from_the_same_budget_and_a_subscription_pays_once() {
    let fixture = with_budget(7, 1);
    let mut client = fixture.log_in("anna").await;
    client.subscribe("s", "subscription { messageAdded }");
    fixture.settle().await;
    for number in 1..=20 {
        fixture.operations.emit(number);
        assert_eq!(client.next().await["payload"], json!({ "data": { "messageAdded": number } }));
    }
    client.subscribe("q", FIVE);
    assert_eq!(client.next().await["payload"]["extensions"]["cost"]["available"], 1);
    assert_eq!(client.next().await["type"], "complete");
    client.subscribe("q", FIVE);
    let message = client.next().await;
    assert_eq!(
        (&message["type"], &message["payload"][0]["extensions"]["code"]),
        (&json!("error"), &json!("RATE_LIMITED"))
    );
    client.subscribe("t", "subscription { messageAdded }");
    fixture.settle().await;
    client.subscribe("u", "subscription { messageAdded }");
    let message = client.next().await;
    assert_eq!((&message["id"], &message["type"]), (&json!("u"), &json!("error")), "{message}");
    assert_eq!(send(&fixture, by("anna", query("{ hello }"))).await.status.as_u16(), 429);
}

#[tokio::test]
async fn introspection_can_be_switched_off() {
    let fixture = Fixture::set_up(Limits::default(), &Settings { introspection: false, ..settings() });
    for (text, status) in [("{ __typename }", 200), ("{ __schema { types { name } } }", 400)] {
        let answer = send(&fixture, post(NEW, query(text))).await;
        assert_eq!(answer.status.as_u16(), status, "{text}: {}", answer.body);
    }
}

#[test]
fn settings_that_would_refuse_everything_end_the_start() {
    let start = |settings: &Settings| {
        let operations = Arc::new(TestOperations::new(Clock::default()));
        let sockets = Sockets::new(CancellationToken::new());
        Endpoint::new(operations, Clock::default(), sockets, settings).err().map(|error| format!("{error:#}"))
    };
    let missing = Some(PathBuf::from("not-there.json"));
    let cases = [
        (settings(), None),
        (Settings { persisted_documents_only: true, ..settings() }, Some("names no file")),
        (Settings { persisted_documents: missing, ..settings() }, Some("not-there.json cannot be read")),
    ];
    for (settings, expected) in cases {
        let error = start(&settings);
        assert_eq!(error.is_some(), expected.is_some(), "{error:?}");
        assert!(error.unwrap_or_default().contains(expected.unwrap_or_default()), "{settings:?}");
    }
}
