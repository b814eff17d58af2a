//! A webhook as bytes on the wire: escaped and signed the way Meta does it.

use std::fmt::Write;

use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;

/// The value of `X-Hub-Signature-256`: `sha256=` and the lower-case hex HMAC-SHA256 of the body under the app secret.
pub fn sign(app_secret: &str, body: &[u8]) -> String {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(app_secret.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(body);
    format!("sha256={}", hex::encode(mac.finalize().into_bytes()))
}

/// The JSON text of a value as Meta writes it: pure ASCII, with everything else as `\uxxxx` in lower-case hex
/// (surrogate pairs beyond the first plane) and `/` as `\/`.
pub fn escape(json: &Value) -> Vec<u8> {
    let plain = json.to_string();
    let mut escaped = String::with_capacity(plain.len() + plain.len() / 8);
    // Outside of strings JSON has neither a slash nor anything beyond ASCII, so the text can be taken as it comes.
    for character in plain.chars() {
        match character {
            '/' => escaped.push_str("\\/"),
            ascii if ascii.is_ascii() => escaped.push(ascii),
            other => {
                for unit in other.encode_utf16(&mut [0; 2]) {
                    write!(escaped, "\\u{unit:04x}").expect("writing to a string cannot fail");
                }
            }
        }
    }
    escaped.into_bytes()
}
