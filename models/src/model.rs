//! What is asked of a language model, and what it answers.

use crate::error::ModelError;
use futures_util::future::BoxFuture;
use serde_json::Value;
use std::fmt::Debug;
use std::time::Duration;

/// A language model of any provider, or one without a network ([`crate::scripted`]).
pub trait LanguageModel: Debug + Send + Sync {
    /// One answer to `request`, whole, or an error after `deadline` at the latest. One attempt: nothing is repeated here.
    /// Dropping the future ends the call.
    fn complete<'a>(
        &'a self,
        request: &'a Request,
        deadline: Duration,
    ) -> BoxFuture<'a, Result<Completion, ModelError>>;
}

/// What a model is asked.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// The model's name at its provider.
    pub model: String,
    /// What the business wants of it; the only text that may be trusted.
    pub instructions: String,
    /// What was said, oldest first.
    pub turns: Vec<Turn>,
    /// What it may call.
    pub tools: Vec<Tool>,
    /// Whether it has to.
    pub tool_choice: ToolChoice,
    /// How freely it chooses words; the provider's default where unset.
    pub temperature: Option<f64>,
    /// Where the answer is cut, in tokens.
    pub max_output_tokens: u32,
}

/// One thing that was said.
#[derive(Clone, Debug, PartialEq)]
pub enum Turn {
    /// By the customer.
    User(String),
    /// By the model.
    Assistant {
        /// In words.
        text: Option<String>,
        /// By calling tools. Each is answered by a [`Turn::ToolResult`] before the next turn of another kind.
        calls: Vec<ToolCall>,
    },
    /// By a tool.
    ToolResult {
        /// The call that it answers.
        call_id: String,
        /// The tool's name.
        name: String,
        /// What it gave.
        content: String,
    },
}

/// A tool that a model may call.
#[derive(Clone, Debug, PartialEq)]
pub struct Tool {
    /// Letters, digits, `_` and `-`, at most 64.
    pub name: String,
    /// What it does, for the model.
    pub description: String,
    /// The JSON schema of its arguments: an object.
    pub parameters: Value,
}

/// Whether a model has to call a tool.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ToolChoice {
    /// As it likes.
    #[default]
    Auto,
    /// At least one.
    Required,
    /// None, whatever tools are shown.
    None,
    /// This one.
    Named(String),
}

/// A model's call of a tool. Neither the name nor the arguments were checked against the tools of the request.
#[derive(Clone, Debug, PartialEq)]
pub struct ToolCall {
    /// Names the call for its result; unique within a completion.
    pub id: String,
    /// The tool.
    pub name: String,
    /// Its arguments.
    pub arguments: Value,
}

/// What a model answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Completion {
    /// In words, if it said any.
    pub text: Option<String>,
    /// By calling tools, in its order.
    pub calls: Vec<ToolCall>,
    /// Why it stopped.
    pub stop: Stop,
    /// What it cost.
    pub usage: Usage,
}

/// Why a model stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// It had said everything, or waits for the results of tools.
    Done,
    /// The limit of tokens was reached: the answer is cut.
    Length,
    /// The provider held the answer, or the rest of it, back.
    Filtered,
    /// For another reason, or an unknown one.
    Other,
}

/// What a call cost, in tokens; 0 where the provider does not say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Of the request, cached ones among them.
    pub input_tokens: u64,
    /// Of those the ones that the provider had in its cache, which are cheaper.
    pub cached_input_tokens: u64,
    /// Of the answer, those of its thinking among them.
    pub output_tokens: u64,
}
