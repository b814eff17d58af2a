//! The rules of the business: pure functions and plain data. No I/O, no async, no clock.

pub mod assignment;
pub mod control;
pub mod people;
pub mod retry;
pub mod sendability;
pub mod status;
