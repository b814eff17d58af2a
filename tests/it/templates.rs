//! Message templates, from Meta's list to the customer's phone.

mod late;
mod level;
mod making;

use inbox::auth::Permission;
use serde_json::{Value, json};
use simulator::Verdict;
use tests::wait::until;
use tests::{Client, Database, TestApp, on_each_store};

const SYNC: &str =
    "mutation { templatesSync { report { createdCount updatedCount removedCount unchangedCount }
    userErrors { code message } } }";

/// A service, and somebody who may do everything there.
async fn start(database: &Database) -> (TestApp, Client) {
    let app = TestApp::start(database).await;
    let permissions = [Permission::ReadAll, Permission::Send, Permission::Edit, Permission::Administer];
    let client = app.integration(&permissions, true).await;
    (app, client)
}

async fn sync(client: &Client) -> Value {
    let mut payload = client.query(SYNC).await["templatesSync"].take();
    assert_eq!(payload["userErrors"], json!([]));
    payload["report"].take()
}

/// The one of this name.
async fn template(client: &Client, name: &str) -> Value {
    let query = "query($search: String) { templates(filter: { search: $search }) { nodes {
        id name language status providerStatus category correctCategory categoryChangeAt quality needsSync statusReason
        sendable { allowed reason } variables { key kind required }
        history(first: 100) { nodes { property oldValue newValue source } } } } }";
    client.ask(query, json!({ "search": name })).await["templates"]["nodes"][0].take()
}

#[test]
fn the_whole_list_is_read_and_kept_level() {
    on_each_store(async |database| {
        let (app, client) = start(database).await;
        for number in 0..242 {
            app.simulator().add_template(&format!("news_{number}"), "es", "MARKETING", "Hola a todos");
        }
        let counts = |created, updated, removed, unchanged| json!({ "createdCount": created, "updatedCount": updated, "removedCount": removed, "unchangedCount": unchanged });
        assert_eq!(sync(&client).await, counts(250, 0, 0, 0), "three pages");
        assert_eq!(sync(&client).await, counts(0, 0, 0, 250));
        let count = "query($f: TemplateFilter) { templates(filter: $f) { totalCount } }";
        for (filter, expected) in [
            (json!({}), 250),
            (json!({ "category": "MARKETING", "language": "es" }), 244),
            (json!({ "category": "AUTHENTICATION", "status": "APPROVED" }), 1),
            (json!({ "status": "OTHER" }), 0),
            (json!({ "search": "NEWS_24" }), 3),
            (json!({ "search": "news%" }), 0),
        ] {
            let data = client.ask(count, json!({ "f": filter })).await;
            assert_eq!(data["templates"]["totalCount"], expected, "{filter}");
        }
        let id = template(&client, "news_100").await["id"].clone();
        let delete =
            "mutation($id: ID!) { templateDelete(id: $id) { deletedTemplateId userErrors { code } } }";
        assert_eq!(client.ask(delete, json!({ "id": id })).await["templateDelete"]["deletedTemplateId"], id);
        assert_eq!(client.code(delete, json!({ "id": id })).await, "NOT_FOUND");
        assert_eq!(sync(&client).await, counts(0, 0, 0, 249));
        let by_id = "query($id: ID!) { template(id: $id) { status deletedAt } node(id: $id) { id } }";
        let found = client.ask(by_id, json!({ "id": id })).await;
        assert_eq!((&found["template"]["status"], &found["node"]["id"]), (&json!("DELETED"), &id));
        app.finish().await;
    });
}

#[test]
fn forms_and_examples_are_typed() {
    on_each_store(async |database| {
        let (app, client) = start(database).await;
        sync(&client).await;
        let keys = async |name: &str| -> Vec<String> {
            let template = template(&client, name).await;
            let variables = template["variables"].as_array().into_iter().flatten();
            variables
                .map(|one| format!("{} {}", one["key"].as_str().unwrap(), one["kind"].as_str().unwrap()))
                .collect()
        };
        let expected =
            ["header.media IMAGE", "body.nombre TEXT", "body.pedido TEXT", "button.0.url URL_SUFFIX"];
        assert_eq!(keys("pedido_enviado").await, expected);
        assert_eq!(keys("codigo_acceso").await, ["code OTP_CODE"]);
        let expected = [
            "body.1 TEXT",
            "button.0.code COUPON_CODE",
            "button.1.url URL_SUFFIX",
            "offer.expiration EXPIRATION",
        ];
        assert_eq!(keys("oferta_verano").await, expected);
        assert_eq!(keys("novedades").await.len(), 6);
        let query = "{ templates(filter: { search: \"recordatorio\" }) { nodes { body buttons { kind text }
            example { body buttons { text } } } } }";
        let found = client.query(query).await["templates"]["nodes"][0].take();
        assert_eq!(
            found["example"]["body"],
            "Hola Núria, te recordamos tu cita del 12 de mayo a las 10:30. ¿Podrás venir?"
        );
        assert_eq!(found["buttons"][1], json!({ "kind": "QUICK_REPLY", "text": "Cambiar la cita" }));
        app.finish().await;
    });
}

#[test]
fn made_reviewed_judged_and_edited() {
    on_each_store(async |database| {
        let (app, client) = start(database).await;
        let create = "mutation($input: TemplateCreateInput!) { templateCreate(input: $input) {
            template { id } userErrors { code field } } }";
        let body = json!({ "text": "Hola {{1}}, tu reserva está lista.", "examples": [{ "variable": "1", "value": "Ana" }] });
        let input = |name: &str, body: &Value| {
            json!({ "input": { "name": name, "language": "es", "category": "UTILITY",
            "content": { "message": { "body": body, "buttons": [{ "quickReply": { "text": "Gracias" } }] } } } })
        };
        let wrong = input("reserva", &json!({ "text": "{{1}}, tu reserva está lista." }));
        let errors = client.ask(create, wrong).await["templateCreate"]["userErrors"].take();
        assert_eq!(
            errors,
            json!([
                { "code": "INVALID", "field": ["content", "message", "body", "examples"] },
                { "code": "INVALID", "field": ["content", "message", "body", "text"] },
            ])
        );
        let made = client.ask(create, input("reserva", &body)).await["templateCreate"].take();
        assert_eq!(made["userErrors"], json!([]), "{made}");
        let again = client.ask(create, input("reserva", &body)).await["templateCreate"]["userErrors"].take();
        assert_eq!(again[0]["code"], "NAME_TAKEN");
        let in_state = async |status: &str| {
            until(&format!("the template is {status}"), async || {
                let found = template(&client, "reserva").await;
                (found["status"] == status).then_some(found)
            })
            .await
        };
        app.settled().await;
        let approved = in_state("APPROVED").await;
        assert_eq!(
            (&approved["sendable"]["allowed"], &approved["variables"][0]["key"]),
            (&json!(true), &json!("body.1"))
        );

        let judge = |verdict: Verdict| assert!(app.simulator().judge_template("reserva", "es", &verdict));
        judge(Verdict { reason: Some("PROMOTIONAL".to_owned()), ..Verdict::status("REJECTED") });
        app.settled().await;
        let rejected = in_state("REJECTED").await;
        assert_eq!(rejected["statusReason"], "PROMOTIONAL");
        assert_eq!(rejected["sendable"]["allowed"], false);

        let update =
            "mutation($id: ID!, $input: TemplateUpdateInput!) { templateUpdate(id: $id, input: $input) {
            template { body } userErrors { code } } }";
        let content = json!({ "message": { "body": { "text": "Hola {{1}}, ya puedes venir a la tienda.",
            "examples": [{ "variable": "1", "value": "Ana" }] } } });
        app.advance(std::time::Duration::from_secs(2));
        let changed =
            client.ask(update, json!({ "id": rejected["id"], "input": { "content": content } })).await;
        let body = &changed["templateUpdate"]["template"]["body"];
        assert_eq!(body, "Hola {{1}}, ya puedes venir a la tienda.", "{changed}");
        app.settled().await;
        in_state("APPROVED").await;
        let other =
            client.ask(update, json!({ "id": rejected["id"], "input": { "category": "MARKETING" } })).await;
        assert_eq!(other["templateUpdate"]["userErrors"], json!([{ "code": "CATEGORY_FIXED" }]));

        judge(Verdict {
            quality: Some("YELLOW".to_owned()),
            correct_category: Some("MARKETING".to_owned()),
            ..Verdict::default()
        });
        app.settled().await;
        let warned = template(&client, "reserva").await;
        assert_eq!((&warned["quality"], &warned["correctCategory"]), (&json!("YELLOW"), &json!("MARKETING")));
        assert!(warned["categoryChangeAt"].is_string());
        judge(Verdict { category: Some("MARKETING".to_owned()), ..Verdict::default() });
        app.settled().await;
        let moved = template(&client, "reserva").await;
        assert_eq!((&moved["category"], &moved["correctCategory"]), (&json!("MARKETING"), &Value::Null));
        let newest = json!({ "property": "CATEGORY", "oldValue": "UTILITY", "newValue": "MARKETING", "source": "WEBHOOK" });
        let history = moved["history"]["nodes"].as_array().unwrap();
        assert!(history.contains(&newest), "{history:?}");
        app.finish().await;
    });
}

const SEND: &str = "mutation($input: MessageSendInput!) { messageSend(input: $input) {
    message { id status content { ... on TemplateContent { rendered preview { header { kind } buttons { url } } } } }
    userErrors { code field message } } }";
const PHONE: &str = "34600000001";

fn send(template: &Value, variables: &Value, key: &str) -> Value {
    json!({ "input": { "to": { "phone": format!("+{PHONE}") }, "idempotencyKey": key,
        "content": { "template": { "templateId": template["id"], "variables": variables } } } })
}

fn texts(values: &[(&str, &str)]) -> Value {
    values.iter().map(|(key, text)| json!({ "key": key, "value": { "text": text } })).collect()
}

#[test]
fn a_template_is_previewed_refused_and_sent() {
    on_each_store(async |database| {
        let (app, client) = start(database).await;
        app.simulator().customer_writes(PHONE, json!({ "text": "Hola" })).await;
        app.settled().await;
        app.advance(std::time::Duration::from_secs(25 * 3600));
        sync(&client).await;
        let order = template(&client, "pedido_enviado").await;
        let mut values = texts(&[
            ("body.nombre", "Ana"),
            ("body.pedido", "860 198\n"),
            ("button.0.url", "860198"),
            ("x", "y"),
        ]);
        let refused = client.ask(SEND, send(&order, &values, "a")).await["messageSend"].take();
        let errors: Vec<_> = refused["userErrors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|error| (&error["code"], &error["field"]))
            .collect();
        let wrong = json!("TEMPLATE_VARIABLE_INVALID");
        let at = |index: Option<&str>| {
            let path: Vec<&str> = ["content", "template", "variables"].into_iter().chain(index).collect();
            json!(path)
        };
        assert_eq!(
            errors,
            [(&wrong, &at(None)), (&wrong, &at(Some("1"))), (&wrong, &at(Some("3")))],
            "{refused}"
        );

        let picture = crate::media::uploaded(&app, &client, &crate::media::photo(), "p.png").await;
        let header = json!({ "key": "header.media", "value": { "media": { "id": picture } } });
        values = texts(&[("body.nombre", "Ana"), ("body.pedido", "860198"), ("button.0.url", "860198")]);
        values.as_array_mut().unwrap().push(header);
        let preview = "query($input: TemplateContentInput!) { templatePreview(input: $input) {
            preview { header { kind } body footer buttons { kind text url } } problems { key code } } }";
        let input = json!({ "input": { "templateId": order["id"], "variables": values } });
        let shown = client.ask(preview, input).await["templatePreview"].take();
        assert_eq!(shown["problems"], json!([]));
        let body = "Hola Ana, tu pedido 860198 ya va de camino.";
        assert_eq!(
            (&shown["preview"]["body"], &shown["preview"]["header"]["kind"]),
            (&json!(body), &json!("IMAGE"))
        );
        assert_eq!(shown["preview"]["buttons"][0]["url"], "https://tienda.example/pedidos/860198");

        let sent = client.ask(SEND, send(&order, &values, "b")).await["messageSend"]["message"].take();
        client.message_in(sent["id"].as_str().unwrap(), "DELIVERED").await;
        assert_eq!(sent["content"]["preview"]["buttons"][0]["url"], "https://tienda.example/pedidos/860198");
        let on_phone = app.simulator().phone_messages(PHONE).pop().unwrap();
        assert_eq!(on_phone.text, body);
        assert!(on_phone.content["components"][0]["parameters"][0]["image"]["id"].is_string());

        for (name, values, text) in [
            (
                "recordatorio_cita",
                texts(&[
                    ("body.1", "Ana"),
                    ("body.2", "lunes"),
                    ("body.3", "10:00"),
                    ("button.0.payload", "ok"),
                ]),
                "Hola Ana, te recordamos tu cita del lunes a las 10:00. ¿Podrás venir?",
            ),
            (
                "codigo_acceso",
                texts(&[("code", "123456")]),
                "*123456* es tu código de verificación. Por tu seguridad, no lo compartas.",
            ),
            ("hello_world", json!([]), "This template comes with every account, and has no variables."),
        ] {
            let sent =
                client.ask(SEND, send(&template(&client, name).await, &values, name)).await["messageSend"]
                    .take();
            client
                .message_in(sent["message"]["id"].as_str().unwrap_or_else(|| panic!("{sent}")), "DELIVERED")
                .await;
            assert_eq!(app.simulator().phone_messages(PHONE).pop().unwrap().text, text);
        }
        app.finish().await;
    });
}

#[test]
fn a_paused_one_is_refused_and_marketing_asks_for_consent() {
    on_each_store(async |database| {
        let (app, client) = start(database).await;
        app.simulator().customer_writes(PHONE, json!({ "text": "Hola" })).await;
        app.settled().await;
        sync(&client).await;
        let judge =
            |verdict: Verdict| assert!(app.simulator().judge_template("hello_world", "en_US", &verdict));
        let codes = async |key: &str| {
            let template = template(&client, "hello_world").await;
            client.refusals(&send(&template, &json!([]), key)).await
        };
        judge(Verdict::status("PAUSED"));
        app.settled().await;
        assert_eq!(codes("a").await, ["TEMPLATE_NOT_SENDABLE"]);
        let paused = template(&client, "hello_world").await;
        assert_eq!(paused["sendable"]["allowed"], false, "{paused}");

        // It becomes marketing while a message waits, and the customer does not want any.
        app.advance(std::time::Duration::from_secs(2));
        judge(Verdict::status("APPROVED"));
        app.settled().await;
        let stop = json!({ "wa_id": PHONE, "detail": "User requested to stop marketing messages",
            "category": "marketing_messages", "value": "stop", "timestamp": app.now() });
        let contacts = json!([{ "profile": { "name": "Ana" }, "wa_id": PHONE }]);
        let stop = json!({ "contacts": contacts, "user_preferences": [stop] });
        app.deliver(&tests::webhook::change("user_preferences", stop)).await;
        app.settled().await;
        judge(Verdict { category: Some("MARKETING".to_owned()), ..Verdict::default() });
        app.settled().await;
        assert_eq!(codes("b").await, ["MARKETING_OPTED_OUT"]);
        app.finish().await;
    });
}

#[test]
fn what_meta_refuses_is_learned() {
    on_each_store(async |database| {
        let (app, client) = start(database).await;
        app.simulator().customer_writes(PHONE, json!({ "text": "Hola" })).await;
        app.settled().await;
        sync(&client).await;
        let fail = simulator::FailSends { count: 1, status: 400, code: 132_015 };
        app.simulator()
            .set_faults(simulator::Faults { fail_sends: Some(fail), ..simulator::Faults::default() });
        let hello = template(&client, "hello_world").await;
        let sent = client.ask(SEND, send(&hello, &json!([]), "a")).await["messageSend"]["message"].take();
        let failed = client.message_in(sent["id"].as_str().unwrap(), "FAILED").await;
        assert_eq!(failed["error"]["code"], 132_015);
        let known = template(&client, "hello_world").await;
        assert_eq!(known["status"], "PAUSED");
        assert_eq!(known["history"]["nodes"][0]["source"], "SEND");
        app.finish().await;
    });
}
