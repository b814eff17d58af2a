//! The language in which a caller is told about failures.

use super::context::{app, viewer};
use super::errors::Result;
use async_graphql::Context;
use providers::meta::catalogue::Language;
use tokio::sync::OnceCell;

/// The language of who asks, read when it is first needed and once a request. Queries and mutations have one;
/// subscriptions have none, since one execution serves callers of several languages.
#[derive(Debug, Default)]
pub(super) struct CallerLanguage(OnceCell<Language>);

/// The language that an argument names, else the caller's, else English.
///
/// # Errors
/// If the caller's cannot be read.
pub(super) async fn choose(ctx: &Context<'_>, argument: Option<&str>) -> Result<Language> {
    match (argument, ctx.data_opt::<CallerLanguage>()) {
        (Some(tag), _) => Ok(Language::of_tag(tag)),
        (None, Some(caller)) => caller.0.get_or_try_init(|| of_caller(ctx)).await.copied(),
        (None, None) => Ok(Language::default()),
    }
}

async fn of_caller(ctx: &Context<'_>) -> Result<Language> {
    let user = inbox::store::users::of_viewer(app(ctx).db.read(), viewer(ctx)?).await?;
    let tag = user.and_then(|user| user.language);
    Ok(tag.as_deref().map(Language::of_tag).unwrap_or_default())
}
