//! Closed sets of automatic mode.

use sea_orm::{DeriveActiveEnum, EnumIter};
use serde::{Deserialize, Serialize};

stored_enums! {
    /// What changed in a conversation.
    ConversationChangeKind {
        /// It began.
        Opened = "OPENED",
        /// Who may answer.
        ModeChanged = "MODE_CHANGED",
        /// Which assistant is assigned, or whether it is active.
        AssistantChanged = "ASSISTANT_CHANGED",
        /// Who answers for it.
        OwnerChanged = "OWNER_CHANGED",
        /// It left the inbox.
        Archived = "ARCHIVED",
        /// It came back.
        Unarchived = "UNARCHIVED",
        /// The assistant gave it to people.
        HandedOff = "HANDED_OFF",
        /// Another conversation became a part of it.
        Merged = "MERGED",
    }

    /// Why something changed in a conversation.
    ChangeCause {
        /// The customer wrote.
        CustomerWrote = "CUSTOMER_WROTE",
        /// The business wrote over this service.
        MessageSent = "MESSAGE_SENT",
        /// Somebody wrote on the business's phone.
        BusinessAppSent = "BUSINESS_APP_SENT",
        /// Somebody asked for it.
        Request = "REQUEST",
        /// The business's phone brought its history along.
        History = "HISTORY",
        /// A scheduled job did it.
        Job = "JOB",
        /// The assistant decided it.
        Assistant = "ASSISTANT",
    }

    /// How an assistant's model is spoken to.
    AssistantProvider {
        /// Chat completions: OpenAI, and whoever speaks like it.
        OpenAi = "OPENAI",
        /// Anthropic's messages.
        Anthropic = "ANTHROPIC",
        /// Google's `generateContent`.
        Gemini = "GEMINI",
        /// A model on a machine of one's own.
        Ollama = "OLLAMA",
        /// A script without a model, for demonstrations.
        Scripted = "SCRIPTED",
    }

    /// How a run of an assistant stands, or how it ended.
    RunState {
        /// The model is being asked.
        Running = "RUNNING",
        /// Its answer was queued.
        Answered = "ANSWERED",
        /// It decided that nothing needs to be said.
        NoReply = "NO_REPLY",
        /// It gave the conversation to people.
        HandedOff = "HANDED_OFF",
        /// The customer wrote more; the answer was thrown away, and another run takes its place.
        Superseded = "SUPERSEDED",
        /// A person took over, or the assistant was taken away.
        Canceled = "CANCELED",
        /// The model could not be asked, or gave nothing that can be sent.
        Failed = "FAILED",
    }

    /// What was done in a run.
    RunStepKind {
        /// The model was asked.
        Model = "MODEL",
        /// A tool was called.
        Tool = "TOOL",
        /// The answer was checked, and found wrong.
        Check = "CHECK",
    }

    /// How a call of a tool that changes something stands.
    ToolCallState {
        /// It is being made, or its end was never seen.
        Calling = "CALLING",
        /// It was carried out.
        Done = "DONE",
        /// It was not carried out.
        Failed = "FAILED",
        /// Nobody knows.
        Unknown = "UNKNOWN",
    }

    /// What a person thinks of an answer.
    Rating {
        /// Good.
        Up = "UP",
        /// Bad.
        Down = "DOWN",
    }

    /// When a waiting message is sent.
    WaitingMessageVariant {
        /// While somebody may come.
        Standard = "STANDARD",
        /// Outside business hours.
        OutOfHours = "OUT_OF_HOURS",
    }
}
