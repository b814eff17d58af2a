//! Ranges of codes that Meta documents as one.

use super::Fault::{Account, Us};
use super::Retry::{Later, Never};
use super::{CatalogueEntry, entry};
use std::ops::RangeInclusive;

pub(super) const FAMILIES: &[(RangeInclusive<i64>, CatalogueEntry)] = &[
    (
        201..=299,
        entry(
            201,
            Account,
            Never,
            "Permission missing",
            "The token lacks a permission for this call.",
            "Connect the account again and grant all the permissions it asks for.",
        ),
    ),
    (
        131_200..=131_299,
        entry(
            131_200,
            Us,
            Never,
            "Group call refused",
            "Meta refused something about a group.",
            "Read the details.",
        ),
    ),
    (
        138_000..=138_018,
        entry(
            138_000,
            Us,
            Never,
            "Call refused",
            "Meta refused something about a call.",
            "Read the details; check that calling is on for this number.",
        ),
    ),
    (
        139_001..=139_004,
        entry(
            139_001,
            Us,
            Never,
            "Flow not usable",
            "The flow could not be used.",
            "See what is wrong with the flow in WhatsApp Manager.",
        ),
    ),
    (
        141_000..=141_999,
        entry(
            141_000,
            Account,
            Later,
            "Account not healthy",
            "Meta's health check found something that stops the account.",
            "See the account's health in WhatsApp Manager; Meta names the solution there.",
        ),
    ),
    (
        147_002..=147_005,
        entry(
            147_002,
            Account,
            Never,
            "Username not possible",
            "The business username cannot be set.",
            "Read the details and choose another.",
        ),
    ),
];
