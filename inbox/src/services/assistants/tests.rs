//! What the audit says of the settings of automatic mode, on both stores.

use super::*;
use crate::services::jobs::{self, JobUpdate};
use crate::services::waiting::waiting_message_update;
use crate::testing::{Shop, for_each_store};
use entities::{JobName, WaitingMessageVariant, audit_entry};
use sea_orm::{EntityTrait, QueryOrder};

const SECRET: &str = "sk-1234567890";

/// What was done, and what it says: `field: before → after`.
async fn audit(app: &App) -> Vec<(AuditAction, Vec<String>)> {
    let entries = audit_entry::Entity::find().order_by_asc(audit_entry::Column::Id).all(app.db.read());
    let line = |change: AuditChange| {
        let value = |value: Option<String>| value.unwrap_or_else(|| "-".to_owned());
        format!("{}: {} → {}", change.field, value(change.before), value(change.after))
    };
    let of = |entry: &audit_entry::Model| AuditChange::list_of(entry).into_iter().map(line).collect();
    entries.await.unwrap().iter().map(|entry| (entry.action, of(entry))).collect()
}

#[tokio::test]
async fn the_audit_tells_of_assistants_jobs_and_waiting_messages_but_not_their_words() {
    for_each_store(async |app| {
        let shop = Shop::open(&app).await;
        let admin = shop.agent(&[Permission::Administer]);
        let input = AssistantInput {
            name: Some("Bot".to_owned()),
            model: Some("m-1".to_owned()),
            api_key: Some(Some(Secret::new(SECRET))),
            instructions: Some("Words of the house.".to_owned()),
            is_default: Some(true),
            ..AssistantInput::default()
        };
        let bot = assistant_create(&app, &admin, input.clone()).await.unwrap().id;
        assistant_update(&app, &admin, bot, AssistantInput { api_key: None, ..input.clone() }).await.unwrap();
        let change = AssistantInput {
            enabled: Some(false),
            is_default: Some(false),
            monthly_budget_micros: Some(Some(12_500_000)),
            hand_off_message: Some(Some("Words of farewell.".to_owned())),
            ..AssistantInput::default()
        };
        assistant_update(&app, &admin, bot, change).await.unwrap();
        assistant_delete(&app, &admin, bot).await.unwrap();
        let off = JobUpdate { enabled: Some(false), ..JobUpdate::default() };
        jobs::update(&app, &admin, JobName::Retention, off.clone()).await.unwrap();
        jobs::update(&app, &admin, JobName::Retention, off).await.unwrap();
        let (variant, words) = (WaitingMessageVariant::Standard, Some("Words to wait.".to_owned()));
        waiting_message_update(&app, &admin, "es", variant, words).await.unwrap();
        let expected = [
            (
                AuditAction::AssistantCreated,
                vec![
                    "name: - → Bot",
                    "model: - → m-1",
                    "apiKey: - → -",
                    "instructions: - → -",
                    "isDefault: false → true",
                ],
            ),
            (
                AuditAction::AssistantUpdated,
                vec![
                    "enabled: true → false",
                    "monthlyBudget: - → 12.5",
                    "handOffMessage: - → -",
                    "isDefault: true → false",
                ],
            ),
            (AuditAction::AssistantDeleted, vec!["name: Bot → -"]),
            (AuditAction::JobUpdated, vec!["name: RETENTION → RETENTION", "enabled: true → false"]),
            (
                AuditAction::WaitingMessageUpdated,
                vec!["language: es → es", "variant: STANDARD → STANDARD", "body: - → -"],
            ),
        ];
        let expected: Vec<_> = expected
            .into_iter()
            .map(|(action, lines)| (action, lines.into_iter().map(str::to_owned).collect::<Vec<_>>()))
            .collect();
        assert_eq!(audit(&app).await, expected);
        let entries = audit_entry::Entity::find().all(app.db.read()).await.unwrap();
        assert!(entries.iter().all(|entry| entry.actor_id == Some(shop.owner.0)));
        assert!(
            entries.iter().all(|entry| !entry.changes.contains("Words") && !entry.changes.contains("sk-"))
        );
    })
    .await;
}
