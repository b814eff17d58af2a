//! Templates to send.

use super::LocationContentInput;
use super::files::MediaInput;
use crate::graphql::errors::Result;
use crate::graphql::global_id::GlobalId;
use crate::graphql::scalars::DateTime;
use async_graphql::{ID, InputObject, OneofObject};
use entities::TemplateId;
use inbox::services::send::draft::{TemplateDraft, TemplateValue};

/// A template that Meta approved, with its variables.
#[derive(Clone, Debug, InputObject)]
pub(in crate::graphql) struct TemplateContentInput {
    /// Which template, in which language.
    template_id: ID,
    /// Values of its variables; none if it has no variables.
    variables: Option<Vec<TemplateVariableInput>>,
}

/// The value of one variable of a template.
#[derive(Clone, Debug, InputObject)]
pub(in crate::graphql) struct TemplateVariableInput {
    /// Which variable, as the template names it.
    key: String,
    /// What stands in its place.
    value: TemplateValueInput,
}

/// What stands in the place of a variable.
#[derive(Clone, Debug, OneofObject)]
pub(in crate::graphql) enum TemplateValueInput {
    /// A text, without line breaks.
    Text(String),
    /// A file for the header.
    Media(MediaInput),
    /// A place for the header.
    Location(LocationContentInput),
    /// A moment, such as the end of an offer.
    DateTime(DateTime),
}

impl TemplateContentInput {
    /// See [`super::MessageContentInput::into_draft`].
    pub(in crate::graphql) fn into_draft(self, path: &str) -> Result<TemplateDraft> {
        let template = TemplateId::parse(&format!("{path}.templateId"), &self.template_id)?;
        let variables = self.variables.into_iter().flatten().enumerate();
        let variables = variables.map(|(place, variable)| {
            let value = variable.value.into_value(&format!("{path}.variables.{place}.value"))?;
            Ok((variable.key, value))
        });
        Ok(TemplateDraft { template, variables: variables.collect::<Result<_>>()? })
    }
}

impl TemplateValueInput {
    fn into_value(self, path: &str) -> Result<TemplateValue> {
        Ok(match self {
            Self::Text(text) => TemplateValue::Text(text),
            Self::Media(media) => TemplateValue::Media(media.into_source(&format!("{path}.media"))?),
            Self::Location(place) => TemplateValue::Location(place.into()),
            Self::DateTime(moment) => TemplateValue::DateTime(moment.0),
        })
    }
}
