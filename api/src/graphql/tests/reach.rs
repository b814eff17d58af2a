//! What a caller may not see does not exist for it.

use super::seed::{House, update};
use super::{Api, everything};
use entities::{UserId, conversation};
use inbox::auth::{Caller, Permission, Viewer};
use inbox::testing::for_each_store;
use serde_json::{Value, json};

fn own(user: UserId) -> Viewer {
    Viewer::new(Caller::User(user), vec![Permission::ReadOwn])
}

#[tokio::test]
async fn everybody_sees_what_is_theirs() {
    for_each_store(async |app| {
        let house = House::build(&app).await;
        for number in 0..6 {
            let owner = if number % 2 == 0 { house.ana } else { house.ben };
            let conversation = house.conversation(number, owner);
            let quoted = house.message(&conversation, number + 100);
            house.rich_message(&quoted, number + 200);
        }
        house.save().await;
        let api = Api::new(&app);
        let query = "{ conversations { totalCount nodes { id owner { name } } }
            contacts { totalCount nodes { id identities { value } } }
            messages { totalCount nodes { id media { id } conversation { owner { name } } } } channels { id } }";
        let nobody = Viewer::new(Caller::System, vec![Permission::Send]);
        for (viewer, conversations, messages) in
            [(everything(), 6, 18), (own(house.ana), 3, 9), (own(house.guest), 0, 0), (nobody, 0, 0)]
        {
            let data = api.data_as(viewer.clone(), query, json!({})).await;
            for (list, count) in
                [("conversations", conversations), ("contacts", conversations), ("messages", messages)]
            {
                assert_eq!(data[list]["totalCount"], count, "{list} of {viewer:?}");
                assert_eq!(data[list]["nodes"].as_array().map(Vec::len), Some(count));
            }
        }
        let seen = api.data_as(own(house.ana), query, json!({})).await;
        // By the whole value: a random id may well contain the letters of a name.
        let owners = |list: &str, at: &str| -> Vec<Value> {
            let nodes = seen[list]["nodes"].as_array().expect("nodes");
            nodes.iter().filter_map(|node| node.pointer(at).cloned()).collect()
        };
        assert_eq!(owners("conversations", "/owner/name"), vec![json!("Ana"); 3]);
        assert_eq!(owners("messages", "/conversation/owner/name"), vec![json!("Ana"); 9]);
    })
    .await;
}

#[tokio::test]
async fn the_ids_of_others_name_nothing() {
    for_each_store(async |app| {
        let house = House::build(&app).await;
        let conversation = house.conversation(1, house.ben);
        let message = house.rich_message(&house.message(&conversation, 2), 3);
        house.save().await;
        // The last message is one of the others' that Ana's conversation quotes by mistake or malice.
        let mine = house.conversation(4, house.ana);
        let thief = house.quoting(&mine, &message, 5);
        house.save().await;
        update(&app, conversation::Model { last_message_id: Some(message.id), ..mine.clone() }).await;
        let api = Api::new(&app);

        let data =
            api.data("{ messages { nodes { id media { id } conversation { id contact { id } } } } }").await;
        let nodes = data["messages"]["nodes"].as_array().expect("nodes");
        let node = nodes.iter().find(|node| node["media"].is_object()).expect("the rich message");
        let ids = json!([
            node["id"],
            node["media"]["id"],
            node["conversation"]["id"],
            node["conversation"]["contact"]["id"]
        ]);
        let query = "query($ids: [ID!]!, $message: ID!, $conversation: ID!, $contact: ID!) {
            nodes(ids: $ids) { id } node(id: $message) { id } message(id: $message) { id }
            conversation(id: $conversation) { id } contact(id: $contact) { id } }";
        let variables = json!({ "ids": ids, "message": ids[0], "conversation": ids[2], "contact": ids[3] });
        let seen = api.data_as(everything(), query, variables.clone()).await;
        assert_eq!(
            seen["nodes"].as_array().map(|nodes| nodes.iter().filter(|node| node.is_object()).count()),
            Some(4)
        );
        let seen = api.data_as(own(house.ana), query, variables).await;
        assert_eq!(seen["nodes"], json!([null, null, null, null]));
        for field in ["node", "message", "conversation", "contact"] {
            assert_eq!(seen[field], Value::Null, "{field}");
        }

        let query = "query($id: ID!) { conversation(id: $id) { lastMessage { id }
            messages { nodes { id replyTo { id } } } } }";
        let id = crate::graphql::global_id::GlobalId::global(mine.id).0;
        let seen = &api.data_as(own(house.ana), query, json!({ "id": id })).await["conversation"];
        assert_eq!(seen["lastMessage"], Value::Null);
        let quoting = crate::graphql::global_id::GlobalId::global(thief.id).0;
        let nodes = seen["messages"]["nodes"].as_array().expect("nodes");
        let found = nodes.iter().find(|node| node["id"] == quoting).expect("the message that quotes");
        assert_eq!(found["replyTo"], Value::Null);
    })
    .await;
}

#[tokio::test]
async fn without_a_viewer_nothing_is_there() {
    for_each_store(async |app| {
        let api = Api::new(&app);
        let id = "bWFyeSBoYWQgYSBsaXR0bGUg";
        for query in [
            "{ viewer { permissions } }".to_owned(),
            "{ conversations { nodes { id } } }".to_owned(),
            "{ messages { nodes { id } } }".to_owned(),
            "{ contacts { nodes { id } } }".to_owned(),
            "{ channels { id } }".to_owned(),
            format!("{{ node(id: \"{id}\") {{ id }} }}"),
            format!("{{ nodes(ids: [\"{id}\"]) {{ id }} }}"),
            format!("{{ conversation(id: \"{id}\") {{ id }} }}"),
            format!("{{ message(id: \"{id}\") {{ id }} }}"),
            format!("{{ contact(id: \"{id}\") {{ id }} }}"),
            "mutation { logout(input: { refreshToken: \"x\" }) { userErrors { code } } }".to_owned(),
            format!("mutation {{ conversationMarkRead(id: \"{id}\") {{ userErrors {{ code }} }} }}"),
            format!(
                "mutation {{ messageSend(input: {{ conversationId: \"{id}\", idempotencyKey: \"k\",
                    content: {{ text: {{ body: \"hello\" }} }} }}) {{ userErrors {{ code }} }} }}"
            ),
        ] {
            assert_eq!(api.code(None, &query).await, "UNAUTHENTICATED", "{query}");
        }
        let response = api.execute(None, "{ __typename __schema { queryType { name } } }", json!({})).await;
        assert!(response.errors.is_empty());
    })
    .await;
}
