//! Two readings of Meta's limits, made apart: what ours lets through, the simulated Meta takes.

use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use providers::content::{
    CardAddress, CardEntry, CardPhone, ContactCard, Contacts, Content, CtaUrl, File, Header, List, ListRow,
    ListSection, Location, LocationRequest, ReplyButton, ReplyButtons, Text,
};
use providers::limits::{self, validate};
use providers::meta::{GraphClient, OutboundMessage, Recipient, SendOutcome};
use simulator::{Limits, Simulator};
use std::time::Duration;

const CASES: u32 = 512;

/// A text about as long as may be: mostly within the limit, often at it, now and then beyond it or blank.
fn text(limit: usize) -> BoxedStrategy<String> {
    let length = prop_oneof![40 => 1..limit.min(40), 20 => Just(limit), 10 => Just(1), 1 => Just(limit + 1), 1 => Just(0)];
    let filling = select(vec!['a', 'é', '😀', '\n', ' ', '\u{301}', '"']);
    let first = prop_oneof![40 => Just('x'), 1 => filling.clone()];
    let text = |(length, first, filling): (usize, char, char)| {
        std::iter::once(first).chain(std::iter::repeat(filling)).take(length).collect()
    };
    (length, first, filling).prop_map(text).boxed()
}

fn maybe(limit: usize) -> BoxedStrategy<Option<String>> {
    prop::option::of(text(limit)).boxed()
}

fn mostly(limit: usize) -> BoxedStrategy<Option<String>> {
    prop::option::weighted(0.9, text(limit)).boxed()
}

fn link() -> BoxedStrategy<String> {
    let path = prop_oneof![4 => 0..40_usize, 1 => Just(limits::LINK - 20), 1 => Just(limits::LINK - 19)];
    let start = prop_oneof![6 => Just("https://example.com/"), 1 => Just("http://example.com/"), 1 => Just("example.com/")];
    (start, path).prop_map(|(start, path)| format!("{start}{}", "a".repeat(path))).boxed()
}

/// A file as it is just before the call: by an id that Meta knows, or by a link.
fn file(id: &str) -> BoxedStrategy<File> {
    let (id, caption, name) = (id.to_owned(), maybe(limits::CAPTION), maybe(limits::FILE_NAME));
    let make = move |(link, caption, file_name, voice): (Option<String>, _, _, bool)| {
        let provider_id = link.is_none().then(|| id.clone());
        File { provider_id, link, caption, file_name, voice, ..File::default() }
    };
    (prop::option::of(link()), caption, name, any::<bool>()).prop_map(make).boxed()
}

fn header(id: &str) -> BoxedStrategy<Option<Header>> {
    let header = prop_oneof![
        3 => text(limits::HEADER).prop_map(|text| Header::Text { text }),
        1 => file(id).prop_map(Header::Image),
        1 => file(id).prop_map(Header::Video),
        1 => file(id).prop_map(Header::Document),
    ];
    prop::option::of(header).boxed()
}

/// Ids and titles are drawn from few, so that some are there twice.
fn short(limit: usize) -> BoxedStrategy<String> {
    prop_oneof![20 => "[a-z]{2,4}", 1 => "[ab]", 2 => text(limit)].boxed()
}

fn reply_buttons(id: &str) -> BoxedStrategy<Content> {
    let button = (short(limits::BUTTON_ID), short(limits::BUTTON_TITLE));
    let button = button.prop_map(|(id, title)| ReplyButton { id, title });
    let parts = (header(id), text(limits::BODY), maybe(limits::FOOTER), prop::collection::vec(button, 0..5));
    parts
        .prop_map(|(header, body, footer, buttons)| {
            Content::ReplyButtons(ReplyButtons { header, body, footer, buttons })
        })
        .boxed()
}

fn list(id: &str) -> BoxedStrategy<Content> {
    let row = (short(limits::ROW_ID), text(limits::ROW_TITLE), maybe(limits::ROW_DESCRIPTION));
    let row = row.prop_map(|(id, title, description)| ListRow { id, title, description });
    let section = (mostly(limits::SECTION_TITLE), prop::collection::vec(row, 1..6));
    let section = section.prop_map(|(title, rows)| ListSection { title, rows });
    let sections = prop::collection::vec(section, 0..4);
    let parts =
        (header(id), text(limits::LIST_BODY), maybe(limits::FOOTER), short(limits::BUTTON_TITLE), sections);
    parts
        .prop_map(|(header, body, footer, button, sections)| {
            Content::List(List { header, body, footer, button, sections })
        })
        .boxed()
}

fn cta_url(id: &str) -> BoxedStrategy<Content> {
    let parts = (header(id), text(limits::BODY), maybe(limits::FOOTER), text(limits::BUTTON_TITLE), link());
    parts
        .prop_map(|(header, body, footer, display_text, url)| {
            Content::CtaUrl(CtaUrl { header, body, footer, display_text, url })
        })
        .boxed()
}

fn location() -> BoxedStrategy<Content> {
    let degrees = |limit: f64| prop_oneof![4 => -limit..limit, 1 => Just(limit), 1 => Just(-limit), 1 => Just(limit + 0.001)];
    (degrees(90.0), degrees(180.0), maybe(limits::PLACE), maybe(limits::PLACE))
        .prop_map(|(latitude, longitude, name, address)| {
            Content::Location(Location { latitude, longitude, name, address, url: None })
        })
        .boxed()
}

fn contacts() -> BoxedStrategy<Content> {
    let line = || maybe(limits::CARD_LINE);
    let phone = (mostly(limits::CARD_LINE), prop::option::of("[0-9]{7,16}"), line());
    let phone = phone.prop_map(|(phone, wa_id, label)| CardPhone { phone, wa_id, label, user_id: None });
    let email = (short(limits::CARD_LINE), line()).prop_map(|(value, label)| CardEntry { value, label });
    let address =
        (line(), line()).prop_map(|(street, city)| CardAddress { street, city, ..CardAddress::default() });
    let birthday = prop::option::of(select(vec!["1985-07-01", "2024-02-29", "2023-02-29", "today"]));
    let lists = (
        prop::collection::vec(phone, 0..2),
        prop::collection::vec(email, 0..2),
        prop::collection::vec(address, 0..2),
    );
    let card = (mostly(limits::CARD_LINE), mostly(limits::CARD_LINE), line(), line(), birthday, lists);
    let card = card.prop_map(|(formatted_name, first_name, last_name, company, birthday, lists)| {
        let (phones, emails, addresses) = lists;
        let birthday = birthday.map(str::to_owned);
        ContactCard {
            formatted_name,
            first_name,
            last_name,
            company,
            birthday,
            phones,
            emails,
            addresses,
            ..ContactCard::default()
        }
    });
    let plain = ContactCard {
        formatted_name: Some("Ana Sol".to_owned()),
        first_name: Some("Ana".to_owned()),
        ..ContactCard::default()
    };
    let many = select(vec![limits::CARDS, limits::CARDS + 1]).prop_map(move |many| vec![plain.clone(); many]);
    let cards = prop_oneof![8 => prop::collection::vec(card, 0..3), 1 => many];
    cards.prop_map(|cards| Content::Contacts(Contacts { cards })).boxed()
}

/// Every kind whose limits are ours to check.
fn content(id: &str) -> BoxedStrategy<Content> {
    let plain = (text(limits::TEXT), any::<bool>());
    prop_oneof![
        plain.prop_map(|(body, preview_url)| Content::Text(Text { body, preview_url })),
        file(id).prop_map(Content::Image),
        file(id).prop_map(Content::Video),
        file(id).prop_map(Content::Audio),
        file(id).prop_map(Content::Document),
        file(id).prop_map(Content::Sticker),
        location(),
        contacts(),
        reply_buttons(id),
        list(id),
        cta_url(id),
        text(limits::BODY).prop_map(|body| Content::LocationRequest(LocationRequest { body })),
    ]
    .boxed()
}

#[test]
fn what_is_within_our_limits_is_within_metas() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    // As fast as it goes: the limits of speed are tried elsewhere.
    let fast =
        Limits { messages_per_second: 1_000_000, pair_burst: 1_000_000, pair_interval: Duration::ZERO };
    let config = simulator::Config { limits: fast, ..simulator::Config::default() };
    let simulator = runtime.block_on(Simulator::start(config)).unwrap();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let client = GraphClient::new(http, simulator.url().parse().unwrap(), "v24.0".to_owned());
    let id = simulator.add_media("a file", "application/pdf");
    let business = simulator.business();
    let config = Config {
        cases: CASES,
        max_global_rejects: 64 * CASES,
        failure_persistence: None,
        ..Config::default()
    };
    let tried = TestRunner::new(config).run(&content(&id), |content| {
        if validate(&content).is_err() {
            return Err(TestCaseError::reject("beyond our limits"));
        }
        let to = Recipient { wa_id: Some("34600000001".to_owned()), user_id: None };
        let message =
            OutboundMessage { to, content, reply_to_wamid: None, biz_opaque_callback_data: String::new() };
        let sent = client.send(&business.access_token, &business.phone_number_id, &message);
        let outcome = runtime.block_on(sent);
        prop_assert!(matches!(outcome, SendOutcome::Accepted { .. }), "{:?}", outcome);
        Ok(())
    });
    tried.unwrap();
}
