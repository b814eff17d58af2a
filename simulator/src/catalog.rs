//! Meta's error codes as far as the simulator gives them: HTTP status and title.

use serde_json::{Value, json};

/// Where Meta's webhook errors point.
const HREF: &str = "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/";

/// (code, usual HTTP status, title)
const CODES: [(i64, u16, &str); 36] = [
    (0, 401, "AuthException"),
    (1, 500, "API Unknown"),
    (2, 503, "API Service"),
    (3, 500, "API Method"),
    (4, 400, "Application request limit reached"),
    (10, 403, "Application does not have permission for this action"),
    (33, 400, "Parameter value is not valid"),
    (100, 400, "Invalid parameter"),
    (190, 401, "Invalid OAuth access token"),
    (200, 403, "Permissions error"),
    (368, 403, "Temporarily blocked for policies violations"),
    (80007, 400, "Rate limit hit"),
    (130429, 400, "Rate limit hit"),
    (130403, 400, "User is blocked"),
    (130472, 400, "User's number is part of an experiment"),
    (131000, 500, "Something went wrong"),
    (131005, 403, "Access denied"),
    (131008, 400, "Required parameter is missing"),
    (131009, 400, "Parameter value is not valid"),
    (131016, 500, "Service unavailable"),
    (131021, 400, "Recipient cannot be sender"),
    (131026, 400, "Message undeliverable"),
    (131047, 400, "Re-engagement message"),
    (131048, 400, "Spam rate limit hit"),
    (131049, 400, "This message was not delivered to maintain healthy ecosystem engagement."),
    (131050, 400, "User has stopped marketing messages"),
    (131051, 400, "Message type unknown"),
    (131053, 400, "Media upload error"),
    (131056, 400, "(Business Account, Consumer Account) pair rate limit hit"),
    (131057, 500, "Account in maintenance mode"),
    (131062, 400, "Business-scoped user id is not supported for this message"),
    (132000, 400, "Number of parameters does not match the expected number of params"),
    (132001, 404, "Template name does not exist in the translation"),
    (132012, 400, "Parameter format does not match format in the created template"),
    (132015, 400, "Template is paused"),
    (132016, 400, "Template is disabled"),
];

/// The title of a code; codes that are not in the list read as "Unknown error".
pub(crate) fn title(code: i64) -> &'static str {
    find(code).map_or("Unknown error", |(_, _, title)| title)
}

/// The HTTP status that usually goes with a code.
pub(crate) fn status(code: i64) -> u16 {
    find(code).map_or(400, |(_, status, _)| status)
}

fn find(code: i64) -> Option<(i64, u16, &'static str)> {
    CODES.into_iter().find(|(known, _, _)| *known == code)
}

/// An error as it stands in webhooks.
pub(crate) fn webhook_error(code: i64, details: &str) -> Value {
    let title = title(code);
    json!({ "code": code, "title": title, "message": title, "error_data": { "details": details }, "href": HREF })
}
