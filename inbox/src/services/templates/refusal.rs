//! Why a template was not made, changed or deleted, for the person who asked for it.

use crate::error::Error;
use providers::inbound::ProviderError;
use providers::template::Invalid;

/// What a person can mend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateRefusal {
    /// Which rule.
    pub code: TemplateRefusalCode,
    /// The path of the argument, from the input down.
    pub field: Vec<String>,
    /// What is wrong and what to do.
    pub message: String,
}

/// The rules that a change of a template can break.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TemplateRefusalCode {
    /// WhatsApp's limits on templates.
    Invalid,
    /// The account has a template of this name and language.
    NameTaken,
    /// There is no such channel, or it has no account at Meta.
    ChannelNotFound,
    /// There is no such file to show to the reviewers.
    SampleMissing,
    /// Meta takes no such file as a sample.
    SampleNotAllowed,
    /// A template in this state cannot be changed.
    NotEditable,
    /// The category of an approved template stays.
    CategoryFixed,
    /// Meta refused it.
    RefusedByMeta,
    /// Meta could not be asked, or refused for a reason that is not about the template.
    MetaUnavailable,
}

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// Something that a person can mend.
    #[error("the template was refused: {}", .0.iter().map(|refusal| refusal.message.as_str()).collect::<Vec<_>>().join(" "))]
    Refused(Vec<TemplateRefusal>),
    /// Anything else.
    #[error(transparent)]
    Error(#[from] Error),
}

impl TemplateRefusal {
    pub(super) fn new(code: TemplateRefusalCode, field: &[&str], message: impl Into<String>) -> Self {
        let field = field.iter().map(|&name| name.to_owned()).collect();
        Self { code, field, message: message.into() }
    }

    /// One of WhatsApp's rules; what is not about the template's name card is about its content.
    pub(super) fn of_rule(invalid: Invalid) -> Self {
        let within: &[&str] = match invalid.path.first().map(String::as_str) {
            Some("name" | "language" | "category") => &[],
            Some("oneTimeCode") => &["content"],
            _ => &["content", "message"],
        };
        let field = within.iter().map(|&part| part.to_owned()).chain(invalid.path).collect();
        Self { code: TemplateRefusalCode::Invalid, field, message: invalid.message }
    }
}

impl From<TemplateRefusal> for TemplateError {
    fn from(refusal: TemplateRefusal) -> Self {
        Self::Refused(vec![refusal])
    }
}

/// Meta's refusal, if it is about the template; else it is about us (token, rights, pace), or there was no answer.
pub(super) fn of_provider(error: &ProviderError) -> TemplateError {
    let said = error.details.as_ref().or(error.message.as_ref()).or(error.title.as_ref());
    let said = said.map_or("it gave no reason", String::as_str);
    let refusal = match error.code {
        Some(100 | 192 | 131_008 | 131_009 | 2_388_000..=2_389_000) => TemplateRefusal::new(
            TemplateRefusalCode::RefusedByMeta,
            &[],
            format!("WhatsApp refused it: {said}"),
        ),
        code => {
            let code = code.map(|code| format!(" (code {code})")).unwrap_or_default();
            let message =
                format!("Meta could not do it now: {said}{code}. Try again, or tell who runs this service.");
            TemplateRefusal::new(TemplateRefusalCode::MetaUnavailable, &[], message)
        }
    };
    refusal.into()
}
