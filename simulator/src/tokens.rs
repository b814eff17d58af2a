//! The access tokens that are good, and the OAuth codes that can be turned into one.

use std::collections::HashMap;

use crate::config::Business;

/// How long a long-lived token is good (60 days), in seconds.
pub(crate) const LONG_LIVED_SECONDS: u64 = 5_184_000;

/// How long a code is good (10 minutes), in seconds.
const CODE_SECONDS: u64 = 600;

/// Whose a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenKind {
    App,
    User,
    SystemUser,
}

/// A token that was given out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Token {
    pub(crate) kind: TokenKind,
    /// Seconds since 1970.
    pub(crate) issued_at: u64,
    /// Seconds since 1970; none for a token that does not expire.
    pub(crate) expires_at: Option<u64>,
}

/// Why a code was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CodeError {
    Unknown,
    Expired,
    OtherRedirect,
    Used,
}

/// What was given out so far.
#[derive(Debug)]
pub(crate) struct Tokens {
    tokens: HashMap<String, Token>,
    codes: HashMap<String, Code>,
}

#[derive(Debug)]
struct Code {
    redirect_uri: String,
    expires_at: u64,
    used: bool,
}

impl Tokens {
    /// The two tokens that every business starts with: its system user's, which does not expire, and the app's own.
    pub(crate) fn new(business: &Business, now: u64) -> Self {
        let lasting = |kind| Token { kind, issued_at: now, expires_at: None };
        let tokens = HashMap::from([
            (business.access_token.clone(), lasting(TokenKind::SystemUser)),
            (business.app_token(), lasting(TokenKind::App)),
        ]);
        Self { tokens, codes: HashMap::new() }
    }

    pub(crate) fn get(&self, token: &str) -> Option<&Token> {
        self.tokens.get(token)
    }

    /// A token that is good now.
    pub(crate) fn valid(&self, token: &str, now: u64) -> Option<&Token> {
        self.get(token).filter(|token| token.expires_at.is_none_or(|expires_at| expires_at > now))
    }

    pub(crate) fn insert(&mut self, token: String, details: Token) {
        self.tokens.insert(token, details);
    }

    pub(crate) fn insert_code(&mut self, code: String, redirect_uri: String, now: u64) {
        self.codes.insert(code, Code { redirect_uri, expires_at: now + CODE_SECONDS, used: false });
    }

    /// Takes a code, which works once and with the redirect address that it was made for.
    pub(crate) fn use_code(&mut self, code: &str, redirect_uri: &str, now: u64) -> Result<(), CodeError> {
        let code = self.codes.get_mut(code).ok_or(CodeError::Unknown)?;
        match code {
            Code { used: true, .. } => Err(CodeError::Used),
            Code { expires_at, .. } if *expires_at <= now => Err(CodeError::Expired),
            Code { redirect_uri: made_for, .. } if made_for != redirect_uri => Err(CodeError::OtherRedirect),
            Code { used, .. } => {
                *used = true;
                Ok(())
            }
        }
    }
}
