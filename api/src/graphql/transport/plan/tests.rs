//! Plans against the service's own schema.

use super::*;
use crate::graphql::sdl;
use crate::graphql::transport::documents::{Document, Hash};
use async_graphql::Variables;
use serde_json::json;
use std::sync::LazyLock;

static VALIDATOR: LazyLock<Validator> =
    LazyLock::new(|| Validator::new(&sdl(), true, crate::graphql::scalars::check).expect("the schema"));

/// A page of messages with all there is about each of them.
const EXPORT: &str = include_str!("export.graphql");

fn read(text: &str) -> std::result::Result<Document, Vec<ServerError>> {
    Document::new(text, Hash::of(text), &VALIDATOR)
}

/// What the only operation of a document costs.
fn points(text: &str, variables: serde_json::Value) -> u64 {
    let document = read(text).unwrap_or_else(|errors| panic!("{text}: {errors:?}"));
    document.plan(None).expect("one operation").cost.points(&Variables::from_json(variables))
}

#[test]
fn costs() {
    let cases = [
        ("{ __typename }", 1),
        ("{ viewer { permissions } }", 2),
        ("{ viewer { user { id } } }", 3),
        ("{ channels { id } }", 11),
        ("{ conversations { nodes { id } } }", 2 + 25 * 5),
        ("{ conversations { edges { node { id } } } }", 2 + 25 * 5),
        ("{ conversations(first: 10) { totalCount } }", 2),
        ("{ conversations(last: 10) { nodes { contact { id } } pageInfo { endCursor } } }", 2 + 10 * 6 + 1),
        (
            "{ conversations(first: 2) { nodes { messages(first: 3) { nodes { id } } } } }",
            2 + 2 * (5 + 1 + 3 * 5),
        ),
        ("{ nodes(ids: [\"a\", \"b\"]) { id } }", 3),
        ("{ a: contact(id: \"x\") { id } b: contact(id: \"x\") { id } }", 3),
        ("{ contact(id: \"x\") @skip(if: true) { id } }", 2),
        // Of the kinds of content the dearest one counts: a card with its four lists.
        ("{ message(id: \"x\") { content { ... on TextContent { body } } } }", 3),
        (
            "{ message(id: \"x\") { content { ... on ContactsContent { cards { emails { value } } }
                ... on OrderContent { items { quantity } } } } }",
            5,
        ),
        (
            "{ node(id: \"x\") { id ... on Message { content { __typename } } ... on Contact { owner { id } identities { kind } } } }",
            4,
        ),
        ("mutation { conversationArchive(id: \"x\") { conversation { id } userErrors { message } } }", 14),
        ("subscription { messageAdded { content { __typename } } }", 3),
        ("subscription { events { cursor ... on MessageAddedEvent { message { id } } } }", 3),
    ];
    for (text, expected) in cases {
        assert_eq!(points(text, json!({})), expected, "{text}");
    }
}

#[test]
fn an_export_passes_and_a_product_of_pages_does_not() {
    let export = points(EXPORT, json!({ "first": 500 }));
    assert!(
        export < limits::COST * 4 / 5,
        "an export costs {export}: the limit leaves no room for what is to come"
    );
    let product =
        "query($n: Int) { conversations(first: $n) { nodes { messages(first: $n) { nodes { id kind } } } } }";
    assert!(points(product, json!({ "n": 100 })) > limits::COST);
    assert!(points(product, json!({ "n": 25 })) < limits::COST);
}

#[test]
fn introspection_of_common_clients_passes_without_a_token() {
    // As graphql-js writes it, with all options and with none: GraphiQL, Apollo, urql and the rest take it from there.
    for text in [include_str!("introspection-all.graphql"), include_str!("introspection-least.graphql")] {
        let cost = points(text, json!({}));
        assert!(cost < limits::ANONYMOUS_COST, "{cost}");
    }
}

fn refused(text: &str) -> String {
    let errors = read(text).err().unwrap_or_else(|| panic!("{text} is not refused"));
    errors[0].message.clone()
}

#[test]
fn limits_of_fields() {
    let nested = |levels: usize| {
        format!("{{ message(id: \"x\") {{ {}id{} }} }}", "replyTo { ".repeat(levels), " }".repeat(levels))
    };
    let of_type = |levels: usize| {
        format!("{{ __type(name: \"X\") {{ {}name{} }} }}", "ofType { ".repeat(levels), " }".repeat(levels))
    };
    let aliases = |count: usize| (0..count).map(|n| format!("a{n}: id ")).collect::<String>();
    let aliased = |count| format!("{{ channels {{ {} }} }}", aliases(count));
    // Written once and spread twice: counted twice.
    let spread = |count| {
        format!(
            "{{ channels {{ ...F }} b: channels {{ ...F }} }} fragment F on Channel {{ {} }}",
            aliases(count)
        )
    };
    let roots = |count: usize| format!("{{ {} }}", "channels { id } ".repeat(count));
    let skips = |places: usize| format!("{{ channels {{ {} }} }}", "id @skip(if: false) ".repeat(places));
    let lists = |list: &str| {
        format!(
            "{{ __schema {{ types {{ fields {{ type {{ fields {{ type {{ {list} {{ name }} }} }} }} }} }} }} }}"
        )
    };
    let cases = [
        (nested(14), None),
        (nested(15), Some(Excess::Depth)),
        (of_type(18), None),
        (of_type(19), Some(Excess::IntrospectionDepth)),
        (aliased(30), None),
        (aliased(31), Some(Excess::Aliases)),
        (spread(14), None),
        (spread(15), Some(Excess::Aliases)),
        (roots(20), None),
        (roots(21), Some(Excess::RootFields)),
        (
            "{ ...F } fragment F on Query { ".to_owned() + &"channels { id } ".repeat(21) + "}",
            Some(Excess::RootFields),
        ),
        (skips(50), None),
        (skips(51), Some(Excess::Directives)),
        (lists("ofType"), None),
        (lists("fields"), Some(Excess::IntrospectionLists)),
        (lists("inputFields"), Some(Excess::IntrospectionLists)),
        (lists("possibleTypes"), Some(Excess::IntrospectionLists)),
        (lists("interfaces"), Some(Excess::IntrospectionLists)),
    ];
    for (text, expected) in cases {
        match expected {
            Some(excess) => assert_eq!(refused(&text), excess.to_string(), "{text}"),
            None => assert!(read(&text).is_ok(), "{text}: {:?}", read(&text).err()),
        }
    }
}

#[test]
fn without_introspection_only_the_names_of_types_are_told() {
    let closed = Validator::new(&sdl(), false, crate::graphql::scalars::check).unwrap();
    for (text, fine) in [
        ("{ __typename viewer { __typename } }", true),
        ("{ __schema { types { name } } }", false),
        ("{ a: __type(name: \"Query\") { name } }", false),
        ("{ ...F } fragment F on Query { __schema { types { name } } }", false),
    ] {
        assert_eq!(closed.plans(text).is_ok(), fine, "{text}");
    }
    let errors = closed.plans("{ viewe { id } }").unwrap_err();
    assert!(!errors[0].message.contains("viewer"), "nothing is suggested: {errors:?}");
}

/// The places are those of the wrong thing, lines and columns from one.
#[test]
fn what_is_wrong_in_a_document_is_said_and_located() {
    let cases = [
        ("{ viewer { nothing } }", "nothing", 1, 12),
        ("{\n  contact { id }\n}", "id", 2, 3),
        ("query($x: Int!) { contact(id: $x) { id } }", "$x", 1, 27),
        ("query($x: Int) { viewer { permissions } }", "$x", 1, 7),
        ("{ viewer { permissions } } fragment F on Viewer { permissions }", "F", 1, 28),
        ("{ conversations(first: \"ten\") { totalCount } }", "Int", 1, 24),
        ("{ __typename { x } }", "String", 1, 3),
        ("{ a: viewer { permissions } a: channels { id } }", "a", 1, 29),
        (
            "mutation { messageSend(input: { to: { phone: \"1\", channel: \"x\" }, content: { text: { body: \"x\" } }, idempotencyKey: \"k\" }) { message { id } } }",
            "channel",
            1,
            60,
        ),
        (
            "query($b: String) { viewer { permissions } conversations(filter: { unread: $b }) { totalCount } }",
            "Boolean",
            1,
            76,
        ),
    ];
    for (text, named, line, column) in cases {
        let errors = read(text).err().unwrap_or_else(|| panic!("{text} is not refused"));
        assert!(errors[0].message.contains(named), "{text}: {errors:?}");
        let place = errors[0].locations.first().map(|place| (place.line, place.column));
        assert_eq!(place, Some((line, column)), "{text}: {errors:?}");
    }
}
