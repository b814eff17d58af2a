//! The rules of the business: pure functions and plain data. No I/O, no async, no clock.

pub mod addresses;
pub mod assignment;
pub mod business_hours;
pub mod contacts;
pub mod control;
pub mod dialling;
pub mod download;
pub mod erasure;
pub mod file_types;
pub mod keywords;
pub mod marketing;
pub mod parts;
pub mod people;
pub mod reaction;
pub mod read_receipts;
pub mod recipient;
pub mod retry;
pub mod revocation;
pub mod sendability;
pub mod status;
pub mod templates;
pub mod timeline;
pub mod turn;
pub mod waiting;
pub mod wish_for_person;
