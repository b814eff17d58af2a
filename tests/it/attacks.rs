//! Requests that are meant to hurt, over HTTP: each is answered soon, and the service lives on.

use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tests::app::TestApp;
use tests::store::on_each_store;

/// An answer takes milliseconds; without the limits it would take minutes. Between the two, so that a busy machine does not
/// decide.
const SOON: Duration = Duration::from_secs(5);
const JSON: &str = "application/json";

/// Bodies, each with what it does and the `extensions.code` that it must be answered with; none if it is fine.
fn bodies() -> Vec<(&'static str, Vec<u8>, Option<&'static str>)> {
    let document = |text: String| json!({ "query": text }).to_string().into_bytes();
    let variables = |definition: &str, value: &str| {
        let query = format!(
            "query($v: {definition}) {{ conversations(filter: {{ unread: true }}) {{ totalCount }} node(id: $v) {{ id }} }}"
        );
        format!(r#"{{"query":{},"variables":{{"v":{value}}}}}"#, json!(query)).into_bytes()
    };
    let (excess, wrong) = (Some("COST_LIMIT_EXCEEDED"), Some("BAD_USER_INPUT"));
    let bomb = |levels: usize, width: usize| {
        let spread = |level: usize| format!("...f{level} ").repeat(width);
        let fragment = |level: usize| match level + 1 {
            last if last == levels => format!("fragment f{level} on Query {{ viewer {{ permissions }} }} "),
            next => format!("fragment f{level} on Query {{ {} }} ", spread(next)),
        };
        format!("{{ {} }} {}", spread(0), (0..levels).map(fragment).collect::<String>())
    };
    let numbered = |count: usize, of: &dyn Fn(usize) -> String| (0..count).map(of).collect::<String>();
    vec![
        ("nested values", document(format!("{{ node(id: {}", "[".repeat(400_000))), excess),
        ("nested objects", document(format!("{{ node(id: {}", "{a:".repeat(200_000))), excess),
        ("nested selections", document("{ a ".repeat(200_000)), excess),
        ("a fragment bomb of ten levels", document(bomb(10, 10)), excess),
        ("a fragment bomb that doubles", document(bomb(60, 2)), excess),
        (
            "fragments in a circle",
            document("{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }".to_owned()),
            wrong,
        ),
        ("aliases", document(format!("{{ {} }}", numbered(200, &|n| format!("a{n}: __typename ")))), excess),
        ("root fields", document(format!("{{ {} }}", "viewer { permissions } ".repeat(100))), excess),
        (
            "directives",
            document(format!("{{ viewer {} {{ permissions }} }}", "@skip(if: false) ".repeat(400))),
            wrong,
        ),
        ("tokens", document("a ".repeat(300_000)), excess),
        (
            "introspection",
            document(format!(
                "{{ __schema {{ types {{ {} name {} }} }} }}",
                "fields { type { ".repeat(9),
                "} } ".repeat(9)
            )),
            excess,
        ),
        (
            "overlapping fields",
            document(format!("{{ {} }}", format!("node(id: \"x\") {{ {} }} ", "id ".repeat(240)).repeat(6))),
            None,
        ),
        (
            "fields in conflict",
            document(format!(
                "{{ channels {{ {} }} }}",
                numbered(240, &|n| format!("a: {} ", ["id", "name"][n % 2]))
            )),
            wrong,
        ),
        (
            "pages of pages",
            document(
                "{ conversations(first: 100) { nodes { messages(first: 100) { nodes { id } } } } }"
                    .to_owned(),
            ),
            excess,
        ),
        ("a long text", document(format!("{{ node(id: \"{}\") {{ id }} }}", "x".repeat(1_000_000))), None),
        (
            "a nested variable",
            variables("ID!", &format!("{}{}", "[".repeat(100_000), "]".repeat(100_000))),
            wrong,
        ),
        (
            "a nested variable that can be read",
            variables("ID!", &format!("{}{}", "[".repeat(100), "]".repeat(100))),
            wrong,
        ),
        ("a long list as a variable", variables("ID!", &format!("[{}1]", "1,".repeat(400_000))), wrong),
        ("a long text as a variable", variables("ID!", &format!("\"{}\"", "x".repeat(1_000_000))), None),
        ("NUL in a variable", variables("ID!", r#""\u0000""#), None),
        ("half a character in a variable", variables("ID!", r#""\ud800""#), wrong),
        ("not UTF-8", b"{\"query\":\"{ viewer { \xff } }\"}".to_vec(), wrong),
        ("NUL in a document", document("{ viewer\0 { permissions } }".to_owned()), wrong),
        (
            "many names of one member",
            format!("{{{}\"query\":\"{{ __typename }}\"}}", "\"a\":1,".repeat(100_000)).into_bytes(),
            None,
        ),
    ]
}

#[test]
fn each_is_answered_soon_and_the_service_lives_on() {
    on_each_store(async |database| {
        let app = TestApp::start(database).await;
        let token = app.admin().await.token().to_owned();
        let url = format!("{}/graphql", app.url());
        for (name, body, code) in bodies() {
            let post = app.http().post(&url).header("content-type", JSON).bearer_auth(&token).body(body);
            let begin = Instant::now();
            let answer = post.send().await.unwrap_or_else(|error| panic!("{name}: {error}"));
            let answer: Value = answer.json().await.unwrap_or_else(|error| panic!("{name}: {error}"));
            let took = begin.elapsed();
            let found = answer["errors"][0]["extensions"]["code"].as_str();
            assert_eq!(found, code, "{name}: {:.400}", answer.to_string());
            assert!(took < SOON, "{name}: {took:?}");
            assert!(answer.to_string().len() < 10_000, "{name}: what was sent is not sent back");
        }
        assert_eq!(app.admin().await.query("{ __typename }").await["__typename"], "Query");
        app.finish().await;
    });
}

/// All of them at once, with an honest caller in between.
#[test]
fn a_crowd_of_them_does_not_keep_others_waiting() {
    on_each_store(async |database| {
        let app = TestApp::start(database).await;
        let admin = app.admin().await;
        let crowd = bodies().into_iter().map(|(_, body, _)| {
            let post =
                app.http().post(format!("{}/graphql", app.url())).header("content-type", JSON).body(body);
            tokio::spawn(async move { post.send().await.map(|answer| answer.status()) })
        });
        let crowd: Vec<_> = crowd.collect();
        for _ in 0..10 {
            let begin = Instant::now();
            admin.query("{ conversations { totalCount } }").await;
            assert!(begin.elapsed() < SOON, "{:?}", begin.elapsed());
        }
        for attack in crowd {
            assert!(attack.await.unwrap().is_ok(), "also an attacker is answered");
        }
        app.finish().await;
    });
}
