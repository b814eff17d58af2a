//! Pages neither skip nor repeat anything, whichever way one walks and whatever is written meanwhile.

use super::seed::{House, at, update};
use super::{Api, everything};
use entities::conversation;
use inbox::testing::for_each_store;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

const FORWARD: &str = "query($size: Int, $at: Cursor, $order: ConversationOrder) {
    page: conversations(first: $size, after: $at, orderBy: $order) { nodes { id } totalCount
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }";
const BACKWARD: &str = "query($size: Int, $at: Cursor, $order: ConversationOrder) {
    page: conversations(last: $size, before: $at, orderBy: $order) { nodes { id } totalCount
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }";

/// Walks a list to its end, and checks the flags on the way. `between` runs behind each page.
async fn walk(
    api: &Api,
    query: &str,
    size: usize,
    direction: &str,
    mut between: impl AsyncFnMut(usize),
) -> Vec<Value> {
    let forward = query == FORWARD;
    let order = json!({ "field": "LAST_ACTIVITY_AT", "direction": direction });
    let (mut found, mut cursor) = (Vec::new(), Value::Null);
    for page in 0.. {
        let variables = json!({ "size": size, "at": cursor, "order": order });
        let data = api.data_as(everything(), query, variables).await;
        let (nodes, info) = (data["page"]["nodes"].as_array().expect("nodes"), &data["page"]["pageInfo"]);
        assert!(nodes.len() <= size);
        let ids = nodes.iter().map(|node| node["id"].clone());
        if forward {
            found.extend(ids);
        } else {
            found.splice(0..0, ids);
        }
        let (on, back, next) = if forward {
            ("hasNextPage", "hasPreviousPage", "endCursor")
        } else {
            ("hasPreviousPage", "hasNextPage", "startCursor")
        };
        assert_eq!(info[back], json!(page > 0), "{back} of page {page}");
        between(page).await;
        if info[on] == false {
            return found;
        }
        assert_eq!(nodes.len(), size, "a page before the last is full");
        cursor = info[next].clone();
    }
    unreachable!("a walk ends");
}

/// Numbers of conversations, of which several may share a moment, and a page size.
fn lists() -> impl Strategy<Value = (Vec<i64>, usize)> {
    (proptest::collection::vec(0..20_i64, 1..40), 1..9_usize)
}

#[tokio::test]
async fn forward_is_backward_reversed_and_both_are_everything() {
    let mut runner = TestRunner::deterministic();
    for _ in 0..4 {
        let (moments, size) = lists().new_tree(&mut runner).expect("a value").current();
        for_each_store(async |app| {
            let house = House::build(&app).await;
            let made: Vec<_> = moments
                .iter()
                .zip(0..)
                .map(|(moment, number)| (*moment, house.conversation(number, house.ana)))
                .collect();
            house.save().await;
            let mut expected = Vec::new();
            for (moment, row) in made {
                expected.push((moment, row.id));
                update(&app, conversation::Model { last_activity_at: at(moment), ..row }).await;
            }
            expected.sort_unstable();
            let api = Api::new(&app);
            let ascending = walk(&api, FORWARD, size, "ASC", async |_| ()).await;
            let known: Vec<_> = expected.iter().map(|(_, id)| global(*id)).collect();
            assert_eq!(ascending, known);
            assert_eq!(walk(&api, BACKWARD, size, "ASC", async |_| ()).await, ascending);
            let mut descending = walk(&api, FORWARD, size, "DESC", async |_| ()).await;
            assert_eq!(walk(&api, BACKWARD, size, "DESC", async |_| ()).await, descending);
            descending.reverse();
            assert_eq!(descending, ascending);
        })
        .await;
    }
}

#[tokio::test]
async fn what_is_written_meanwhile_neither_skips_nor_repeats_the_rest() {
    for_each_store(async |app| {
        let house = House::build(&app).await;
        let old: Vec<_> = (0..30).map(|number| house.conversation(number * 10, house.ana)).collect();
        house.save().await;
        let api = Api::new(&app);
        // New conversations appear above, among and below; a conversation that was seen is deleted from its place by a
        // new message.
        let found = walk(&api, FORWARD, 4, "DESC", async |page| {
            let number = i64::try_from(page).expect("a small number");
            for moment in [1000 + number, 10 * number + 5, -5 - number] {
                house.conversation(moment, house.ana);
            }
            house.save().await;
            let seen = old[29 - page].clone();
            update(&app, conversation::Model { last_activity_at: at(2000 + number), ..seen }).await;
        })
        .await;
        for row in &old {
            let id = global(row.id);
            let times = found.iter().filter(|found| **found == id).count();
            assert_eq!(times, 1, "the conversation of {:?}", row.last_activity_at);
        }
    })
    .await;
}

#[tokio::test]
async fn both_ends_can_be_given() {
    for_each_store(async |app| {
        let house = House::build(&app).await;
        for number in 0..10 {
            house.conversation(number, house.ana);
        }
        house.save().await;
        let api = Api::new(&app);
        let all = api.data("{ conversations(first: 10) { edges { cursor node { id } } totalCount } }").await;
        let edge = |at: usize| &all["conversations"]["edges"][at];
        assert_eq!(all["conversations"]["totalCount"], 10);
        let query = "query($after: Cursor, $before: Cursor, $first: Int, $last: Int) {
            conversations(after: $after, before: $before, first: $first, last: $last) {
                nodes { id } pageInfo { hasNextPage hasPreviousPage } } }";
        for (first, last, ids, has_previous, has_next) in [
            (Some(10), None, 3..7, true, true),
            (Some(2), None, 3..5, true, true),
            (None, Some(2), 5..7, true, true),
            (Some(0), None, 0..0, true, true),
        ] {
            let variables = json!({ "after": edge(2)["cursor"], "before": edge(7)["cursor"], "first": first,
                "last": last });
            let page = &api.data_as(everything(), query, variables).await["conversations"];
            let expected: Vec<_> = ids.map(|at| edge(at)["node"].clone()).collect();
            assert_eq!(page["nodes"], json!(expected), "{first:?} {last:?}");
            assert_eq!(page["pageInfo"]["hasPreviousPage"], has_previous);
            assert_eq!(page["pageInfo"]["hasNextPage"], has_next);
        }
    })
    .await;
}

#[tokio::test]
async fn bad_pages_are_refused_before_anything_is_read() {
    for_each_store(async |app| {
        let house = House::build(&app).await;
        house.conversation(0, house.ana);
        house.save().await;
        let api = Api::new(&app);
        let data = api.data("{ messages(first: 1) { pageInfo { endCursor } } }").await;
        let foreign = &data["messages"]["pageInfo"]["endCursor"];
        let long = "x".repeat(5000);
        for arguments in [
            "first: -1",
            "last: -1",
            "first: 101",
            "last: 101",
            "first: 1, last: 1",
            "after: \"\"",
            "before: \"nonsense\"",
            &format!("after: {foreign}"),
            &format!("after: \"{long}\""),
            "filter: { ownerId: \"nonsense\" }",
        ] {
            let query = format!("{{ conversations({arguments}) {{ nodes {{ id }} }} }}");
            let mut costs = Vec::new();
            for _ in 0..3 {
                let before = app.db.statements();
                assert_eq!(api.code(Some(everything()), &query).await, "BAD_USER_INPUT", "{arguments}");
                costs.push(app.db.statements() - before);
            }
            assert_eq!(costs.iter().min(), Some(&0), "{arguments}");
        }
        for arguments in ["first: 501", "filter: { conversationId: \"x\" }"] {
            let query = format!("{{ messages({arguments}) {{ nodes {{ id }} }} }}");
            assert_eq!(api.code(Some(everything()), &query).await, "BAD_USER_INPUT", "{arguments}");
        }
    })
    .await;
}

fn global(id: entities::ConversationId) -> Value {
    json!(crate::graphql::global_id::GlobalId::global(id).0)
}
