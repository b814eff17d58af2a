//! A page costs a fixed number of statements, whatever its size.

use super::Api;
use super::seed::House;
use inbox::testing::for_each_store;
use serde_json::json;

const CONVERSATIONS: &str =
    "query($first: Int) { conversations(first: $first) { totalCount pageInfo { hasNextPage }
    nodes { id mode unreadCount owner { name } channel { name } sendability { canSendFreeForm reason }
        contact { name phone identities { kind value } owner { name } }
        lastMessage { kind status content { ... on TextContent { body } } actor { kind user { name } }
            reactions { emoji } media { fileName } versions { replacedAt } replyTo { id } } }
    edges { cursor node { id contact { name } } } } }";

const MESSAGES: &str = "query($first: Int) { messages(first: $first) { nodes { id
    replyTo { id content { __typename } conversation { id } } actor { user { name } } reactions { emoji sender }
    media { state } versions { content { __typename } }
    conversation { id contact { phone } channel { name } owner { name } lastMessage { id } } } } }";

#[tokio::test]
async fn a_page_costs_the_same_whatever_its_size() {
    for_each_store(async |app| {
        let house = House::build(&app).await;
        for number in 0..110 {
            let conversation = house.conversation(number, house.ana);
            let quoted = house.message(&conversation, number + 1000);
            house.rich_message(&quoted, number + 2000);
        }
        house.save().await;
        let api = Api::new(&app);
        // The conversations, their number, contacts, identities, contacts' owners, owners, channels, last messages, and
        // of these reactions, files and versions. Messages written by customers have no actor and quote nothing.
        for (query, list, statements) in [(CONVERSATIONS, "conversations", 11), (MESSAGES, "messages", 13)] {
            for first in [1, 10, 100] {
                let (data, cost) = api.cost(query, json!({ "first": first })).await;
                assert_eq!(data[list]["nodes"].as_array().map(Vec::len), Some(first));
                assert_eq!(cost, statements, "{list}, {first} of them");
            }
        }
    })
    .await;
}

const THREADS: &str = "query($first: Int, $messages: Int) { conversations(first: $first) { nodes { id
    messages(first: $messages) { totalCount pageInfo { hasNextPage hasPreviousPage endCursor }
        nodes { id reactions { emoji } conversation { id } } edges { cursor node { actor { kind } } } } } } }";

#[tokio::test]
async fn the_messages_of_many_conversations_cost_the_same() {
    for_each_store(async |app| {
        let house = House::build(&app).await;
        for number in 0..30 {
            let conversation = house.conversation(number, house.ana);
            for extra in 0..number % 5 {
                house.message(&conversation, 1000 * (extra + 1) + number);
            }
        }
        house.save().await;
        let api = Api::new(&app);
        let mut costs = Vec::new();
        for (first, messages) in [(1, 2), (10, 2), (30, 3)] {
            let variables = json!({ "first": first, "messages": messages });
            let (data, cost) = api.cost(THREADS, variables).await;
            costs.push(cost);
            let conversations = data["conversations"]["nodes"].as_array().expect("nodes");
            assert_eq!(conversations.len(), first);
            for conversation in conversations {
                // One conversation by itself is read another way, and must say the same.
                let alone = "query($id: ID!, $messages: Int) { conversation(id: $id) { messages(last: 100) { totalCount }
                    newest: messages(first: $messages) { totalCount pageInfo { hasNextPage hasPreviousPage endCursor }
                        nodes { id reactions { emoji } conversation { id } } edges { cursor node { actor { kind } } } } } }";
                let variables = json!({ "id": conversation["id"], "messages": messages });
                let expected = api.data_as(super::everything(), alone, variables).await;
                assert_eq!(conversation["messages"], expected["conversation"]["newest"]);
            }
        }
        // The conversations, their messages, the numbers of these, their reactions and their conversations.
        assert_eq!(costs, [5, 5, 5]);
    })
    .await;
}

#[tokio::test]
async fn reading_many_things_by_id_costs_the_same_whatever_their_number() {
    for_each_store(async |app| {
        let house = House::build(&app).await;
        let mut ids = Vec::new();
        let api = Api::new(&app);
        for number in 0..50 {
            house.conversation(number, house.ana);
        }
        house.save().await;
        let data = api.data("{ conversations(first: 50) { nodes { id contact { id } } } }").await;
        for node in data["conversations"]["nodes"].as_array().expect("nodes") {
            ids.extend([node["id"].clone(), node["contact"]["id"].clone()]);
        }
        let query = "query($ids: [ID!]!) { nodes(ids: $ids) { id
            ... on Conversation { contact { name } } ... on Contact { phone } } }";
        for count in [2, 10, 100] {
            let (data, cost) = api.cost(query, json!({ "ids": ids[..count] })).await;
            let found: Vec<_> =
                data["nodes"].as_array().expect("nodes").iter().map(|node| &node["id"]).collect();
            assert_eq!(found, ids[..count].iter().collect::<Vec<_>>());
            // Conversations with their contacts, contacts with their identities.
            assert_eq!(cost, 4, "{count} things");
        }
    })
    .await;
}
