//! Models without a network.

mod script;
mod steps;

pub use script::Script;
pub use steps::{Scripted, Step};

/// About how many tokens a text has: four bytes each.
fn tokens_of(text: &str) -> u64 {
    text.len().div_ceil(4) as u64
}
