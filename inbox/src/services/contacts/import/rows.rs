//! What a row of a file asks for, checked as far as that needs no database.

use crate::auth::{Refusal, RefusalCode, normalize_email};
use crate::domain::contacts_file::{Column, Layout, Row, split_tags};
use crate::domain::dialling::Country;
use crate::domain::people::Phone;
use crate::error::Error;
use crate::services::contacts::checks::{valid_language, valid_name, valid_phone, valid_tags};
use entities::ImportRule;

/// A row of a file.
#[derive(Clone, Debug)]
pub(super) struct FileRow {
    /// Where the header is row 1.
    pub(super) number: i64,
    /// What it asks for; or everything that is wrong with it.
    pub(super) wish: Result<Wish, Vec<Problem>>,
}

/// What a row says of a contact. Empty cells say nothing.
#[derive(Clone, Debug)]
pub(super) struct Wish {
    pub(super) phone: Phone,
    pub(super) name: Option<String>,
    pub(super) language: Option<String>,
    pub(super) tags: Option<Vec<String>>,
    /// The address in its normal form.
    pub(super) owner: Option<String>,
    /// By the attributes' keys, as the cells say.
    pub(super) values: Vec<(String, String)>,
}

/// What is wrong with a cell, or with the row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Problem {
    pub(super) field: Option<String>,
    pub(super) rule: ImportRule,
    pub(super) message: String,
}

impl Problem {
    pub(super) fn of(column: &Column, rule: ImportRule, message: impl Into<String>) -> Self {
        Self { field: Some(column.name()), rule, message: message.into() }
    }
}

impl FileRow {
    /// Reads the row of this number.
    pub(super) fn read(layout: &Layout, number: i64, row: Row, home: Option<Country>) -> Self {
        let cells = match row.cells {
            Ok(cells) => cells,
            Err(count) => {
                let message = format!(
                    "the row has {count} cells and the header {}; give one for each column, and put those with a \
                     separator inside into quotes",
                    layout.columns.len()
                );
                let problem = Problem { field: None, rule: ImportRule::CellCount, message };
                return Self { number, wish: Err(vec![problem]) };
            }
        };
        Self { number, wish: wish(layout, cells, home) }
    }
}

fn wish(layout: &Layout, cells: Vec<String>, home: Option<Country>) -> Result<Wish, Vec<Problem>> {
    let mut problems = Vec::new();
    let (mut phone, mut name, mut language, mut tags, mut owner) = (None, None, None, None, None);
    let mut values = Vec::new();
    for (column, cell) in layout.columns.iter().zip(cells) {
        if cell.trim().is_empty() {
            continue;
        }
        let mut taken = Taken { column, problems: &mut problems };
        match column {
            Column::Phone => phone = taken.or_note(valid_phone(&cell, home)),
            Column::Name => name = taken.or_note(valid_name(&cell)),
            Column::Language => language = taken.or_note(valid_language(&cell)),
            Column::Tags => tags = taken.or_note(valid_tags(&split_tags(&cell))),
            Column::Owner => owner = taken.address(&cell),
            Column::Attribute(key) => values.push((key.clone(), cell)),
            Column::PassedOver => {}
        }
    }
    let has_phone = phone.is_some() || problems.iter().any(|each| each.rule == ImportRule::PhoneInvalid);
    if !has_phone {
        let message = "the row has no phone number; give one, or leave the row out";
        problems.push(Problem::of(&Column::Phone, ImportRule::PhoneMissing, message));
    }
    match phone {
        Some(phone) if problems.is_empty() => Ok(Wish { phone, name, language, tags, owner, values }),
        _ => Err(problems),
    }
}

struct Taken<'a> {
    column: &'a Column,
    problems: &'a mut Vec<Problem>,
}

impl Taken<'_> {
    fn or_note<T>(&mut self, checked: Result<T, Error>) -> Option<T> {
        match checked {
            Ok(value) => Some(value),
            Err(error) => {
                let refusal = match error {
                    Error::Refused(refusal) => refusal,
                    other => Refusal::new(RefusalCode::PhoneInvalid, other.to_string()),
                };
                self.problems.push(Problem::of(self.column, rule(refusal.code), refusal.message));
                None
            }
        }
    }

    fn address(&mut self, cell: &str) -> Option<String> {
        let address = normalize_email(cell);
        if address.is_none() {
            self.problems.push(no_owner());
        }
        address
    }
}

/// Nobody has the address, or nobody for who imports.
pub(super) fn no_owner() -> Problem {
    let message =
        "there is no user with this e-mail address whom you may name; check it, or leave the cell empty";
    Problem::of(&Column::Owner, ImportRule::OwnerNotFound, message)
}

fn rule(code: RefusalCode) -> ImportRule {
    match code {
        RefusalCode::NameInvalid => ImportRule::NameInvalid,
        RefusalCode::LanguageInvalid => ImportRule::LanguageInvalid,
        RefusalCode::TagInvalid => ImportRule::TagInvalid,
        RefusalCode::TooManyTags => ImportRule::TooManyTags,
        _ => ImportRule::PhoneInvalid,
    }
}
