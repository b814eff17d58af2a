//! What Meta takes when a template is made or edited, checked before it is asked.

use super::definition::{
    Body, Button, Definition, Face, Footer, Header, MediaKind, OtpKind, ParameterFormat, Text,
};
use super::form::{BODY, CARD_BODY, CODE, HEADER, OFFER_BODY, URL, url_variable};
use super::grammar::{Part, parts, variables};

/// The languages that Meta has templates in.
pub const LANGUAGES: &str = "af sq ar ar_EG ar_AE ar_LB ar_MA ar_QA az be_BY bn bn_IN bg ca zh_CN zh_HK zh_TW hr cs da \
    prs_AF nl nl_BE en en_GB en_US en_AE en_AU en_CA en_GH en_IE en_IN en_JM en_MY en_NZ en_QA en_SG en_UG en_ZA et \
    fil fi fr fr_BE fr_CA fr_CH fr_CI fr_MA ka de de_AT de_CH el gu ha he hi hu id ga it ja kn kk rw_RW ko ky_KG lo \
    lv lt mk ms ml mr nb ps_AF fa pl pt_BR pt_PT pa ro ru sr si_LK sk sl es es_AR es_CL es_CO es_CR es_DO es_EC es_HN \
    es_MX es_PA es_PE es_ES es_UY sw sv ta te th tr uk ur uz vi zu";

/// A template to make.
#[derive(Debug, Clone, PartialEq)]
pub struct NewTemplate {
    /// 1 to 512 of `a-z`, `0-9` and `_`.
    pub name: String,
    /// One of [`LANGUAGES`].
    pub language: String,
    /// `MARKETING`, `UTILITY` or `AUTHENTICATION`.
    pub category: String,
    /// What it consists of.
    pub definition: Definition,
}

/// Something that Meta would not take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invalid {
    /// From the template down: `["buttons", "0", "text"]`.
    pub path: Vec<String>,
    /// A sentence for the person who wrote the template.
    pub message: String,
}

/// Checks a template to make.
///
/// # Errors
/// Everything that Meta would refuse, as far as it can be known here.
pub fn validate_new(template: &NewTemplate) -> Result<(), Vec<Invalid>> {
    let mut check = Check::default();
    let name = &template.name;
    let valid = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    if name.is_empty() || name.len() > 512 || !name.bytes().all(valid) {
        check
            .no(&["name"], "A name is made of 1 to 512 lower-case letters (a to z), digits and underscores.");
    }
    if !LANGUAGES.split_whitespace().any(|language| language == template.language) {
        check.no(
            &["language"],
            "WhatsApp has no templates in this language. Codes look like en_US, es or pt_BR.",
        );
    }
    let is_code = template.category == "AUTHENTICATION";
    if is_code != template.definition.is_one_time_code() {
        check.no(
            &["category"],
            "The category AUTHENTICATION is for one-time codes, and one-time codes have no other category.",
        );
    }
    check.definition(&template.definition);
    check.finish()
}

/// Checks the new content of a template that exists.
///
/// # Errors
/// As [`validate_new`].
pub fn validate_edit(definition: &Definition) -> Result<(), Vec<Invalid>> {
    let mut check = Check::default();
    check.definition(definition);
    check.finish()
}

#[derive(Default)]
struct Check {
    at: Vec<String>,
    found: Vec<Invalid>,
}

impl Check {
    fn finish(self) -> Result<(), Vec<Invalid>> {
        if self.found.is_empty() { Ok(()) } else { Err(self.found) }
    }

    fn no(&mut self, path: &[&str], message: impl Into<String>) {
        let path = self.at.iter().cloned().chain(path.iter().map(|&part| part.to_owned())).collect();
        self.found.push(Invalid { path, message: message.into() });
    }

    fn within(&mut self, path: &[&str], check: impl FnOnce(&mut Self)) {
        let depth = self.at.len();
        self.at.extend(path.iter().map(|&part| part.to_owned()));
        check(self);
        self.at.truncate(depth);
    }

    fn definition(&mut self, definition: &Definition) {
        if definition.is_one_time_code() {
            return self.one_time_code(definition);
        }
        let limit = if definition.offer.is_some() { OFFER_BODY } else { BODY };
        if definition.face.body.is_none() {
            self.no(&["body"], "A template has a body.");
        }
        self.face(&definition.face, definition.format, limit);
        self.button_counts(&definition.face.buttons, 10);
        if let Some(Footer { text, .. }) = &definition.footer {
            let text = text.as_deref().unwrap_or_default();
            self.plain(&["footer"], text, 60);
        }
        if let Some(offer) = &definition.offer {
            self.plain(&["offer", "text"], &offer.text, 16);
            if definition.footer.is_some() {
                self.no(&["footer"], "A limited-time offer has no footer.");
            }
        }
        if !definition.cards.is_empty() {
            self.carousel(definition);
        }
    }

    fn face(&mut self, face: &Face, format: ParameterFormat, body_limit: usize) {
        match &face.header {
            Some(Header::Text(text)) => self.within(&["header", "text"], |check| {
                check.text(text, format, HEADER);
                if text.text.contains('\n') {
                    check.no(&["text"], "A header is one line.");
                }
                if variables(&text.text).len() > 1 {
                    check.no(&["text"], "A header has one variable at most.");
                }
            }),
            Some(Header::Media { example: None, .. }) => {
                self.no(
                    &["header", "media", "sample"],
                    "Give a sample of the file: Meta reviews it with the template.",
                );
            }
            _ => {}
        }
        if let Some(body) = &face.body {
            self.within(&["body"], |check| check.body(body, format, body_limit));
        }
        for (index, button) in face.buttons.iter().enumerate() {
            let member = match button {
                Button::QuickReply { .. } => "quickReply",
                Button::Url { .. } => "url",
                Button::PhoneNumber { .. } => "phoneNumber",
                Button::CopyCode { .. } => "copyCode",
                Button::Flow { .. } => "flow",
                Button::Otp { .. } | Button::Other { .. } => continue,
            };
            self.within(&["buttons", &index.to_string(), member], |check| check.button(button));
        }
    }

    fn body(&mut self, body: &Body, format: ParameterFormat, limit: usize) {
        self.text(&body.text, format, limit);
        let pieces = parts(&body.text.text);
        let at_edge = [pieces.first(), pieces.last()].into_iter().flatten().any(|part| match part {
            Part::Variable(_) => true,
            Part::Text(text) => text.trim().is_empty() && pieces.len() > 1,
        });
        if at_edge {
            self.no(
                &["text"],
                "A variable must not be the first or the last thing in the text: write something around it.",
            );
        }
        let words: usize = pieces
            .iter()
            .map(|part| match part {
                Part::Text(text) => {
                    text.split_whitespace().filter(|word| word.chars().any(char::is_alphanumeric)).count()
                }
                Part::Variable(_) => 0,
            })
            .sum();
        let count = variables(&body.text.text).len();
        // Meta does not publish its rule; texts with fewer words than this are what it refuses (2388293).
        if count > 0 && words < 2 * count + 1 {
            let least = 2 * count + 1;
            self.no(
                &["text"],
                format!("{count} variables are too many for so short a text: write at least {least} words."),
            );
        }
    }

    fn text(&mut self, text: &Text, format: ParameterFormat, limit: usize) {
        let length = text.text.chars().count();
        if text.text.trim().is_empty() {
            self.no(&["text"], "The text is empty.");
        } else if length > limit {
            self.no(&["text"], format!("The text has {length} characters; WhatsApp takes {limit} at most."));
        }
        let pieces = parts(&text.text);
        if pieces.windows(2).any(|pair| matches!(pair, [Part::Variable(_), Part::Variable(_)])) {
            self.no(&["text"], "Two variables must not stand side by side: write something between them.");
        }
        let stray =
            |part: &Part<'_>| matches!(part, Part::Text(text) if text.contains("{{") || text.contains("}}"));
        if pieces.iter().any(stray) {
            self.no(&["text"], "There are double braces around something that is no variable. Variables look like {{1}} or {{first_name}}.");
        }
        let names = variables(&text.text);
        match format {
            ParameterFormat::Positional => {
                let mut numbers: Vec<u32> = names.iter().filter_map(|name| name.parse().ok()).collect();
                numbers.sort_unstable();
                if numbers.len() != names.len() || !numbers.iter().copied().eq((1..).take(names.len())) {
                    self.no(&["text"], "Number the variables from {{1}} on, without a gap.");
                }
            }
            ParameterFormat::Named => {
                let valid = |name: &&str| {
                    name.starts_with(|first: char| first.is_ascii_lowercase())
                        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
                };
                if !names.iter().all(valid) {
                    self.no(&["text"], "Name variables by lower-case letters, digits and underscores, a letter first, and do not mix names with numbers.");
                }
            }
        }
        for name in &names {
            if text.example(name).is_none_or(|example| example.trim().is_empty()) {
                self.no(&["examples"], format!("Give an example for the variable {name:.60}."));
            }
        }
        if let Some((name, _)) = text.examples.iter().find(|(name, _)| !names.contains(&name.as_str())) {
            self.no(&["examples"], format!("The text has no variable {name:.60}."));
        }
    }

    /// A text that has no variables.
    fn plain(&mut self, path: &[&str], text: &str, limit: usize) {
        let length = text.chars().count();
        if text.trim().is_empty() {
            self.no(path, "The text is empty.");
        } else if length > limit {
            self.no(path, format!("The text has {length} characters; WhatsApp takes {limit} at most."));
        } else if text.contains("{{") {
            self.no(path, "There can be no variable here.");
        } else if text.contains('\n') {
            self.no(path, "The text is one line.");
        }
    }

    fn button(&mut self, button: &Button) {
        if let Button::QuickReply { text }
        | Button::Url { text, .. }
        | Button::PhoneNumber { text, .. }
        | Button::Flow { text, .. } = button
        {
            self.plain(&["text"], text, 25);
        }
        match button {
            Button::Url { url, example, .. } => {
                if url.chars().count() > URL || !(url.starts_with("https://") || url.starts_with("http://")) {
                    self.no(
                        &["url"],
                        format!(
                            "Give an address that begins with https:// and has {URL} characters at most."
                        ),
                    );
                }
                let count = variables(url).len();
                if count > 1 || (count == 1 && !url.ends_with("}}")) {
                    self.no(&["url"], "An address has one variable at most, at its end.");
                } else if count == 1 && url_variable(url) != Some("1") {
                    self.no(&["url"], "The variable of an address is {{1}}.");
                }
                if count == 1 && example.as_deref().is_none_or(|example| !example.starts_with("http")) {
                    self.no(&["example"], "Give a whole address as an example for the one with a variable.");
                }
            }
            Button::PhoneNumber { phone_number, .. } => {
                let digits = phone_number.bytes().filter(u8::is_ascii_digit).count();
                if !(5..=20).contains(&digits) || phone_number.len() > 20 {
                    self.no(
                        &["phoneNumber"],
                        "Give a phone number with its country code, 20 characters at most.",
                    );
                }
            }
            Button::CopyCode { example } => {
                let length = example.as_deref().map_or(0, |example| example.chars().count());
                if length == 0 || length > CODE {
                    self.no(&["example"], format!("Give a coupon of 1 to {CODE} characters as an example."));
                }
            }
            Button::Flow { flow_id, .. } if flow_id.as_deref().is_none_or(str::is_empty) => {
                self.no(&["flowId"], "Give the flow's id.");
            }
            _ => {}
        }
    }

    fn button_counts(&mut self, buttons: &[Button], most: usize) {
        if buttons.len() > most {
            self.no(
                &["buttons"],
                format!("There are {} buttons; WhatsApp takes {most} at most.", buttons.len()),
            );
        }
        for (kind, most) in [("URL", 2), ("PHONE_NUMBER", 1), ("COPY_CODE", 1), ("FLOW", 1)] {
            let count = buttons.iter().filter(|button| button.kind() == kind).count();
            if count > most {
                self.no(
                    &["buttons"],
                    format!("There are {count} buttons of the kind {kind}; WhatsApp takes {most} at most."),
                );
            }
        }
        let quick: Vec<bool> = buttons.iter().map(|button| button.kind() == "QUICK_REPLY").collect();
        if quick.windows(2).filter(|pair| pair[0] != pair[1]).count() > 1 {
            self.no(&["buttons"], "Quick replies must stand together, before or after the other buttons.");
        }
    }

    fn carousel(&mut self, definition: &Definition) {
        if !(2..=10).contains(&definition.cards.len()) {
            self.no(&["cards"], "A carousel has 2 to 10 cards.");
        }
        if definition.face.header.is_some()
            || definition.footer.is_some()
            || !definition.face.buttons.is_empty()
        {
            self.no(
                &["cards"],
                "Beside a carousel there is a body and nothing else: give header and buttons to the cards.",
            );
        }
        let shape = |card: &Face| {
            let header = match &card.header {
                Some(Header::Media { kind, .. }) => Some(kind.as_str()),
                _ => None,
            };
            let buttons = card.buttons.iter().map(|button| button.kind().to_owned()).collect::<Vec<_>>();
            (header, card.body.is_some(), buttons)
        };
        for (index, card) in definition.cards.iter().enumerate() {
            self.within(&["cards", &index.to_string()], |check| {
                if !matches!(card.header, Some(Header::Media { kind, .. }) if kind != MediaKind::Document) {
                    check.no(&["header"], "A card has a picture or a video on top.");
                }
                if !(1..=2).contains(&card.buttons.len()) {
                    check.no(&["buttons"], "A card has one or two buttons.");
                }
                if definition.cards.first().is_some_and(|first| shape(first) != shape(card)) {
                    check.no(&[], "All cards have the same parts, and buttons of the same kinds.");
                }
                check.face(card, definition.format, CARD_BODY);
            });
        }
    }

    fn one_time_code(&mut self, definition: &Definition) {
        let minutes = definition.footer.as_ref().and_then(|footer| footer.code_expiration_minutes);
        if minutes.is_some_and(|minutes| !(1..=90).contains(&minutes)) {
            self.no(&["oneTimeCode", "expirationMinutes"], "A code expires after 1 to 90 minutes.");
        }
        if let Some(Button::Otp { kind, apps, .. }) = definition.face.buttons.first() {
            if *kind != OtpKind::CopyCode && apps.is_empty() {
                self.no(&["oneTimeCode", "apps"], "Name the app that takes the code.");
            }
            if apps.iter().any(|app| app.package_name.is_empty() || app.signature_hash.len() != 11) {
                self.no(
                    &["oneTimeCode", "apps"],
                    "An app has a package name and a signature hash of 11 characters.",
                );
            }
        }
    }
}
