//! Message templates: what Meta approved, which values it wants, and what the customer sees once they are in.
//!
//! A [`Definition`] is read from Meta's components and written as them. [`form()`] lists its variables under stable keys,
//! and [`fill()`] puts values into them: it makes the components of a send and what the customer sees in one walk, so that
//! a preview can never differ from what is sent. Knows no store and makes no call.

mod create;
mod definition;
mod fill;
mod form;
mod grammar;
mod read;
#[cfg(test)]
mod tests;
mod update;
mod write;

pub use create::{Invalid, LANGUAGES, NewTemplate, validate_edit, validate_new};
pub use definition::{
    Body, Button, Definition, Face, Footer, Header, MediaKind, Offer, OtpApp, OtpKind, ParameterFormat, Text,
};
pub use fill::{Filled, Problem, ProblemCode, Value, fill};
pub use form::{Place, Variable, VariableKind, form};
pub use grammar::{Part, parts, variables};
pub use update::{TemplateChange, TemplateUpdate};
