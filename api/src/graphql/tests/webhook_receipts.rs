//! Webhooks, listed, filtered and applied again.

use super::seed::House;
use super::{Api, code_of};
use entities::WebhookReceiptId;
use inbox::App;
use inbox::auth::{Caller, Permission, Viewer};
use inbox::services::receive::{self, Parsed};
use inbox::store::receipts::{self, Portion};
use inbox::testing::for_each_store;
use providers::meta::Verified;
use serde_json::{Value, json};
use std::time::Duration;

const LIST: &str = "query($filter: WebhookReceiptFilter, $first: Int, $after: Cursor) {
    webhookReceipts(filter: $filter, first: $first, after: $after) { totalCount pageInfo { hasNextPage endCursor }
        nodes { id fields state error attempts effects { kind count } } } }";
const REPLAY: &str =
    "mutation($id: ID!, $dryRun: Boolean) { webhookReceiptReplay(id: $id, input: { dryRun: $dryRun }) {
    webhookReceipt { state attempts } outcome effects { kind count } problem userErrors { code message } } }";

fn administrator(more: &[Permission]) -> Viewer {
    let permissions = [&[Permission::Administer], more].concat();
    Viewer::new(Caller::System, permissions)
}

fn text(number: &str, wamid: &str) -> Value {
    json!({ "object": "whatsapp_business_account", "entry": [{ "id": "1", "changes": [{ "field": "messages", "value": {
        "messaging_product": "whatsapp", "metadata": { "display_phone_number": "1", "phone_number_id": number },
        "messages": [{ "from": "34600111222", "id": wamid, "timestamp": "100", "type": "text",
            "text": { "body": "Hola" } }] } }] }] })
}

/// One that is applied, one for a number that nobody knows, an alert, one that is no webhook at all.
async fn deliver(app: &App) {
    let alert = json!({ "object": "whatsapp_business_account", "entry": [{ "id": "1", "time": 1, "changes": [
        { "field": "account_alerts", "value": { "alert_type": "OBA" } } ] }] });
    let known = super::seed::PHONE_NUMBER_ID;
    let bodies = [
        text(known, "wamid.1").to_string(),
        text("99", "wamid.2").to_string(),
        alert.to_string(),
        "not JSON".to_owned(),
    ];
    for body in bodies {
        app.receipts.store(Verified::from_store(body.into_bytes().into()), None).await.expect("it is stored");
        app.clock.advance(Duration::from_secs(1));
    }
    let portion = Portion { bodies: 100, bytes: 1 << 20 };
    let waiting = receipts::pending(app.db.read(), &[], portion).await.expect("they wait");
    receive::apply(app, waiting.into_iter().map(Parsed::new).collect()).await.expect("they are applied");
}

#[tokio::test]
async fn webhooks_are_listed_filtered_and_paged() {
    for_each_store(async |app| {
        House::build(&app).await;
        deliver(&app).await;
        let api = Api::new(&app);
        let list = async |filter: Value| {
            let variables = json!({ "filter": filter });
            let data = api.data_as(administrator(&[]), LIST, variables).await["webhookReceipts"].take();
            let nodes = data["nodes"].as_array().expect("nodes").clone();
            assert_eq!(data["totalCount"], nodes.len());
            nodes
        };
        let all = list(json!(null)).await;
        let shown: Vec<_> = all.iter().map(|node| (&node["fields"], &node["state"])).collect();
        let (messages, alerts, none) = (json!(["messages"]), json!(["account_alerts"]), json!([]));
        let (applied, failed) = (json!("APPLIED"), json!("FAILED"));
        let expected = [(&none, &failed), (&alerts, &applied), (&messages, &failed), (&messages, &applied)];
        assert_eq!(shown, expected, "newest first");
        assert_eq!(
            all[3]["effects"],
            json!([{ "kind": "MESSAGE_ADDED", "count": 1 }, { "kind": "CONTACT_CREATED", "count": 1 },
                { "kind": "CONVERSATION_OPENED", "count": 1 }])
        );
        assert!(all[2]["error"].as_str().is_some_and(|error| error.contains("99")), "{}", all[2]);

        let ids = |nodes: &[Value]| nodes.iter().map(|node| node["id"].clone()).collect::<Vec<_>>();
        for (filter, expected) in [
            (json!({ "states": ["FAILED"] }), &[0, 2][..]),
            (json!({ "states": ["APPLIED", "IGNORED"] }), &[1, 3]),
            (json!({ "fields": ["messages"] }), &[2, 3]),
            (json!({ "fields": ["account_alerts", "flows"] }), &[1]),
            (json!({ "fields": ["account_alerts", "messages"] }), &[1, 2, 3]),
            (json!({ "fields": ["account_alert_"] }), &[]),
            (json!({ "states": ["RECEIVED"] }), &[]),
        ] {
            let expected: Vec<Value> = expected.iter().map(|&at: &usize| all[at]["id"].clone()).collect();
            assert_eq!(ids(&list(filter.clone()).await), expected, "{filter}");
        }
        let times = "{ webhookReceipts { nodes { receivedAt } } }";
        let times =
            api.data_as(administrator(&[]), times, json!({})).await["webhookReceipts"]["nodes"].take();
        let (second, third) = (&times[2]["receivedAt"], &times[1]["receivedAt"]);
        let between = json!({ "receivedAfter": second, "receivedBefore": third });
        assert_eq!(ids(&list(between).await), [all[2]["id"].clone()], "from, and up to but not including");

        let mut found = Vec::new();
        let mut after = Value::Null;
        loop {
            let variables = json!({ "first": 3, "after": after });
            let page = api.data_as(administrator(&[]), LIST, variables).await["webhookReceipts"].take();
            found.extend(ids(page["nodes"].as_array().expect("nodes")));
            after = page["pageInfo"]["endCursor"].clone();
            if page["pageInfo"]["hasNextPage"] == false {
                break;
            }
        }
        assert_eq!(found, ids(&all));

        // A list with bodies costs two statements more, however long it is.
        let with = |field| {
            format!("query($first: Int) {{ webhookReceipts(first: $first) {{ nodes {{ id {field} }} }} }}")
        };
        for (field, statements) in [("state", 1), ("body", 3)] {
            for first in [1, 4] {
                let viewer = administrator(&[Permission::ReadAll]);
                let (_, cost) = api.cost_as(viewer, &with(field), json!({ "first": first })).await;
                assert_eq!(cost, statements, "{field}, {first} of them");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn what_customers_wrote_is_shown_to_those_who_may_read_it_all() {
    for_each_store(async |app| {
        House::build(&app).await;
        deliver(&app).await;
        let api = Api::new(&app);
        let query = "{ webhookReceipts(last: 1) { nodes { id body } } }";
        let shown =
            async |viewer| api.data_as(viewer, query, json!({})).await["webhookReceipts"]["nodes"][0].take();
        let all = shown(administrator(&[Permission::ReadAll])).await;
        assert!(all["body"].as_str().is_some_and(|body| body.contains("Hola")), "{all}");
        assert_eq!(shown(administrator(&[])).await["body"], Value::Null);
        let node = "query($id: ID!) { node(id: $id) { ... on WebhookReceipt { body } } }";
        let id = json!({ "id": all["id"] });
        let by_id = api.data_as(administrator(&[Permission::ReadAll]), node, id.clone()).await;
        assert_eq!(by_id["node"]["body"], all["body"]);
        let reader = Viewer::new(Caller::System, vec![Permission::ReadAll]);
        assert_eq!(api.data_as(reader.clone(), node, id).await["node"], Value::Null);
        assert_eq!(api.code(Some(reader), "{ webhookReceipts { nodes { id } } }").await, "FORBIDDEN");
    })
    .await;
}

#[tokio::test]
async fn a_webhook_is_applied_again() {
    for_each_store(async |app| {
        House::build(&app).await;
        deliver(&app).await;
        let api = Api::new(&app);
        let all = api.data_as(administrator(&[]), LIST, json!({})).await["webhookReceipts"]["nodes"].take();
        let replay = async |at: usize, dry_run: bool| {
            let variables = json!({ "id": all[at]["id"], "dryRun": dry_run });
            api.data_as(administrator(&[]), REPLAY, variables).await["webhookReceiptReplay"].take()
        };
        let dry = replay(2, true).await;
        assert_eq!((&dry["outcome"], &dry["webhookReceipt"]["attempts"]), (&json!("FAILED"), &json!(1)));
        assert!(dry["problem"].as_str().is_some_and(|problem| problem.contains("connect the number")));
        let real = replay(3, false).await;
        assert_eq!(real["webhookReceipt"], json!({ "state": "APPLIED", "attempts": 2 }));
        assert_eq!((&real["effects"], &real["problem"]), (&json!([]), &Value::Null), "all was known");
        let entry = "{ auditEntries(filter: { actions: [WEBHOOK_RECEIPT_REPLAYED] }) { nodes {
            subjectKind subject { id } } } }";
        let entries = api.data_as(administrator(&[]), entry, json!({})).await["auditEntries"]["nodes"].take();
        assert_eq!(
            entries,
            json!([{ "subjectKind": "WEBHOOK_RECEIPT", "subject": { "id": all[3]["id"] } }])
        );

        let waiting = json!({}).to_string().into_bytes();
        app.receipts.store(Verified::from_store(waiting.into()), None).await.expect("it is stored");
        let newest = "{ webhookReceipts(first: 1) { nodes { id state } } }";
        let newest = api.data_as(administrator(&[]), newest, json!({})).await["webhookReceipts"]["nodes"][0].take();
        assert_eq!(newest["state"], "RECEIVED");
        let refused = api.data_as(administrator(&[]), REPLAY, json!({ "id": newest["id"] })).await;
        assert_eq!(refused["webhookReceiptReplay"]["userErrors"][0]["code"], "WEBHOOK_RECEIPT_WAITING");
        assert_eq!(refused["webhookReceiptReplay"]["outcome"], Value::Null);

        let variables = json!({ "id": crate::graphql::global_id::GlobalId::global(app.ids.next::<WebhookReceiptId>()).0 });
        let unknown = api.execute(Some(administrator(&[])), REPLAY, variables).await;
        assert_eq!(code_of(&unknown), "NOT_FOUND");
    })
    .await;
}
