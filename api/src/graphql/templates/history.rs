//! What became of a template.

use super::words::{TemplateChangeSource, TemplateProperty};
use crate::graphql::context::Reader;
use crate::graphql::errors::Result;
use crate::graphql::load::{Resource, Selection};
use crate::graphql::scalars::DateTime;
use async_graphql::Object;
use entities::{TemplateChangeId, template_change};
use futures_util::future::{BoxFuture, FutureExt};
use std::collections::HashSet;
use std::sync::Arc;

/// See the description in the schema.
#[derive(Clone, Debug)]
pub(in crate::graphql) struct TemplateChange(Arc<template_change::Model>);

/// Something that became of a template.
#[Object]
impl TemplateChange {
    /// What changed.
    async fn property(&self) -> TemplateProperty {
        self.0.property.into()
    }

    /// What it was, in Meta's word. Null for contents, and for what was not known.
    async fn old_value(&self) -> Option<&str> {
        self.0.old_value.as_deref()
    }

    /// What it became, in Meta's word. Null for contents.
    async fn new_value(&self) -> Option<&str> {
        self.0.new_value.as_deref()
    }

    /// Why, in Meta's words.
    async fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    /// How it became known.
    async fn source(&self) -> TemplateChangeSource {
        self.0.source.into()
    }

    /// When it happened: WhatsApp's time where it gives one.
    async fn occurred_at(&self) -> DateTime {
        self.0.occurred_at.into()
    }
}

impl Resource for TemplateChange {
    type Id = TemplateChangeId;
    type Row = template_change::Model;
    type Plan = ();

    fn plan(_: &Selection<'_>) {}

    fn id_of(row: &template_change::Model) -> TemplateChangeId {
        row.id
    }

    /// They are read as pages of a template only.
    fn fetch(
        _: Reader<'_>,
        _: HashSet<TemplateChangeId>,
    ) -> BoxFuture<'_, inbox::Result<Vec<template_change::Model>>> {
        std::future::ready(Ok(Vec::new())).boxed()
    }

    fn build<'a>(
        _: Reader<'a>,
        rows: Vec<Arc<template_change::Model>>,
        (): &'a (),
    ) -> BoxFuture<'a, Result<Vec<Self>>> {
        std::future::ready(Ok(rows.into_iter().map(Self).collect())).boxed()
    }
}
