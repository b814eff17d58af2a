//! Ids in the forms that Meta gives them, all drawn from one seed.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use sha2::{Digest, Sha256};

/// Which way a message goes; it shows inside its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Inbound,
    Outbound,
}

/// The seeded source of every id.
#[derive(Debug)]
pub(crate) struct Ids {
    rng: StdRng,
}

impl Ids {
    pub(crate) fn new(seed: u64) -> Self {
        Self { rng: StdRng::seed_from_u64(seed) }
    }

    /// A message id. As Meta's, it is base64 over the customer's number and twenty random hex digits, so it may hold
    /// `=`, `+` and `/`.
    pub(crate) fn message(&mut self, wa_id: &str, direction: Direction) -> String {
        let random = self.hex(20).to_uppercase();
        let mut bytes = vec![0x1c, 0x18, wa_id.len() as u8];
        bytes.extend_from_slice(wa_id.as_bytes());
        let way = if direction == Direction::Inbound { 0x12 } else { 0x11 };
        bytes.extend_from_slice(&[0x15, 0x02, 0x00, way, 0x18, random.len() as u8]);
        bytes.extend_from_slice(random.as_bytes());
        bytes.push(0);
        format!("wamid.{}", BASE64.encode(bytes))
    }

    /// A numeric id of fifteen digits: media, templates.
    pub(crate) fn number(&mut self) -> String {
        self.rng.random_range(100_000_000_000_000u64..1_000_000_000_000_000).to_string()
    }

    /// Random lower-case hex digits.
    pub(crate) fn hex(&mut self, digits: usize) -> String {
        (0..digits).map(|_| char::from(b"0123456789abcdef"[self.rng.random_range(0..16)])).collect()
    }

    /// The `fbtrace_id` of an error.
    pub(crate) fn trace(&mut self) -> String {
        format!("A{}", self.hex(26))
    }
}

/// Country codes by dialling prefix, for the country in a business-scoped user id; the longest prefix wins.
const COUNTRIES: [(&str, &str); 16] = [
    ("1", "US"),
    ("33", "FR"),
    ("34", "ES"),
    ("351", "PT"),
    ("376", "AD"),
    ("39", "IT"),
    ("41", "CH"),
    ("43", "AT"),
    ("44", "GB"),
    ("49", "DE"),
    ("51", "PE"),
    ("52", "MX"),
    ("54", "AR"),
    ("55", "BR"),
    ("56", "CL"),
    ("57", "CO"),
];

/// The business-scoped user id of a phone number: fixed by seed and number, whatever happened before.
pub(crate) fn user_id(seed: u64, wa_id: &str) -> String {
    let country = COUNTRIES
        .iter()
        .filter(|(prefix, _)| wa_id.starts_with(prefix))
        .max_by_key(|(prefix, _)| prefix.len())
        .map_or("US", |(_, country)| country);
    let digits = 10_000_000_000_000_000_000 + stable_hash(seed, wa_id) % 8_000_000_000_000_000_000;
    format!("{country}.{digits}")
}

/// A number that depends on the seed and the text only.
pub(crate) fn stable_hash(seed: u64, text: &str) -> u64 {
    let digest = Sha256::new().chain_update(seed.to_be_bytes()).chain_update(text).finalize();
    digest.iter().take(8).fold(0, |hash, byte| (hash << 8) | u64::from(*byte))
}
