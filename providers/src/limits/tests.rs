//! The limits at their edges.

use super::*;
use crate::content::{
    CardPhone, ContactCard, Contacts, CtaUrl, Header, List, ListRow, ListSection, LocationRequest,
    ReplyButton, ReplyButtons, Text,
};

fn x(characters: usize) -> String {
    "é".repeat(characters)
}

fn text(body: &str) -> Content {
    Content::Text(Text { body: body.to_owned(), preview_url: false })
}

fn file() -> File {
    File { provider_id: Some("1".to_owned()), ..File::default() }
}

fn captioned(kind: fn(File) -> Content, characters: usize) -> Content {
    kind(File { caption: Some(x(characters)), ..file() })
}

fn linked(link: &str) -> Content {
    Content::Image(File { link: Some(link.to_owned()), ..File::default() })
}

fn buttons(change: impl FnOnce(&mut ReplyButtons)) -> Content {
    let button = |name: &str| ReplyButton { id: name.to_owned(), title: name.to_uppercase() };
    let mut message = ReplyButtons {
        body: "Which?".to_owned(),
        buttons: vec![button("a"), button("b"), button("c")],
        ..ReplyButtons::default()
    };
    change(&mut message);
    Content::ReplyButtons(message)
}

fn row(id: &str) -> ListRow {
    ListRow { id: id.to_owned(), title: "Row".to_owned(), description: None }
}

fn list(change: impl FnOnce(&mut List)) -> Content {
    let section = |title: &str, rows: std::ops::Range<u32>| ListSection {
        title: Some(title.to_owned()),
        rows: rows.map(|number| row(&number.to_string())).collect(),
    };
    let mut message = List {
        body: "Which?".to_owned(),
        button: "Choose".to_owned(),
        sections: vec![section("One", 0..5), section("Two", 5..10)],
        ..List::default()
    };
    change(&mut message);
    Content::List(message)
}

fn cta(change: impl FnOnce(&mut CtaUrl)) -> Content {
    let mut message = CtaUrl {
        body: "Look".to_owned(),
        display_text: "Open".to_owned(),
        url: "https://example.com".to_owned(),
        ..CtaUrl::default()
    };
    change(&mut message);
    Content::CtaUrl(message)
}

fn place(latitude: f64, longitude: f64) -> Content {
    Content::Location(Location { latitude, longitude, ..Location::default() })
}

fn card(change: impl FnOnce(&mut ContactCard)) -> ContactCard {
    let mut card = ContactCard {
        formatted_name: Some("Ana Sol".to_owned()),
        first_name: Some("Ana".to_owned()),
        ..ContactCard::default()
    };
    change(&mut card);
    card
}

fn cards(cards: Vec<ContactCard>) -> Content {
    Content::Contacts(Contacts { cards })
}

fn line(text: &str) -> Header {
    Header::Text { text: text.to_owned() }
}

/// Field and rule of each limit that is broken.
fn broken(content: &Content) -> Vec<(String, Rule)> {
    let errors = validate(content).err().unwrap_or_default();
    assert!(errors.iter().all(|error| error.message.ends_with('.')), "{errors:?}");
    errors.into_iter().map(|error| (error.field.join("."), error.rule)).collect()
}

fn long(limit: usize) -> Rule {
    Rule::TooLong { limit, actual: limit + 1 }
}

#[track_caller]
fn check(cases: Vec<(Content, &[(&str, Rule)])>) {
    for (content, expected) in cases {
        let expected: Vec<_> = expected.iter().map(|(field, rule)| ((*field).to_owned(), *rule)).collect();
        assert_eq!(broken(&content), expected, "{content:?}");
    }
}

#[test]
fn texts_and_files() {
    let name = |characters| Content::Document(File { file_name: Some(x(characters)), ..file() });
    check(vec![
        (text("a"), &[]),
        (text(&x(4096)), &[]),
        (text(&"😀".repeat(4096)), &[]),
        (text(""), &[("body", Rule::Missing)]),
        (text(" \n\u{a0}"), &[("body", Rule::Missing)]),
        (text(&x(4097)), &[("body", long(4096))]),
        (text(&"👨‍👩‍👧".repeat(820)), &[("body", Rule::TooLong { limit: 4096, actual: 4100 })]),
        (captioned(Content::Image, 1024), &[]),
        (captioned(Content::Image, 1025), &[("caption", long(1024))]),
        (captioned(Content::Video, 1025), &[("caption", long(1024))]),
        (captioned(Content::Document, 1025), &[("caption", long(1024))]),
        (captioned(Content::Audio, 0), &[]),
        (captioned(Content::Audio, 1), &[("caption", Rule::NotAllowed)]),
        (captioned(Content::Sticker, 1), &[("caption", Rule::NotAllowed)]),
        (name(240), &[]),
        (name(241), &[("fileName", long(240))]),
        (name(0), &[("fileName", Rule::Missing)]),
        (Content::Image(File::default()), &[("media", Rule::Missing)]),
        (linked("https://example.com/a.png"), &[]),
        (linked("ftp://example.com/a.png"), &[("media", Rule::Malformed)]),
        (linked("example.com/a.png"), &[("media", Rule::Malformed)]),
        (linked(&format!("https://example.com/{}", "a".repeat(1981))), &[("media", long(2000))]),
    ]);
}

#[test]
fn places() {
    let named = |name: &str, address: &str| {
        Content::Location(Location {
            name: Some(name.to_owned()),
            address: Some(address.to_owned()),
            ..Location::default()
        })
    };
    check(vec![
        (place(90.0, 180.0), &[]),
        (place(-90.0, -180.0), &[]),
        (place(90.000_001, 0.0), &[("latitude", Rule::OutOfRange)]),
        (place(f64::NAN, -180.5), &[("latitude", Rule::OutOfRange), ("longitude", Rule::OutOfRange)]),
        (named(&x(1000), &x(1000)), &[]),
        (named(&x(1001), ""), &[("name", long(1000)), ("address", Rule::Missing)]),
        (Content::LocationRequest(LocationRequest { body: x(1024) }), &[]),
        (Content::LocationRequest(LocationRequest { body: x(1025) }), &[("body", long(1024))]),
    ]);
}

#[test]
fn reply_buttons() {
    let button = |id: &str, title: &str| ReplyButton { id: id.to_owned(), title: title.to_owned() };
    check(vec![
        (buttons(|_| {}), &[]),
        (buttons(|message| message.header = Some(Header::Video(file()))), &[]),
        (buttons(|message| message.header = Some(line(&x(60)))), &[]),
        (buttons(|message| message.header = Some(line(&x(61)))), &[("header.text", long(60))]),
        (
            buttons(|message| message.header = Some(Header::Image(File::default()))),
            &[("header.media", Rule::Missing)],
        ),
        (buttons(|message| message.body = x(1025)), &[("body", long(1024))]),
        (buttons(|message| message.footer = Some(x(60))), &[]),
        (buttons(|message| message.footer = Some(x(61))), &[("footer", long(60))]),
        (buttons(|message| message.footer = Some(String::new())), &[("footer", Rule::Missing)]),
        (buttons(|message| message.buttons.truncate(1)), &[]),
        (buttons(|message| message.buttons.clear()), &[("buttons", Rule::Count { limit: 1, actual: 0 })]),
        (
            buttons(|message| message.buttons.push(button("d", "D"))),
            &[("buttons", Rule::Count { limit: 3, actual: 4 })],
        ),
        (buttons(|message| message.buttons[2] = button(&x(256), &x(20))), &[]),
        (
            buttons(|message| message.buttons[2] = button(&x(257), &x(21))),
            &[("buttons.2.buttonId", long(256)), ("buttons.2.title", long(20))],
        ),
        (
            buttons(|message| message.buttons[2] = button("a", "B")),
            &[
                ("buttons.2.buttonId", Rule::Repeated { first: 0 }),
                ("buttons.2.title", Rule::Repeated { first: 1 }),
            ],
        ),
    ]);
}

#[test]
fn lists() {
    let last = |message: &mut List| message.sections[1].rows.pop();
    check(vec![
        (list(|_| {}), &[]),
        (list(|message| message.header = Some(line("Menu"))), &[]),
        (list(|message| message.header = Some(Header::Image(file()))), &[("header.media", Rule::NotAllowed)]),
        (list(|message| message.body = x(4096)), &[]),
        (list(|message| message.body = x(4097)), &[("body", long(4096))]),
        (list(|message| message.button = x(20)), &[]),
        (list(|message| message.button = x(21)), &[("button", long(20))]),
        (list(|message| message.sections.clear()), &[("sections", Rule::Count { limit: 1, actual: 0 })]),
        (
            list(|message| message.sections[1].rows.push(row("x"))),
            &[("sections", Rule::Count { limit: 10, actual: 11 })],
        ),
        (
            list(|message| {
                message.sections[1].rows.clear();
            }),
            &[("sections.1.rows", Rule::Count { limit: 1, actual: 0 })],
        ),
        (list(|message| message.sections[1].title = None), &[("sections.1.title", Rule::Missing)]),
        (
            list(|message| {
                message.sections.pop();
                message.sections[0].title = None;
            }),
            &[],
        ),
        (list(|message| message.sections[0].title = Some(x(25))), &[("sections.0.title", long(24))]),
        (
            list(|message| {
                last(message);
                let (title, description) = (x(24), Some(x(72)));
                message.sections[1].rows.push(ListRow { id: x(200), title, description });
            }),
            &[],
        ),
        (
            list(|message| {
                last(message);
                let (title, description) = (x(25), Some(x(73)));
                message.sections[1].rows.push(ListRow { id: x(201), title, description });
            }),
            &[
                ("sections.1.rows.4.rowId", long(200)),
                ("sections.1.rows.4.title", long(24)),
                ("sections.1.rows.4.description", long(72)),
            ],
        ),
        (
            // The same id in another section.
            list(|message| message.sections[1].rows[0].id = "2".to_owned()),
            &[("sections.1.rows.0.rowId", Rule::Repeated { first: 2 })],
        ),
    ]);
}

#[test]
fn links() {
    let to = |url: &str| cta(|message| message.url = url.to_owned());
    check(vec![
        (cta(|message| message.header = Some(Header::Document(file()))), &[]),
        (cta(|message| message.display_text = x(21)), &[("displayText", long(20))]),
        (cta(|message| message.body.clear()), &[("body", Rule::Missing)]),
        (to("http://example.com/ñ?a=1"), &[]),
        (to("whatsapp://send"), &[("url", Rule::Malformed)]),
        (to("https:/example.com"), &[("url", Rule::Malformed)]),
        (to("https://"), &[("url", Rule::Malformed)]),
        (to(""), &[("url", Rule::Malformed)]),
    ]);
}

#[test]
fn contact_cards() {
    let born = |day: &str| cards(vec![card(|card| card.birthday = Some(day.to_owned()))]);
    let phone = |phone: &str, wa_id: &str| {
        let phone = CardPhone {
            phone: Some(phone.to_owned()),
            wa_id: Some(wa_id.to_owned()),
            ..CardPhone::default()
        };
        cards(vec![card(|card| card.phones = vec![phone])])
    };
    let wrong_day: &[(&str, Rule)] = &[("cards.0.birthday", Rule::Malformed)];
    check(vec![
        (cards(vec![card(|_| {}); 257]), &[]),
        (cards(vec![card(|_| {}); 258]), &[("cards", Rule::Count { limit: 257, actual: 258 })]),
        (cards(vec![]), &[("cards", Rule::Count { limit: 1, actual: 0 })]),
        (
            cards(vec![card(|_| {}), card(|card| card.first_name = None)]),
            &[("cards.1.firstName", Rule::Missing)],
        ),
        (
            cards(vec![card(|card| {
                card.first_name = None;
                card.suffix = Some("Jr.".to_owned());
            })]),
            &[],
        ),
        (
            cards(vec![card(|card| card.formatted_name = Some(String::new()))]),
            &[("cards.0.formattedName", Rule::Missing)],
        ),
        (cards(vec![card(|card| card.company = Some(x(1001)))]), &[("cards.0.company", long(1000))]),
        (phone("+34 600", "34600000001"), &[]),
        (
            phone("", "+34600"),
            &[("cards.0.phones.0.phone", Rule::Missing), ("cards.0.phones.0.waId", Rule::Malformed)],
        ),
        (born("1985-07-01"), &[]),
        (born("2024-02-29"), &[]),
        (born("2023-02-29"), wrong_day),
        (born("1900-02-29"), wrong_day),
        (born("1985-13-01"), wrong_day),
        (born("1985-7-1"), wrong_day),
        (born("01/07/1985"), wrong_day),
        (born("1985-07-01 "), wrong_day),
        (born("+985-07-01"), wrong_day),
    ]);
}
