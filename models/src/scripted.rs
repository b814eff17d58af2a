//! Models without a network.

mod steps;

pub use steps::{Scripted, Step};
