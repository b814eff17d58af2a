//! Templates that are marked are brought level by themselves.

use super::{start, template};
use serde_json::json;
use simulator::{Faults, Verdict};
use tests::on_each_store;
use tests::wait::{until, until_true};

/// Nobody asks for a listing here.
#[test]
fn what_is_marked_is_looked_at_by_itself() {
    on_each_store(async |database| {
        let (app, client) = start(database).await;
        let shown = async |name: &str, body: &str| {
            until(&format!("{name} says {body}"), async || {
                let query = "query($search: String) { templates(filter: { search: $search }) { nodes {
                    body status category needsSync } } }";
                let data = client.ask(query, json!({ "search": name })).await;
                let found = data["templates"]["nodes"][0].clone();
                (found["body"] == body && found["needsSync"] == false).then_some(found)
            })
            .await
        };
        let listings = || {
            let requests = app.simulator().requests();
            requests
                .iter()
                .filter(|call| call.method == "GET" && call.path.ends_with("/message_templates"))
                .count()
        };
        let judge =
            |verdict: Verdict| assert!(app.simulator().judge_template("hello_world", "en_US", &verdict));
        let says = |body: &str| Verdict {
            components: Some(json!([{ "type": "BODY", "text": body }])),
            ..Verdict::default()
        };
        // Nobody knew of it before.
        judge(says("One"));
        let found = shown("hello_world", "One").await;
        assert_eq!((&found["status"], &found["category"]), (&json!("APPROVED"), &json!("UTILITY")));
        let listed = listings();
        judge(says("Two"));
        shown("hello_world", "Two").await;
        assert_eq!(listings(), listed + 1, "one call, not the whole list again and again");

        // Meta does not answer for a while.
        app.simulator().set_faults(Faults { expired_token: true, ..Faults::default() });
        judge(says("Three"));
        app.settled().await;
        until_true("Meta was asked", async || listings() > listed + 1).await;
        assert_eq!(template(&client, "hello_world").await["needsSync"], true);
        app.simulator().set_faults(Faults::default());
        for _ in 0..3 {
            app.advance(std::time::Duration::from_secs(60));
        }
        shown("hello_world", "Three").await;

        // Many at once: the whole list takes fewer calls.
        for number in 0..40 {
            app.simulator().add_template(&format!("news_{number:02}"), "es", "MARKETING", "Hola a todos");
        }
        let listed = listings();
        for number in 0..40 {
            let verdict = says(&format!("Nueva {number}"));
            assert!(app.simulator().judge_template(&format!("news_{number:02}"), "es", &verdict));
        }
        for number in 0..40 {
            shown(&format!("news_{number:02}"), &format!("Nueva {number}")).await;
        }
        assert!(listings() < listed + 40, "{}", listings());
        app.finish().await;
    });
}
