//! What the audit says of a change of an assistant. Its key, its address and all texts are kept to themselves.

use crate::services::access::AuditChange;
use entities::assistant;

/// The fields that are different, by their names in the schema.
pub(super) fn differences(before: &assistant::Model, after: &assistant::Model) -> Vec<AuditChange> {
    let shown = |row: &assistant::Model| {
        let money = |micros: Option<i64>| micros.map(amount);
        let text = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        [
            ("name", text(&row.name)),
            ("enabled", Some(row.enabled.to_string())),
            ("provider", Some(row.provider.as_str().to_owned())),
            ("model", text(&row.model)),
            ("maxOutputTokens", Some(row.max_output_tokens.to_string())),
            ("maxAnswersPerDay", Some(row.max_answers_per_day.to_string())),
            ("maxTokensPerDay", Some(row.max_tokens_per_day.to_string())),
            ("monthlyBudget", money(row.monthly_budget_micros)),
            ("inputPrice", money(row.input_price_micros)),
            ("outputPrice", money(row.output_price_micros)),
        ]
    };
    let hidden = [
        ("baseUrl", before.base_url != after.base_url),
        ("apiKey", before.api_key != after.api_key),
        ("instructions", before.instructions != after.instructions),
        ("allowedUrls", before.allowed_urls != after.allowed_urls),
        ("disclosure", before.disclosure != after.disclosure),
        ("handOffMessage", before.hand_off_message != after.hand_off_message),
    ];
    let shown = shown(before).into_iter().zip(shown(after)).filter(|(before, after)| before != after);
    shown
        .map(|((field, before), (_, after))| AuditChange::shown(field, before, after))
        .chain(
            hidden.into_iter().filter(|(_, changed)| *changed).map(|(field, _)| AuditChange::hidden(field)),
        )
        .collect()
}

/// Millionths of an amount of money, as people write them.
pub(in crate::services) fn amount(micros: i64) -> String {
    let text = format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
