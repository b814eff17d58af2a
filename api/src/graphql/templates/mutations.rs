//! What administrators do with templates. Each of these calls Meta.

use super::Template;
use super::input::{TemplateCategoryInput, TemplateDefinitionInput};
use crate::graphql::context::{Reader, app, viewer};
use crate::graphql::errors::Result;
use crate::graphql::global_id::GlobalId;
use crate::graphql::load;
use crate::graphql::user_errors::user_errors;
use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use entities::{ChannelId, TemplateId, template};
use inbox::services::templates::{self as service, TemplateError, TemplateRefusal, TemplateRefusalCode};
use providers::template::NewTemplate;

/// Declares the user errors of a change of templates: the codes are those of the rules that it can break.
macro_rules! template_errors {
    ($(#[$doc:meta])* $error:ident, $code:ident { $($(#[$code_doc:meta])* $variant:ident,)* }) => {
        user_errors! {
            $(#[$doc])*
            $error, $code { $($(#[$code_doc])* $variant,)* }
        }

        impl FromTemplateRefusal for $error {
            fn from_refusal(refusal: TemplateRefusal) -> Option<Self> {
                let code = match refusal.code {
                    $(TemplateRefusalCode::$variant => $code::$variant,)*
                    _ => return None,
                };
                let field = (!refusal.field.is_empty()).then_some(refusal.field);
                Some(Self::new(code, field, refusal.message))
            }
        }
    };
}

trait FromTemplateRefusal: Sized {
    /// None if the mutation does not declare the rule.
    fn from_refusal(refusal: TemplateRefusal) -> Option<Self>;
}

template_errors! {
    /// Why templates were not brought level with Meta's.
    TemplatesSyncUserError, TemplatesSyncUserErrorCode {
        /// No channel has an account at Meta.
        ChannelNotFound,
        /// Meta did not give the list, for the reason in the message.
        MetaUnavailable,
    }
}

template_errors! {
    /// Why a template was not made.
    TemplateCreateUserError, TemplateCreateUserErrorCode {
        /// It breaks one of WhatsApp's rules for templates.
        Invalid,
        /// The account has a template of this name in this language.
        NameTaken,
        /// There is no such channel, or it has no account at Meta.
        ChannelNotFound,
        /// There is no such file to give as a sample, or it is not in our storage.
        SampleMissing,
        /// Meta takes no such file as a sample, for the reason in the message.
        SampleNotAllowed,
        /// Meta refused it, for the reason in the message.
        RefusedByMeta,
        /// Meta could not be asked, for the reason in the message.
        MetaUnavailable,
    }
}

template_errors! {
    /// Why a template was not changed.
    TemplateUpdateUserError, TemplateUpdateUserErrorCode {
        /// It would break one of WhatsApp's rules for templates.
        Invalid,
        /// A template in this state cannot be changed.
        NotEditable,
        /// The category of an approved template stays.
        CategoryFixed,
        /// There is no such file to give as a sample, or it is not in our storage.
        SampleMissing,
        /// Meta takes no such file as a sample, for the reason in the message.
        SampleNotAllowed,
        /// Meta refused it, for the reason in the message.
        RefusedByMeta,
        /// Meta could not be asked, for the reason in the message.
        MetaUnavailable,
    }
}

template_errors! {
    /// Why a template was not deleted.
    TemplateDeleteUserError, TemplateDeleteUserErrorCode {
        /// Meta refused it, for the reason in the message.
        RefusedByMeta,
        /// Meta could not be asked, for the reason in the message.
        MetaUnavailable,
    }
}

/// What a listing changed here, or why there was none.
#[derive(SimpleObject)]
struct TemplatesSyncPayload {
    /// What the listing changed. Null if there are user errors.
    report: Option<TemplatesSyncReport>,
    /// Why there was none. Accounts that were read before stay level.
    user_errors: Vec<TemplatesSyncUserError>,
}

/// What a listing changed here.
#[derive(SimpleObject)]
struct TemplatesSyncReport {
    /// Templates that were seen for the first time.
    created_count: i32,
    /// Templates that changed, or are back.
    updated_count: i32,
    /// Templates that are gone at Meta.
    removed_count: i32,
    /// Templates that are as they were.
    unchanged_count: i32,
}

/// A template to make.
#[derive(InputObject)]
struct TemplateCreateInput {
    /// In the account of this number; of the default one if absent.
    channel_id: Option<ID>,
    /// 1 to 512 lower-case letters (a to z), digits and underscores; the same in all languages.
    name: String,
    /// As Meta writes it: `en_US`, `es`, `pt_BR`.
    language: String,
    /// What it is for. Meta may decide otherwise: look at the template that comes back.
    category: TemplateCategoryInput,
    /// What it says.
    content: TemplateDefinitionInput,
}

/// What is to change in a template. What is absent stays.
#[derive(InputObject)]
struct TemplateUpdateInput {
    /// What it is for; that of an approved template stays.
    category: Option<TemplateCategoryInput>,
    /// What it says from now on, as a whole.
    content: Option<TemplateDefinitionInput>,
}

/// A template that was made, or why none was.
#[derive(SimpleObject)]
struct TemplateCreatePayload {
    /// The template as Meta took it, usually to be reviewed. Null if there are user errors.
    template: Option<Template>,
    /// Why none was made.
    user_errors: Vec<TemplateCreateUserError>,
}

/// A template that was changed, or why it was not.
#[derive(SimpleObject)]
struct TemplateUpdatePayload {
    /// The template, to be reviewed again. Null if there are user errors.
    template: Option<Template>,
    /// Why it was not changed.
    user_errors: Vec<TemplateUpdateUserError>,
}

/// A template that was deleted, or why it was not.
#[derive(SimpleObject)]
struct TemplateDeletePayload {
    /// The id of the template that is gone. Null if there are user errors.
    deleted_template_id: Option<ID>,
    /// Why it was not deleted.
    user_errors: Vec<TemplateDeleteUserError>,
}

#[derive(Default)]
pub(in crate::graphql) struct TemplateMutations;

#[Object]
impl TemplateMutations {
    /// Reads all templates from Meta and writes down what changed. Webhooks keep them level from then on. Needs the
    /// permission ADMINISTER.
    async fn templates_sync(&self, ctx: &Context<'_>) -> Result<TemplatesSyncPayload> {
        let outcome = service::templates_sync(app(ctx), viewer(ctx)?).await;
        let (report, user_errors) = split(outcome)?;
        let count = |count: u32| i32::try_from(count).unwrap_or(i32::MAX);
        let report = report.map(|report: service::SyncReport| TemplatesSyncReport {
            created_count: count(report.created),
            updated_count: count(report.updated),
            removed_count: count(report.removed),
            unchanged_count: count(report.unchanged),
        });
        Ok(TemplatesSyncPayload { report, user_errors })
    }

    /// Makes a template at Meta, which reviews it: minutes to a day. Samples of files are given to Meta first; should that
    /// take longer than a request may, it goes on, and the template shows up in `templates`. Needs the permission
    /// ADMINISTER.
    async fn template_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The template to make.")] input: TemplateCreateInput,
    ) -> Result<TemplateCreatePayload> {
        let viewer = viewer(ctx)?;
        let (definition, samples) = input.content.into_parts()?;
        let input = service::TemplateCreate {
            channel_id: ChannelId::parse_option("input.channelId", input.channel_id.as_ref())?,
            template: NewTemplate {
                name: input.name,
                language: input.language,
                category: input.category.word(),
                definition,
            },
            samples,
        };
        let (row, user_errors) = split(service::template_create(app(ctx), viewer, input).await)?;
        Ok(TemplateCreatePayload { template: written(ctx, row).await?, user_errors })
    }

    /// Changes a template at Meta, which reviews it again. Needs the permission ADMINISTER.
    async fn template_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The template's id.")] id: ID,
        #[graphql(desc = "What is to change; what is absent stays.")] input: TemplateUpdateInput,
    ) -> Result<TemplateUpdatePayload> {
        let (viewer, id) = (viewer(ctx)?, TemplateId::parse("id", &id)?);
        let (definition, samples) = match input.content {
            Some(content) => content.into_parts().map(|(definition, samples)| (Some(definition), samples))?,
            None => (None, Vec::new()),
        };
        let category = input.category.map(TemplateCategoryInput::word);
        let input = service::TemplateUpdate { category, definition, samples };
        let (row, user_errors) = split(service::template_update(app(ctx), viewer, id, input).await)?;
        Ok(TemplateUpdatePayload { template: written(ctx, row).await?, user_errors })
    }

    /// Deletes a template at Meta, in its language only. If it was approved, its name is locked there for 30 days. Needs
    /// the permission ADMINISTER.
    async fn template_delete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The template's id.")] id: ID,
    ) -> Result<TemplateDeletePayload> {
        let (viewer, template) = (viewer(ctx)?, TemplateId::parse("id", &id)?);
        let (deleted, user_errors) = split(service::template_delete(app(ctx), viewer, template).await)?;
        Ok(TemplateDeletePayload { deleted_template_id: deleted.map(|()| id), user_errors })
    }
}

async fn written(ctx: &Context<'_>, row: Option<template::Model>) -> Result<Option<Template>> {
    let Some(row) = row else { return Ok(None) };
    load::build_one(Reader::new(ctx)?, row, &()).await
}

/// What came out, and what the person can mend: one of the two is empty.
fn split<T, E: FromTemplateRefusal>(outcome: Result<T, TemplateError>) -> Result<(Option<T>, Vec<E>)> {
    match outcome {
        Ok(value) => Ok((Some(value), Vec::new())),
        Err(TemplateError::Refused(refusals)) => {
            let undeclared = || inbox::Error::internal("a rule is broken that the mutation does not declare");
            let errors = refusals.into_iter().map(|refusal| E::from_refusal(refusal).ok_or_else(undeclared));
            Ok((None, errors.collect::<std::result::Result<_, _>>()?))
        }
        Err(TemplateError::Error(error)) => Err(error.into()),
    }
}
