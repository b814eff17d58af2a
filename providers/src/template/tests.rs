use super::*;
use crate::content::{
    self, Content, File, Location, OfferEnd, TemplateCard, TemplateComponent, TemplateParameter,
};
use proptest::prelude::*;
use serde_json::json;

fn order() -> Definition {
    let components = json!([
        { "type": "HEADER", "format": "image", "example": { "header_handle": ["https://scontent.example/h.jpg"] } },
        { "type": "body", "text": "Hola {{2}}, tu pedido {{1}} sale hoy.",
          "example": { "body_text": [["860198", "Ana"]] } },
        { "type": "FOOTER", "text": "Tienda Sol" },
        { "type": "BUTTONS", "buttons": [
            { "type": "URL", "text": "Ver", "url": "https://sol.example/p/{{1}}", "example": ["https://sol.example/p/860198"] },
            { "type": "PHONE_NUMBER", "text": "Llamar", "phone_number": "+34600000001" },
            { "type": "QUICK_REPLY", "text": "Cambiar la hora" },
            { "type": "COPY_CODE", "text": "Copy", "example": "SOL10" },
        ] },
    ]);
    Definition::read(&components, Some("POSITIONAL"))
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn values(given: &[(&str, Value)]) -> Vec<(String, Value)> {
    given.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect()
}

fn picture() -> Value {
    Value::File(File {
        provider_id: Some("77".to_owned()),
        caption: Some("no".to_owned()),
        ..File::default()
    })
}

fn all_of_order() -> Vec<(&'static str, Value)> {
    vec![
        ("header.media", picture()),
        ("body.1", text("860198")),
        ("body.2", text("Ana")),
        ("button.0.url", text("860198")),
        ("button.2.payload", text("change")),
        ("button.3.code", text("SOL10")),
    ]
}

#[test]
fn the_form_of_an_order() {
    let form = form(&order());
    let seen: Vec<_> = form
        .iter()
        .map(|v| (v.key.as_str(), v.kind, v.place, v.button, v.example.as_deref(), v.required))
        .collect();
    assert_eq!(
        seen,
        [
            (
                "header.media",
                VariableKind::Image,
                Place::Header,
                None,
                Some("https://scontent.example/h.jpg"),
                true
            ),
            ("body.2", VariableKind::Text, Place::Body, None, Some("Ana"), true),
            ("body.1", VariableKind::Text, Place::Body, None, Some("860198"), true),
            ("button.0.url", VariableKind::UrlSuffix, Place::Button, Some(0), Some("860198"), true),
            ("button.2.payload", VariableKind::Payload, Place::Button, Some(2), None, false),
            ("button.3.code", VariableKind::CouponCode, Place::Button, Some(3), Some("SOL10"), true),
        ]
    );
}

#[test]
fn an_order_filled() {
    let filled = fill(&order(), &values(&all_of_order()));
    assert_eq!(filled.problems, []);
    let shown = &filled.rendered;
    assert_eq!(shown.body, "Hola Ana, tu pedido 860198 sale hoy.");
    assert_eq!(shown.header.as_ref().map(|h| (h.kind.as_str(), h.file)), Some(("IMAGE", Some(0))));
    assert_eq!(shown.buttons[0].url.as_deref(), Some("https://sol.example/p/860198"));
    assert_eq!(shown.text(), "Hola Ana, tu pedido 860198 sale hoy.\nTienda Sol");
    let plain = |text: &str| TemplateParameter::Text { text: text.to_owned(), parameter_name: None };
    let button = |sub_type: &str, index, parameter| TemplateComponent::Button {
        sub_type: sub_type.to_owned(),
        index,
        parameters: vec![parameter],
    };
    let image = File { provider_id: Some("77".to_owned()), ..File::default() };
    assert_eq!(
        filled.components,
        [
            TemplateComponent::Header { parameters: vec![TemplateParameter::Image { image: image.clone() }] },
            TemplateComponent::Body { parameters: vec![plain("860198"), plain("Ana")] },
            button("url", 0, plain("860198")),
            button("quick_reply", 2, TemplateParameter::Payload { payload: "change".to_owned() }),
            button("copy_code", 3, TemplateParameter::CouponCode { coupon_code: "SOL10".to_owned() }),
        ]
    );
    let sent = content::Template { components: filled.components, ..content::Template::default() };
    assert_eq!(sent.files(), [&image]);
}

#[test]
fn what_is_wrong_is_named() {
    let long = "x".repeat(16);
    let cases: [(&str, Option<Value>, ProblemCode); 12] = [
        ("header.media", None, ProblemCode::Missing),
        ("header.media", Some(text("a")), ProblemCode::WrongKind),
        ("body.1", None, ProblemCode::Missing),
        ("body.1", Some(text("  ")), ProblemCode::Missing),
        ("body.1", Some(text("a\nb")), ProblemCode::BadCharacters),
        ("body.1", Some(text("a    b")), ProblemCode::BadCharacters),
        ("body.1", Some(text(&"x".repeat(1020))), ProblemCode::TooLong),
        ("body.1", Some(picture()), ProblemCode::WrongKind),
        ("button.0.url", Some(text("a b")), ProblemCode::BadCharacters),
        ("button.2.payload", Some(text(&"x".repeat(257))), ProblemCode::TooLong),
        ("button.3.code", Some(text(&long)), ProblemCode::TooLong),
        ("body.3", Some(text("a")), ProblemCode::Unknown),
    ];
    for (key, value, code) in cases {
        let mut given = all_of_order();
        given.retain(|(known, _)| *known != key);
        let index = value.is_some().then_some(given.len());
        given.extend(value.map(|value| (key, value)));
        let problems = fill(&order(), &values(&given)).problems;
        let seen: Vec<_> = problems.iter().map(|p| (p.key.as_str(), p.code)).collect();
        // Which of the two values makes a text too long nobody can say.
        if code == ProblemCode::TooLong && key == "body.1" {
            assert!(matches!(seen[..], [("body.1" | "body.2", ProblemCode::TooLong)]), "{seen:?}");
        } else {
            assert_eq!(seen, [(key, code)], "{code:?}");
            assert_eq!(problems[0].index, index, "{key} {code:?}");
        }
    }
    let mut twice = all_of_order();
    twice.push(("body.1", text("b")));
    assert_eq!(fill(&order(), &values(&twice)).problems[0].code, ProblemCode::Twice);
}

#[test]
fn named_variables() {
    let components = json!([
        { "type": "HEADER", "format": "TEXT", "text": "Hi {{name}}",
          "example": { "header_text_named_params": [{ "param_name": "name", "example": "Ana" }] } },
        { "type": "BODY", "text": "See you on {{ day }}, {{name}}!",
          "example": { "body_text_named_params": [{ "param_name": "day", "example": "Monday" }, { "param_name": "name", "example": "Ana" }] } },
    ]);
    let definition = Definition::read(&components, None);
    assert_eq!(definition.format, ParameterFormat::Named);
    let given =
        values(&[("header.name", text("Bo")), ("body.day", text("Friday")), ("body.name", text("Bo"))]);
    let filled = fill(&definition, &given);
    assert_eq!(filled.problems, []);
    assert_eq!(filled.rendered.body, "See you on Friday, Bo!");
    let named = |name: &str, text: &str| TemplateParameter::Text {
        text: text.to_owned(),
        parameter_name: Some(name.to_owned()),
    };
    assert_eq!(
        filled.components[1],
        TemplateComponent::Body { parameters: vec![named("day", "Friday"), named("name", "Bo")] }
    );
    let missing = fill(&definition, &[]);
    assert_eq!(missing.rendered.body, "See you on {{body.day}}, {{body.name}}!");
    assert_eq!(missing.problems.len(), 3);
}

#[test]
fn a_one_time_code_goes_twice() {
    let written = json!([
        { "type": "BODY", "add_security_recommendation": true },
        { "type": "FOOTER", "code_expiration_minutes": 5 },
        { "type": "BUTTONS", "buttons": [{ "type": "OTP", "otp_type": "COPY_CODE" }] },
    ]);
    let listed = json!([
        { "type": "BODY", "text": "*{{1}}* is your verification code. For your security, do not share this code." },
        { "type": "FOOTER", "text": "This code expires in 5 minutes.", "code_expiration_minutes": 5 },
        { "type": "BUTTONS", "buttons": [{ "type": "URL", "text": "Copy code",
          "url": "https://www.whatsapp.com/otp/code/?otp_type=COPY_CODE&code=otp{{1}}" }] },
    ]);
    for components in [written, listed] {
        let definition = Definition::read(&components, None);
        let keys: Vec<_> = form(&definition).into_iter().map(|v| (v.key, v.kind)).collect();
        assert_eq!(keys, [("code".to_owned(), VariableKind::OtpCode)]);
        let filled = fill(&definition, &values(&[("code", text("123456"))]));
        assert_eq!(filled.problems, []);
        assert_eq!(
            filled.rendered.text(),
            "*123456* is your verification code. For your security, do not share this code.\nThis code expires in 5 minutes."
        );
        let parameters = vec![TemplateParameter::Text { text: "123456".to_owned(), parameter_name: None }];
        let button = TemplateComponent::Button {
            sub_type: "url".to_owned(),
            index: 0,
            parameters: parameters.clone(),
        };
        assert_eq!(filled.components, [TemplateComponent::Body { parameters }, button]);
        for bad in ["https://a.example", "1234567890123456", "a b", "👍"] {
            assert_eq!(fill(&definition, &values(&[("code", text(bad))])).problems.len(), 1, "{bad}");
        }
    }
}

#[test]
fn offers_places_and_carousels() {
    let offer = json!([
        { "type": "HEADER", "format": "LOCATION" },
        { "type": "LIMITED_TIME_OFFER", "limited_time_offer": { "text": "Today", "has_expiration": true } },
        { "type": "BODY", "text": "Come by." },
        { "type": "BUTTONS", "buttons": [{ "type": "FLOW", "text": "Book", "flow_id": "1" }] },
    ]);
    let place = Location { latitude: 41.38, longitude: 2.17, ..Location::default() };
    let given = values(&[
        ("header.location", Value::Location(place)),
        ("offer.expiration", Value::Time(1_700_000_000_000)),
    ]);
    let filled = fill(&Definition::read(&offer, None), &given);
    assert_eq!(filled.problems, []);
    let limited_time_offer = OfferEnd { expiration_time_ms: 1_700_000_000_000 };
    assert!(filled.components.contains(&TemplateComponent::LimitedTimeOffer {
        parameters: vec![TemplateParameter::LimitedTimeOffer { limited_time_offer }]
    }));
    let carousel = json!([
        { "type": "BODY", "text": "New in:" },
        { "type": "CAROUSEL", "cards": [
            { "components": [{ "type": "HEADER", "format": "IMAGE" }, { "type": "BODY", "text": "{{1}} for you" },
              { "type": "BUTTONS", "buttons": [{ "type": "URL", "text": "See", "url": "https://a.example/{{1}}" }] }] },
            { "components": [{ "type": "HEADER", "format": "IMAGE" }, { "type": "BODY", "text": "{{1}} too" },
              { "type": "BUTTONS", "buttons": [{ "type": "URL", "text": "See", "url": "https://a.example/{{1}}" }] }] },
        ] },
    ]);
    let definition = Definition::read(&carousel, None);
    let given: Vec<_> = form(&definition)
        .into_iter()
        .map(|v| (v.key, if v.kind == VariableKind::Image { picture() } else { text("x") }))
        .collect();
    let keys: Vec<_> = given.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(
        keys,
        [
            "card.0.header.media",
            "card.0.body.1",
            "card.0.button.0.url",
            "card.1.header.media",
            "card.1.body.1",
            "card.1.button.0.url"
        ]
    );
    let filled = fill(&definition, &given);
    assert_eq!(filled.problems, []);
    let [TemplateComponent::Carousel { cards }] = &filled.components[..] else { panic!("{filled:?}") };
    assert!(matches!(&cards[..], [TemplateCard { card_index: 0, .. }, TemplateCard { card_index: 1, .. }]));
    assert_eq!(filled.rendered.cards[1].header.as_ref().and_then(|header| header.file), Some(1));
    assert_eq!(filled.rendered.text(), "New in:\nx for you\nx too");
    let sent = content::Template { components: filled.components, ..content::Template::default() };
    assert_eq!(sent.files().len(), 2);
}

#[test]
fn what_cannot_be_filled_is_said() {
    for component in [
        json!({ "type": "HEADER", "format": "PRODUCT" }),
        json!({ "type": "BUTTONS", "buttons": [{ "type": "MPM", "text": "View" }] }),
        json!({ "type": "NEWS", "text": "{{1}}" }),
    ] {
        let filled = fill(&Definition::read(&json!([component]), None), &[]);
        assert_eq!(filled.problems.first().map(|problem| problem.code), Some(ProblemCode::NotSupported));
    }
    let harmless = json!([{ "type": "BODY", "text": "Hi" }, { "type": "BUTTONS", "buttons": [{ "type": "VOICE_CALL", "text": "Call" }] }]);
    assert_eq!(fill(&Definition::read(&harmless, None), &[]).problems, []);
}

#[test]
fn stored_and_foreign_forms_are_read() {
    let old = json!({ "kind": "TEMPLATE", "name": "hi", "language": "en", "rendered": "Hi Ana",
        "components": [
            { "type": "header", "parameters": [{ "type": "document", "document": { "id": "7", "filename": "a.pdf" } }] },
            { "type": "body", "parameters": [{ "type": "text", "text": "Ana" }, { "type": "currency", "currency": { "code": "USD" } }] },
            { "type": "button", "sub_type": "url", "index": "0", "parameters": [{ "type": "text", "text": "x" }] },
            { "type": "order_status", "parameters": [] },
        ] });
    let Content::Template(read) = serde_json::from_value(old).unwrap() else { panic!() };
    assert_eq!(read.rendered.as_ref().map(content::Rendered::text).as_deref(), Some("Hi Ana"));
    assert_eq!(read.files()[0].file_name.as_deref(), Some("a.pdf"));
    assert!(
        matches!(&read.components[1], TemplateComponent::Body { parameters } if matches!(parameters[1], TemplateParameter::Other(_)))
    );
    assert!(matches!(&read.components[2], TemplateComponent::Button { index: 0, .. }));
    assert!(matches!(&read.components[3], TemplateComponent::Other(_)));
    let again: Content =
        serde_json::from_str(&serde_json::to_string(&Content::Template(read.clone())).unwrap()).unwrap();
    assert_eq!(again, Content::Template(read));
    let bare: Content =
        serde_json::from_value(json!({ "kind": "TEMPLATE", "name": "hi", "language": "en" })).unwrap();
    assert!(matches!(bare, Content::Template(template) if template.components.is_empty()));
}

fn new(definition: Definition) -> NewTemplate {
    let (name, language, category) = ("order_update".to_owned(), "es".to_owned(), "UTILITY".to_owned());
    NewTemplate { name, language, category, definition }
}

fn body(text: &str, examples: &[(&str, &str)]) -> Definition {
    let examples = examples.iter().map(|(name, one)| ((*name).to_owned(), (*one).to_owned())).collect();
    let text = Text { text: text.to_owned(), examples };
    Definition {
        face: Face { body: Some(Body { text, ..Body::default() }), ..Face::default() },
        ..Definition::default()
    }
}

#[test]
fn what_meta_would_refuse() {
    let mut good = order();
    good.face.buttons.remove(2);
    assert_eq!(validate_new(&new(good.clone())), Ok(()));
    let with = |change: fn(&mut NewTemplate)| {
        let mut template = new(good.clone());
        change(&mut template);
        template
    };
    let cases: [(NewTemplate, &str); 16] = [
        (with(|t| t.name = "Order".to_owned()), "name"),
        (with(|t| t.language = "en-US".to_owned()), "language"),
        (with(|t| t.category = "AUTHENTICATION".to_owned()), "category"),
        (new(Definition::default()), "body"),
        (new(body("", &[])), "body.text"),
        (new(body("{{1}} is here for you", &[("1", "A")])), "body.text"),
        (new(body("Here for you is {{1}}", &[("1", "A")])), "body.text"),
        (new(body("Hello dear {{1}}{{2}} from all of us", &[("1", "A"), ("2", "B")])), "body.text"),
        (new(body("Hello dear {{2}} from us", &[("2", "A")])), "body.text"),
        (new(body("Hello dear {{1}} from us", &[])), "body.examples"),
        (new(body("Hi {{1}}!", &[("1", "A")])), "body.text"),
        (new(body(&"x".repeat(1025), &[])), "body.text"),
        (
            with(|t| t.definition.footer = Some(Footer { text: Some("x".repeat(61)), ..Footer::default() })),
            "footer",
        ),
        (
            with(|t| {
                t.definition.face.header = Some(Header::Media { kind: MediaKind::Image, example: None })
            }),
            "header.media.sample",
        ),
        (
            with(|t| t.definition.face.buttons.insert(1, Button::QuickReply { text: "Ok".to_owned() })),
            "buttons",
        ),
        (
            with(|t| t.definition.face.buttons.push(Button::QuickReply { text: "x".repeat(26) })),
            "buttons.3.quickReply.text",
        ),
    ];
    for (template, path) in cases {
        let found = validate_new(&template).unwrap_err();
        let paths: Vec<_> = found.iter().map(|invalid| invalid.path.join(".")).collect();
        assert_eq!(paths, [path], "{found:?}");
    }
}

fn word() -> impl Strategy<Value = String> {
    "[A-Za-zé ,.!]{0,12}[A-Za-z]"
}

/// A body of words and variables, in either format.
fn definition() -> impl Strategy<Value = Definition> {
    (any::<bool>(), prop::collection::vec(word(), 1..6), 0..3_usize, any::<bool>()).prop_map(
        |(named, words, buttons, header)| {
            let name = |index: usize| if named { format!("v_{index}") } else { index.to_string() };
            let mut text = words[0].clone();
            let mut examples = Vec::new();
            for (word, index) in words[1..].iter().zip(1..) {
                text.push_str(&format!(" {{{{{}}}}} {word}", name(index)));
                examples.push((name(index), format!("e{index}")));
            }
            let buttons = (0..buttons).map(|index| Button::Url {
                text: format!("B{index}"),
                url: "https://a.example/{{1}}".to_owned(),
                example: Some("https://a.example/x".to_owned()),
            });
            Definition {
                format: if named { ParameterFormat::Named } else { ParameterFormat::Positional },
                face: Face {
                    header: header
                        .then(|| Header::Media { kind: MediaKind::Image, example: Some("4::h".to_owned()) }),
                    body: Some(Body { text: Text { text, examples }, ..Body::default() }),
                    buttons: buttons.collect(),
                },
                footer: Some(Footer { text: Some("Bye".to_owned()), ..Footer::default() }),
                ..Definition::default()
            }
        },
    )
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(definition in definition()) {
        let format = definition.format.as_str();
        prop_assert_eq!(Definition::read(&definition.components(), Some(format)), definition);
    }

    #[test]
    fn all_variables_filled_leave_no_placeholder(definition in definition(), value in "[a-z0-9é]{1,12}") {
        let form = form(&definition);
        let given: Vec<_> = form.iter().map(|v| {
            let value = if v.kind == VariableKind::Image { picture() } else { text(&value) };
            (v.key.clone(), value)
        }).collect();
        let filled = fill(&definition, &given);
        prop_assert_eq!(&filled.problems, &[]);
        let shown = serde_json::to_string(&filled.rendered).unwrap();
        prop_assert!(!shown.contains("{{"), "{}", shown);
        let body = definition.face.body.as_ref().map(|body| variables(&body.text.text).len()).unwrap_or_default();
        let sent = filled.components.iter().find_map(|component| match component {
            TemplateComponent::Body { parameters } => Some(parameters.len()),
            _ => None,
        });
        prop_assert_eq!(sent.unwrap_or_default(), body);
        for missing in 0..given.len() {
            let mut given = given.clone();
            let (key, _) = given.remove(missing);
            let problems = fill(&definition, &given).problems;
            prop_assert_eq!(problems.len(), 1);
            prop_assert_eq!((&problems[0].key, problems[0].code), (&key, ProblemCode::Missing));
        }
    }

    #[test]
    fn no_components_break_the_reader(text in "([{}0-9a-z]| ){0,20}", kind in "(HEADER|BODY|FOOTER|BUTTONS|CAROUSEL|X)") {
        let components = json!([{ "type": kind, "format": "TEXT", "text": text, "buttons": [{ "type": text }, 1], "cards": [1] }, 2]);
        let definition = Definition::read(&components, None);
        let _ = (form(&definition), fill(&definition, &[]), validate_edit(&definition));
    }
}
