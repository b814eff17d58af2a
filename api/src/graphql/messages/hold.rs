//! Messages that WhatsApp took and holds back.

use crate::graphql::errors::Result;
use crate::graphql::language;
use async_graphql::{Context, Enum, Object};
use entities::{MessageStatus, message};
use providers::meta::catalogue::Language;

/// Why WhatsApp holds a message back although it took it.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
pub(super) enum MessageHoldReason {
    /// The template is new or was changed, and WhatsApp waits for what the first customers think of it.
    QualityAssessment,
    /// The template is paused.
    TemplatePaused,
    /// A reason that Meta added.
    Other,
}

/// See the description in the schema.
#[derive(Clone, Debug)]
pub(super) struct MessageHold {
    word: String,
}

impl MessageHold {
    /// None unless WhatsApp took the message and has said nothing since.
    pub(super) fn of(row: &message::Model) -> Option<Self> {
        let word = row.hold.clone().filter(|_| row.status == Some(MessageStatus::Accepted))?;
        Some(Self { word })
    }
}

/// That WhatsApp holds a message back although it took it. Without an argument its words are in the language of the user
/// who asks, as those of an error are.
#[Object]
impl MessageHold {
    /// Why.
    async fn reason(&self) -> MessageHoldReason {
        match self.word.as_str() {
            "held_for_quality_assessment" => MessageHoldReason::QualityAssessment,
            "paused" => MessageHoldReason::TemplatePaused,
            _ => MessageHoldReason::Other,
        }
    }

    /// What is going on and what follows, in a sentence or two.
    async fn explanation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "BCP 47 tag of the language: Spanish (`es`, `es-MX`), or English for any other.")]
        language: Option<String>,
    ) -> Result<&'static str> {
        let english = language::choose(ctx, language.as_deref()).await? != Language::Spanish;
        Ok(match self.word.as_str() {
            "held_for_quality_assessment" if english => {
                "The template is new or was changed, so WhatsApp sends it to a few customers first and holds this message \
                 back. If they take it well it goes out by itself within hours; else it fails, and the template is paused."
            }
            "held_for_quality_assessment" => {
                "La plantilla es nueva o ha cambiado, así que WhatsApp la envía primero a algunos clientes y retiene este \
                 mensaje. Si la reciben bien, sale por sí solo en unas horas; si no, falla y la plantilla queda en pausa."
            }
            "paused" if english => {
                "WhatsApp paused the template because customers took it badly, and holds this message back. Wait, or \
                 write to this customer with another template."
            }
            "paused" => {
                "WhatsApp ha pausado la plantilla porque los clientes la han recibido mal, y retiene este mensaje. Espera, \
                 o escribe a este cliente con otra plantilla."
            }
            _ if english => "WhatsApp took the message and holds it back. Wait for what it says next.",
            _ => "WhatsApp ha aceptado el mensaje y lo retiene. Espera a lo que diga después.",
        })
    }
}
