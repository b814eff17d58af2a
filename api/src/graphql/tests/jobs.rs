//! Timed jobs, and what people are told about new messages.

use super::seed::House;
use super::subscriptions::{begin, emit, emit_event, next};
use super::{Api, everything};
use crate::graphql::global_id::GlobalId;
use entities::{EventKind, UserId, inbox_notification};
use inbox::App;
use inbox::auth::{Caller, Permission, Viewer};
use inbox::services::jobs::{claim, perform};
use inbox::store::Priority;
use inbox::store::db::NewEvent;
use inbox::store::notifications;
use inbox::testing::for_each_store;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

const RUN: &str = "mutation($name: JobName!) { jobRun(input: { name: $name }) {
    jobRun { id job state cause startedBy { name } report { name value } } userErrors { code field message } } }";
const UPDATE: &str = "mutation($input: JobUpdateInput!) { jobUpdate(input: $input) {
    job { cron timeZone enabled nextRunAt updatedBy { name } lastRun { id } } userErrors { code field message } } }";

fn administrator(user: UserId) -> Viewer {
    Viewer::new(Caller::User(user), vec![Permission::Administer, Permission::ReadAll])
}

async fn run_what_is_due(app: &App) {
    for claimed in claim(app).await.expect("claims") {
        perform(app, &claimed, &CancellationToken::new()).await.expect("a run");
    }
}

#[tokio::test]
async fn jobs_are_listed_started_and_their_runs_told() {
    for_each_store(async |app| {
        let house = House::build(&app).await;
        let api = Api::new(&app);
        let admin = administrator(house.ana);
        let query = "{ jobs { name description cron defaultCron timeZone enabled nextRunAt updatedAt lastRun { state } } }";
        let listed = api.data_as(admin.clone(), query, json!({})).await;
        let jobs = listed["jobs"].as_array().expect("a list");
        let names: Vec<&str> = jobs.iter().filter_map(|job| job["name"].as_str()).collect();
        assert_eq!(
            names,
            [
                "CHECK_NEW_WHATSAPP_MESSAGES",
                "WHATSAPP_ACTIVATE_INACTIVE_CONVERSATIONS",
                "REFRESH_WHATSAPP_ACCESS_TOKEN",
                "CLOSE_MESSAGING_WINDOWS",
                "SYNC_TEMPLATES",
                "RETENTION"
            ]
        );
        for job in jobs {
            assert_eq!((&job["timeZone"], &job["enabled"]), (&json!("UTC"), &json!(true)));
            assert!(job["nextRunAt"].is_string() && job["lastRun"].is_null(), "{job}");
            assert_eq!(job["cron"], job["defaultCron"]);
        }

        let name = json!({ "name": "RETENTION" });
        let started = api.data_as(admin.clone(), RUN, name.clone()).await["jobRun"].take();
        let run = &started["jobRun"];
        assert_eq!((&run["state"], &run["cause"]), (&json!("QUEUED"), &json!("REQUEST")));
        assert_eq!(run["startedBy"]["name"], "Ana");
        let again = api.data_as(admin.clone(), RUN, name).await["jobRun"].take();
        assert_eq!((&again["jobRun"], &again["userErrors"][0]["code"]), (&Value::Null, &json!("JOB_RUNNING")));

        run_what_is_due(&app).await;
        let query = "query($id: ID!) { node(id: $id) { id ... on JobRun { state attempts error report { name value } } }
            jobRuns(filter: { job: RETENTION, state: SUCCEEDED }) { totalCount nodes { id startedBy { name } } }
            failed: jobRuns(filter: { job: RETENTION, state: FAILED }) { totalCount }
            jobs { name lastRun { id } } }";
        let told = api.data_as(admin.clone(), query, json!({ "id": run["id"] })).await;
        assert_eq!((&told["node"]["state"], &told["node"]["attempts"]), (&json!("SUCCEEDED"), &json!(1)));
        assert_eq!(told["node"]["report"][0], json!({ "name": "webhookReceipts", "value": "0" }));
        assert_eq!(
            told["jobRuns"],
            json!({ "totalCount": 1, "nodes": [{ "id": run["id"], "startedBy": { "name": "Ana" } }] })
        );
        assert_eq!(told["failed"]["totalCount"], 0);
        assert_eq!(told["jobs"][5], json!({ "name": "RETENTION", "lastRun": { "id": run["id"] } }));

        // For others there is no such run.
        let reader = Viewer::new(Caller::User(house.ben), vec![Permission::ReadAll]);
        let hidden = api.data_as(reader.clone(), "query($id: ID!) { node(id: $id) { id } }", json!({ "id": run["id"] }));
        assert_eq!(hidden.await, json!({ "node": null }));
        assert_eq!(api.code(Some(reader), "{ jobRuns { nodes { id } } }").await, "FORBIDDEN");
    })
    .await;
}

#[tokio::test]
async fn a_job_is_set_or_the_person_told_what_is_wrong() {
    for_each_store(async |app| {
        let house = House::build(&app).await;
        let (api, admin) = (Api::new(&app), administrator(house.ana));
        let update = async |mut input: Value| {
            input["name"] = json!("SYNC_TEMPLATES");
            api.data_as(admin.clone(), UPDATE, json!({ "input": input })).await["jobUpdate"].take()
        };
        for (input, code, field) in [
            (json!({ "cron": "every night" }), "CRON_INVALID", "cron"),
            (json!({ "cron": "0 0 31 2 *" }), "CRON_INVALID", "cron"),
            (json!({ "timeZone": "Mars/Olympus" }), "TIME_ZONE_INVALID", "timeZone"),
        ] {
            let refused = update(input).await;
            let error = &refused["userErrors"][0];
            assert_eq!((&error["code"], &error["field"]), (&json!(code), &json!([field])), "{refused}");
            assert!(refused["job"].is_null());
        }
        let set = update(json!({ "cron": "15 2 * * 1", "timeZone": "Europe/Madrid" })).await;
        let job = &set["job"];
        assert_eq!((&job["cron"], &job["timeZone"]), (&json!("15 2 * * 1"), &json!("Europe/Madrid")));
        assert_eq!(job["updatedBy"]["name"], "Ana");
        let off = update(json!({ "enabled": false })).await;
        assert_eq!((&off["job"]["nextRunAt"], &off["job"]["cron"]), (&Value::Null, &json!("15 2 * * 1")));
        let reset = update(json!({ "cron": null, "timeZone": null, "enabled": true })).await;
        assert_eq!((&reset["job"]["cron"], &reset["job"]["timeZone"]), (&json!("30 3 * * *"), &json!("UTC")));
    })
    .await;
}

/// Tells a person of these conversations.
async fn tell(app: &App, user: UserId, conversations: &[entities::ConversationId]) {
    let row = inbox_notification::Model {
        id: app.ids.next(),
        user_id: user,
        unread_messages: 7,
        unread_conversations: 3,
        new_messages: 2,
        conversations: serde_json::to_string(conversations).expect("JSON"),
        created_at: app.clock.now(),
    };
    let id = row.id;
    app.db
        .write(Priority::Interactive, move |tx| {
            let row = row.clone();
            Box::pin(async move { notifications::insert(tx.conn(), vec![row]).await })
        })
        .await
        .expect("it can be stored");
    emit_event(app, NewEvent { subject_id: Some(id.0), ..NewEvent::new(EventKind::InboxNotification) }).await;
}

#[tokio::test]
async fn a_person_is_told_of_new_messages_and_nobody_else_is() {
    for_each_store(async |app| {
        let house = House::build(&app).await;
        let (mine, theirs) = (house.conversation(0, house.ana), house.conversation(1, house.ben));
        house.save().await;
        let api = Api::new(&app);
        let all = |user| Viewer::new(Caller::User(user), vec![Permission::ReadAll]);
        let plain =
            "subscription { inboxNotification { unreadMessages unreadConversations newMessages createdAt
            conversations { id contact { name } } } }";
        let log = "subscription { events { __typename cursor
            ... on InboxNotificationEvent { notification { newMessages conversations { id } } } } }";
        let without = "subscription { events { __typename cursor } }";
        let (ana, ben) = (Some(all(house.ana)), Some(all(house.ben)));
        let mut told = api.subscribe(ana.clone(), plain, json!({}));
        let mut told_in_log = api.subscribe(ana.clone(), log, json!({}));
        let mut others = [
            api.subscribe(ben, log, json!({})),
            api.subscribe(Some(everything()), log, json!({})),
            api.subscribe(ana, without, json!({})),
        ];
        begin(&mut told);
        begin(&mut told_in_log);
        others.iter_mut().for_each(begin);

        tell(&app, house.ana, &[mine.id, theirs.id]).await;
        let first = next(&mut told).await["inboxNotification"].take();
        assert_eq!(
            (&first["unreadMessages"], &first["unreadConversations"], &first["newMessages"]),
            (&json!(7), &json!(3), &json!(2))
        );
        assert_eq!(
            first["conversations"][0],
            json!({ "id": mine.id.global().0, "contact": { "name": "Customer 0" } })
        );
        assert_eq!(first["conversations"].as_array().map(Vec::len), Some(2));
        let logged = next(&mut told_in_log).await["events"].take();
        assert_eq!(
            (&logged["__typename"], &logged["notification"]["newMessages"]),
            (&json!("InboxNotificationEvent"), &json!(2))
        );

        // The next that others see is another change.
        emit(&app, EventKind::ConversationUpdated, &mine).await;
        for other in &mut others {
            assert_eq!(next(other).await["events"]["__typename"], "ConversationUpdatedEvent");
        }
        // Of what was taken from somebody meanwhile, nothing is shown.
        let own = Viewer::new(Caller::User(house.ana), vec![Permission::ReadOwn]);
        let mut own = api.subscribe(Some(own), plain, json!({}));
        begin(&mut own);
        tell(&app, house.ana, &[mine.id, theirs.id]).await;
        let second = next(&mut own).await["inboxNotification"].take();
        assert_eq!(second["conversations"].as_array().map(Vec::len), Some(1));
    })
    .await;
}
