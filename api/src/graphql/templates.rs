//! Message templates: what WhatsApp approved, as typed forms.

mod filter;
mod history;
mod input;
mod mutations;
mod parts;
mod preview;
mod words;

pub(super) use history::TemplateChange;
pub(super) use mutations::{
    TemplateCreateUserError, TemplateDeleteUserError, TemplateMutations, TemplateUpdateUserError,
    TemplatesSyncUserError,
};
pub(super) use preview::TemplatePreview;

use super::content_input::TemplateContentInput;
use super::context::{Reader, app, viewer};
use super::errors::Result;
use super::global_id::GlobalId;
use super::load::{self, Resource, Selection};
use super::ordering::{TemplateOrder, direction};
use super::paging::{self, Connection, List, Listing, MAX_SIZE, PageArguments};
use super::scalars::{Cursor, DateTime};
use async_graphql::{Context, ID, Object};
use entities::{TemplateId, template};
use filter::TemplateFilter;
use futures_util::future::{BoxFuture, FutureExt};
use inbox::domain::templates::blocked;
use inbox::services::templates::{definition, template_preview};
use inbox::store::templates as store;
use parts::{
    TemplateButton, TemplateCard, TemplateHeader, TemplateOffer, TemplateSendability, TemplateVariable,
};
use preview::TemplatePreviewResult;
use providers::template::{Definition, form};
use std::collections::HashSet;
use std::sync::Arc;
use words::{TemplateCategory, TemplateParameterFormat, TemplateQuality, TemplateStatus};

/// See the description in the schema.
#[derive(Clone, Debug)]
pub(super) struct Template {
    row: Arc<template::Model>,
    definition: Arc<Definition>,
}

/// A message that Meta approved, in one language, with its variables as a form. Everything may change at Meta at any time.
#[Object]
impl Template {
    /// Global id.
    pub(super) async fn id(&self) -> ID {
        self.row.id.global()
    }

    /// The name, the same in all languages.
    async fn name(&self) -> &str {
        &self.row.name
    }

    /// Its language, as Meta writes it (`en_US`).
    async fn language(&self) -> &str {
        &self.row.language
    }

    /// What it is for, and so what it costs. Null until it was listed.
    async fn category(&self) -> Option<TemplateCategory> {
        self.row.category.as_deref().map(TemplateCategory::of)
    }

    /// What it was for before Meta moved it.
    async fn previous_category(&self) -> Option<TemplateCategory> {
        self.row.previous_category.as_deref().map(TemplateCategory::of)
    }

    /// The category that Meta holds right and will move it to, if that is another one.
    async fn correct_category(&self) -> Option<TemplateCategory> {
        self.row.correct_category.as_deref().map(TemplateCategory::of)
    }

    /// When Meta moved it to another category, or will: about 24 hours after the announcement.
    async fn category_change_at(&self) -> Option<DateTime> {
        self.row.category_change_at.map(DateTime)
    }

    /// Whether it may be sent.
    async fn status(&self) -> TemplateStatus {
        TemplateStatus::of(&self.row.status)
    }

    /// Meta's own word for the status, for those that this schema does not know yet.
    async fn provider_status(&self) -> &str {
        &self.row.status
    }

    /// Why it was rejected, paused or disabled, in Meta's words.
    async fn status_reason(&self) -> Option<&str> {
        self.row.status_reason.as_deref()
    }

    /// How customers take it. Null until Meta says so.
    async fn quality(&self) -> Option<TemplateQuality> {
        self.row.quality.as_deref().map(TemplateQuality::of)
    }

    /// Whether it may be sent now, whoever to.
    async fn sendable(&self) -> TemplateSendability {
        let unfillable = || {
            let why = self.definition.unfillable()?;
            Some(format!("It cannot be sent from here: {why}. Choose another one."))
        };
        let reason = blocked(&self.row).or_else(unfillable);
        TemplateSendability { allowed: reason.is_none(), reason }
    }

    /// How its variables are named.
    async fn parameter_format(&self) -> TemplateParameterFormat {
        self.definition.format.into()
    }

    /// The values that it wants, in the order in which the customer sees them.
    async fn variables(&self) -> Vec<TemplateVariable> {
        form(&self.definition).into_iter().map(Into::into).collect()
    }

    /// What is on top.
    async fn header(&self) -> Option<TemplateHeader> {
        self.definition.face.header.as_ref().map(Into::into)
    }

    /// The text, with `{{…}}` where variables go. Null until it was listed.
    async fn body(&self) -> Option<&str> {
        self.definition.face.body.as_ref().map(|body| body.text.text.as_str())
    }

    /// The small print below the text.
    async fn footer(&self) -> Option<&str> {
        self.definition.footer.as_ref()?.text.as_deref()
    }

    /// The buttons, top to bottom.
    async fn buttons(&self) -> Vec<TemplateButton> {
        self.definition.face.buttons.iter().map(Into::into).collect()
    }

    /// The limited-time offer that it makes.
    async fn offer(&self) -> Option<TemplateOffer> {
        self.definition.offer.as_ref().map(Into::into)
    }

    /// The cards of a carousel, left to right.
    async fn cards(&self) -> Vec<TemplateCard> {
        self.definition.cards.iter().map(Into::into).collect()
    }

    /// What it looks like with the samples that it was approved with.
    async fn example(&self) -> TemplatePreview {
        preview::of_examples(&self.definition)
    }

    /// What became of it, newest first.
    async fn history(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first items, at most 100; 25 if neither first nor last is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only items behind this cursor.")] after: Option<Cursor>,
        #[graphql(desc = "The last items instead of the first, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Only items ahead of this cursor.")] before: Option<Cursor>,
    ) -> Result<Connection<TemplateChange>> {
        let id = self.row.id;
        let list = Listing {
            list: List::TemplateChanges,
            max: MAX_SIZE,
            direction: direction(None),
            arguments: PageArguments { first, after, last, before },
            position: store::change_position,
        };
        paging::connection(
            ctx,
            list,
            |reader, request| async move { store::changes(reader.db(), id, &request).await },
            |reader| async move { store::count_changes(reader.db(), id).await },
        )
        .await
    }

    /// Meta's id of it in this language.
    async fn provider_id(&self) -> &str {
        &self.row.provider_id
    }

    /// Meta's id of the WhatsApp Business Account that has it.
    async fn business_account_id(&self) -> &str {
        &self.row.business_account_id
    }

    /// Whether Meta has more to tell than is known here. It is looked at by itself within moments.
    async fn needs_sync(&self) -> bool {
        self.row.needs_sync
    }

    /// When it was seen here first.
    async fn created_at(&self) -> DateTime {
        self.row.created_at.into()
    }

    /// When something of it changed here last.
    async fn updated_at(&self) -> DateTime {
        self.row.updated_at.into()
    }

    /// When it was gone from Meta. Such a template is found by id only.
    async fn deleted_at(&self) -> Option<DateTime> {
        self.row.deleted_at.map(DateTime)
    }
}

impl Resource for Template {
    type Id = TemplateId;
    type Row = template::Model;
    type Plan = ();

    fn plan(_: &Selection<'_>) {}

    fn id_of(row: &template::Model) -> TemplateId {
        row.id
    }

    fn fetch(
        reader: Reader<'_>,
        ids: HashSet<TemplateId>,
    ) -> BoxFuture<'_, inbox::Result<Vec<template::Model>>> {
        store::by_ids(reader.db(), reader.sight, ids).boxed()
    }

    fn build<'a>(
        _: Reader<'a>,
        rows: Vec<Arc<template::Model>>,
        (): &'a (),
    ) -> BoxFuture<'a, Result<Vec<Self>>> {
        let template = |row: Arc<template::Model>| Self { definition: Arc::new(definition(&row)), row };
        std::future::ready(Ok(rows.into_iter().map(template).collect())).boxed()
    }
}

#[derive(Default)]
pub(super) struct TemplateQueries;

#[Object]
impl TemplateQueries {
    /// The message templates of the connected accounts, as they were when Meta last told; newest first unless asked
    /// otherwise.
    #[expect(clippy::too_many_arguments, reason = "each is an argument of the schema")]
    async fn templates(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which templates; all of them if absent.")] filter: Option<TemplateFilter>,
        #[graphql(desc = "How the list is ordered; newest first if absent.")] order_by: Option<TemplateOrder>,
        #[graphql(desc = "The first items, at most 100; 25 if neither first nor last is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only items behind this cursor.")] after: Option<Cursor>,
        #[graphql(desc = "The last items instead of the first, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Only items ahead of this cursor.")] before: Option<Cursor>,
    ) -> Result<Connection<Template>> {
        let filter = &filter.unwrap_or_default().into_store()?;
        let list = Listing {
            list: List::Templates,
            max: MAX_SIZE,
            direction: direction(order_by.map(|order| order.direction)),
            arguments: PageArguments { first, after, last, before },
            position: store::position,
        };
        paging::connection(
            ctx,
            list,
            |reader, request| async move { store::page(reader.db(), reader.sight, filter, &request).await },
            |reader| async move { store::count(reader.db(), reader.sight, filter).await },
        )
        .await
    }

    /// What the customer would see of a template with these values: made by the very code that sends it. Null if there is
    /// no such template.
    async fn template_preview(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The template and its values.")] input: TemplateContentInput,
    ) -> Option<Result<TemplatePreviewResult>> {
        let read = async {
            let draft = input.into_draft("input")?;
            let filled = template_preview(app(ctx), viewer(ctx)?, &draft).await?;
            Ok(filled.map(TemplatePreviewResult::from))
        };
        read.await.transpose()
    }

    /// A template by its id. Null if there is none, or none for the caller.
    async fn template(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The template's id.")] id: ID,
    ) -> Option<Result<Template>> {
        let read = async {
            let id = TemplateId::parse("id", &id)?;
            load::load_one(Reader::new(ctx)?, &(), id).await
        };
        read.await.transpose()
    }
}
