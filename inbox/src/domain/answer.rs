//! What an assistant wants to send, checked: links, and promises that it does not keep.

use providers::content::Content;

/// WhatsApp's signs for what models write in Markdown: bold by one star, no headings, links as text and address.
#[must_use]
pub fn plain(text: &str) -> String {
    let lines = text.lines().map(|line| {
        let heading = line.trim_start_matches('#');
        if heading.len() < line.len() && heading.starts_with(' ') { heading.trim_start() } else { line }
    });
    let text = lines.collect::<Vec<_>>().join("\n").replace("**", "*");
    unlinked(&text).trim().to_owned()
}

/// `[text](address)` as `text: address`.
fn unlinked(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('[') {
        let (before, link) = rest.split_at(start);
        plain.push_str(before);
        let parts =
            link[1..].split_once("](").and_then(|(words, behind)| Some((words, behind.split_once(')')?)));
        match parts {
            Some((words, (address, behind))) if address.starts_with("http") && !words.contains('\n') => {
                plain.push_str(words);
                if words != address {
                    plain.push_str(": ");
                    plain.push_str(address);
                }
                rest = behind;
            }
            _ => {
                plain.push('[');
                rest = &link[1..];
            }
        }
    }
    plain.push_str(rest);
    plain
}

/// A content with its texts made plain.
#[must_use]
pub fn plain_content(content: Content) -> Content {
    match content {
        Content::Text(mut text) => {
            text.body = plain(&text.body);
            Content::Text(text)
        }
        Content::ReplyButtons(mut buttons) => {
            buttons.body = plain(&buttons.body);
            Content::ReplyButtons(buttons)
        }
        Content::List(mut list) => {
            list.body = plain(&list.body);
            Content::List(list)
        }
        Content::CtaUrl(mut link) => {
            link.body = plain(&link.body);
            Content::CtaUrl(link)
        }
        other => other,
    }
}

/// The web addresses that a content shows.
#[must_use]
pub fn addresses(content: &Content) -> Vec<String> {
    let text = match content {
        Content::Text(text) => text.body.clone(),
        Content::ReplyButtons(buttons) => {
            format!("{} {}", buttons.body, buttons.footer.as_deref().unwrap_or_default())
        }
        Content::List(list) => format!("{} {}", list.body, list.footer.as_deref().unwrap_or_default()),
        Content::CtaUrl(link) => format!("{} {}", link.body, link.url),
        Content::LocationRequest(request) => request.body.clone(),
        _ => return Vec::new(),
    };
    let lower = text.to_ascii_lowercase();
    let mut found = Vec::new();
    for start in ["http://", "https://", "www."] {
        for (at, _) in lower.match_indices(start) {
            if start == "www." && lower[..at].ends_with("://") {
                continue;
            }
            let end = text[at..]
                .find(|c: char| c.is_whitespace() || "<>\"'".contains(c))
                .unwrap_or(text.len() - at);
            found.push(
                text[at..at + end].trim_end_matches(['.', ',', ')', '!', '?', ';', ':', '*', '_']).to_owned(),
            );
        }
    }
    found
}

/// The web addresses that may be sent.
#[derive(Clone, Debug, Default)]
pub struct Allowed {
    /// With all that is below them: the business said so.
    pub below: Vec<String>,
    /// These and no others: what was looked up comes from there.
    pub exactly: Vec<String>,
}

impl Allowed {
    /// Whether this one is among them.
    #[must_use]
    pub fn allows(&self, address: &str) -> bool {
        let same = |allowed: &String| read(allowed).is_some_and(|allowed| Some(allowed) == read(address));
        is_below(address, &self.below) || self.exactly.iter().any(same)
    }
}

fn read(text: &str) -> Option<url::Url> {
    let text = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
    url::Url::parse(&text).ok()
}

/// Whether a web address begins as one of these: the same place, not only the same letters.
fn is_below(address: &str, allowed: &[String]) -> bool {
    let Some(address) = read(address) else { return false };
    allowed.iter().filter_map(|allowed| read(allowed)).any(|allowed| {
        let same_place = (address.scheme(), address.host_str(), address.port_or_known_default())
            == (allowed.scheme(), allowed.host_str(), allowed.port_or_known_default());
        let path = allowed.path().trim_end_matches('/');
        let below = address.path().strip_prefix(path);
        same_place
            && address.username().is_empty()
            && address.password().is_none()
            && below.is_some_and(|below| below.is_empty() || below.starts_with('/'))
    })
}

/// Words by which an assistant says that it passes the customer on.
const PASSING_ON: [&str; 24] = [
    "transfer you",
    "transferring you",
    "connect you with",
    "connecting you with",
    "hand you over",
    "pass you on",
    "te paso con",
    "le paso con",
    "te transfiero",
    "le transfiero",
    "te comunico con",
    "le comunico con",
    "vou transferir",
    "vou passar",
    "vou encaminhar",
    "vous transfere",
    "vous mets en relation",
    "verbinde sie",
    "leite sie weiter",
    "ti passo",
    "la passo a",
    "ti trasferisco",
    "et passo amb",
    "et transfereixo",
];

/// Whether a text says that a person takes over now. Said without doing it, it leaves the customer waiting for nobody.
#[must_use]
pub fn claims_hand_off(text: &str) -> bool {
    use unicode_normalization::UnicodeNormalization;
    use unicode_normalization::char::is_combining_mark;
    let plain: String = text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase).collect();
    PASSING_ON.iter().any(|words| plain.contains(words))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use providers::content::Text;

    fn text(body: &str) -> Content {
        Content::Text(Text { body: body.to_owned(), preview_url: false })
    }

    #[test]
    fn markdown_becomes_plain() {
        for (markdown, expected) in [
            ("**Hello**", "*Hello*"),
            ("# Menu\n## Bread\n#1 in town", "Menu\nBread\n#1 in town"),
            ("See [our page](https://shop.example/a) now", "See our page: https://shop.example/a now"),
            ("[https://a.example](https://a.example)", "https://a.example"),
            ("[1] and [x](y) and [", "[1] and [x](y) and ["),
            ("  ok \n", "ok"),
        ] {
            assert_eq!(plain(markdown), expected);
        }
    }

    #[test]
    fn addresses_are_found_and_compared_by_place() {
        let found = addresses(&text("Look at https://shop.example/a, HTTP://x.example! or www.y.example."));
        assert_eq!(found, ["HTTP://x.example", "https://shop.example/a", "www.y.example"]);
        let allowed = Allowed {
            below: vec!["https://shop.example/catalogue".to_owned(), "https://www.y.example".to_owned()],
            exactly: vec!["https://shop.example/returns?lang=es".to_owned()],
        };
        for (address, ok) in [
            ("https://shop.example/catalogue", true),
            ("https://shop.example/catalogue/vases?x=1", true),
            ("https://SHOP.example/catalogue/", true),
            ("www.y.example", true),
            ("https://shop.example/catalogues", false),
            ("https://shop.example/", false),
            ("http://shop.example/catalogue", false),
            ("https://shop.example.evil.example/catalogue", false),
            ("https://shop.example@evil.example/catalogue", false),
            ("https://evil.example/https://shop.example/catalogue", false),
            ("https://shop.example:444/catalogue", false),
            ("not an address", false),
            ("https://Shop.example/returns?lang=es", true),
            ("https://shop.example/returns", false),
            ("https://shop.example/returns?lang=es&x=1", false),
            ("https://shop.example/returns/more?lang=es", false),
        ] {
            assert_eq!(allowed.allows(address), ok, "{address}");
        }
    }

    #[test]
    fn promises_are_recognised() {
        for text in [
            "I'm transferring you to a colleague.",
            "Te paso con una compañera",
            "Je vous transfère à un collègue",
            "Ich verbinde Sie mit einer Kollegin.",
            "Vou transferir você",
        ] {
            assert!(claims_hand_off(text), "{text}");
        }
        for text in ["You can pay by bank transfer.", "Puedes pasar por la tienda.", "Passo dopo passo"] {
            assert!(!claims_hand_off(text), "{text}");
        }
    }

    proptest! {
        #[test]
        fn nothing_makes_it_panic(body in ".{0,200}") {
            std::hint::black_box((plain(&body), claims_hand_off(&body)));
            for address in addresses(&text(&body)) {
                prop_assert!(!Allowed::default().allows(&address));
            }
        }
    }
}
