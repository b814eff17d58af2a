//! API tokens and other secrets that are shown once and stored as a hash.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// What every API token begins with.
pub const TOKEN_PREFIX: &str = "rcd_";

/// An API token as it is shown, once.
#[derive(Debug)]
pub struct NewToken {
    /// `rcd_` and 43 characters.
    pub secret: String,
    /// What is stored of it.
    pub hash: String,
    /// Its last four characters.
    pub last_four: String,
}

/// Makes an API token of 256 random bits.
///
/// # Errors
/// If the system has no randomness to give.
pub fn new_token() -> crate::Result<NewToken> {
    let secret = format!("{TOKEN_PREFIX}{}", new_secret()?);
    Ok(NewToken { hash: hash_token(&secret), last_four: secret[secret.len() - 4..].to_owned(), secret })
}

/// 256 random bits, as URL-safe base64 of 43 characters.
///
/// # Errors
/// If the system has no randomness to give.
pub fn new_secret() -> crate::Result<String> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).map_err(crate::Error::internal)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// The form in which a secret is stored and looked up. The secrets have 256 random bits, so no salt is needed.
#[must_use]
pub fn hash_token(secret: &str) -> String {
    hex::encode(Sha256::digest(secret.as_bytes()))
}
