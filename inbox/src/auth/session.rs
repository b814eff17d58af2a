//! Access tokens of people: short-lived JWTs, HS256 under the deployment's secret key.

use crate::error::{Error, Result};
use entities::{Timestamp, UserId};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use uuid::Uuid;

/// How long an access token lives.
const ACCESS_TOKEN_TTL: Duration = Duration::from_secs(15 * 60);

const AUDIENCE: &str = "recado";
/// How our own tokens are told from those of an outside identity provider.
pub(super) const ISSUER: &str = "recado";

/// What an access token says.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Claims {
    /// The user.
    pub sub: UserId,
    /// The login that it descends from: it ends with it.
    pub sid: Uuid,
    /// Unix seconds when it ends.
    pub exp: i64,
    /// Unix seconds when it was issued.
    pub iat: i64,
    aud: String,
    iss: String,
}

/// The keys that sign sessions: the first signs, all verify, so that keys can be rotated.
#[derive(Clone)]
pub struct SessionKeys {
    sign: EncodingKey,
    verify: Vec<DecodingKey>,
}

impl std::fmt::Debug for SessionKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SessionKeys")
    }
}

impl SessionKeys {
    /// From the deployment's secret keys, newest first.
    ///
    /// # Errors
    /// [`Error::Internal`] without a key.
    pub fn new(keys: &[[u8; 32]]) -> Result<Self> {
        let newest =
            keys.first().ok_or_else(|| Error::internal("there is no secret key to sign sessions with"))?;
        Ok(Self {
            sign: EncodingKey::from_secret(newest),
            verify: keys.iter().map(|key| DecodingKey::from_secret(key)).collect(),
        })
    }

    /// An access token for this user, of this login, and when it ends.
    ///
    /// # Errors
    /// [`Error::Internal`] if it cannot be signed.
    pub fn issue(&self, user: UserId, login: Uuid, now: Timestamp) -> Result<(String, Timestamp)> {
        let exp = now.plus(ACCESS_TOKEN_TTL).millis() / 1000;
        let claims = Claims {
            sub: user,
            sid: login,
            exp,
            iat: now.millis() / 1000,
            aud: AUDIENCE.to_owned(),
            iss: ISSUER.to_owned(),
        };
        let token = jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &self.sign)
            .map_err(Error::internal)?;
        Ok((token, Timestamp::from_seconds(exp)))
    }

    /// What a token says, if we signed it and it has not ended.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`].
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<Claims> {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_audience(&[AUDIENCE]);
        validation.set_issuer(&[ISSUER]);
        // The end is compared below with our own clock, which tests can move.
        validation.validate_exp = false;
        for key in &self.verify {
            if let Ok(data) = jsonwebtoken::decode::<Claims>(token, key, &validation) {
                if data.claims.exp <= now.millis() / 1000 {
                    return Err(Error::Unauthenticated(
                        "the access token has expired; log in or refresh the session",
                    ));
                }
                return Ok(data.claims);
            }
        }
        Err(Error::Unauthenticated("the access token is not one of ours; log in again"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_000_000);

    fn user() -> UserId {
        UserId(Uuid::from_u128(7))
    }

    const LOGIN: Uuid = Uuid::from_u128(8);

    #[test]
    fn a_token_says_whose_it_is_until_it_ends() {
        let keys = SessionKeys::new(&[[1; 32]]).unwrap();
        let (token, ends) = keys.issue(user(), LOGIN, Timestamp(NOW.0 + 999)).unwrap();
        assert_eq!(ends, NOW.plus(ACCESS_TOKEN_TTL), "to the second, as the token has it");
        let claims = keys.verify(&token, Timestamp(ends.0 - 1)).unwrap();
        assert_eq!((claims.sub, claims.sid), (user(), LOGIN));
        assert!(keys.verify(&token, ends).is_err());
    }

    #[test]
    fn keys_can_be_rotated() {
        let (old, new) = ([1; 32], [2; 32]);
        let (token, _) = SessionKeys::new(&[old]).unwrap().issue(user(), LOGIN, NOW).unwrap();
        assert!(SessionKeys::new(&[new, old]).unwrap().verify(&token, NOW).is_ok());
        assert!(SessionKeys::new(&[new]).unwrap().verify(&token, NOW).is_err());
        assert!(SessionKeys::new(&[]).is_err());
    }

    #[test]
    fn a_token_without_signature_or_for_another_audience_is_not_ours() {
        let keys = SessionKeys::new(&[[1; 32]]).unwrap();
        let (token, _) = keys.issue(user(), LOGIN, NOW).unwrap();
        let claims = token.split('.').nth(1).unwrap();
        // {"alg":"none","typ":"JWT"}
        let unsigned = format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{claims}.");
        assert!(keys.verify(&unsigned, NOW).is_err());

        let ours = Claims {
            sub: user(),
            sid: LOGIN,
            exp: i64::MAX,
            iat: 0,
            aud: AUDIENCE.to_owned(),
            iss: ISSUER.to_owned(),
        };
        let signed = |claims: &Claims| {
            jsonwebtoken::encode(&Header::new(Algorithm::HS256), claims, &keys.sign).unwrap()
        };
        assert!(keys.verify(&signed(&ours), NOW).is_ok());
        let another = || "another".to_owned();
        for foreign in [Claims { aud: another(), ..ours.clone() }, Claims { iss: another(), ..ours.clone() }]
        {
            assert!(keys.verify(&signed(&foreign), NOW).is_err());
        }
    }

    proptest! {
        #[test]
        fn any_other_text_is_refused(text in "\\PC*") {
            prop_assert!(SessionKeys::new(&[[1; 32]]).unwrap().verify(&text, NOW).is_err());
        }

        #[test]
        fn a_changed_token_is_refused(at in 0_usize..1000, with in "[A-Za-z0-9_-]") {
            let keys = SessionKeys::new(&[[1; 32]]).unwrap();
            let (token, _) = keys.issue(user(), LOGIN, NOW).unwrap();
            // The last character carries bits that decode to nothing.
            let at = at % (token.len() - 1);
            let changed = format!("{}{with}{}", &token[..at], &token[at + 1..]);
            prop_assert_eq!(keys.verify(&changed, NOW).is_ok(), changed == token);
        }
    }
}
