//! Tokens of an outside identity provider, as OpenID Connect has them, verified with the keys that it publishes.

mod keys;
#[cfg(test)]
mod tests;

use super::normalize_email;
use super::session::ISSUER;
use crate::clock::Clock;
use crate::error::{Error, Result};
use entities::Timestamp;
use jsonwebtoken::{Algorithm, Validation};
use keys::KeyCache;
use serde::Deserialize;
use std::time::Duration;
use url::{Host, Url};

/// Signatures by keys of which only the provider has the private half. Not `none`, and none of HMAC: there the published
/// key would be enough to sign with.
const ALGORITHMS: [Algorithm; 9] = [
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::EdDSA,
];
/// The provider's clock may be as far from ours.
const LEEWAY: Duration = Duration::from_secs(60);

/// Whose tokens are taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityConfig {
    /// Where the provider publishes its keys; see [`is_safe_for_keys`].
    pub jwks_url: Url,
    /// How its tokens name it (`iss`).
    pub issuer: String,
    /// How its tokens name us (`aud`).
    pub audience: String,
    /// The name of the role of people whom nobody made here. None: they stay out.
    pub default_role: Option<String>,
}

/// Whether keys may be read from there: over HTTPS, or from this machine.
#[must_use]
pub fn is_safe_for_keys(url: &Url) -> bool {
    let loopback = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    url.scheme() == "https" || (url.scheme() == "http" && loopback)
}

/// Whether a provider may be called so: our own tokens have a name too.
#[must_use]
pub fn is_foreign_issuer(issuer: &str) -> bool {
    !issuer.is_empty() && issuer != ISSUER
}

/// An outside identity provider.
#[derive(Debug)]
pub struct IdentityProvider {
    config: IdentityConfig,
    keys: KeyCache,
}

/// Somebody whom the provider vouches for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    /// The provider's name of the person.
    pub(crate) subject: String,
    /// The person's e-mail address in its normal form, if the provider has verified it.
    pub(crate) email: Option<String>,
    /// The person's name, if the provider gives one.
    pub(crate) name: Option<String>,
    /// When the token ends.
    pub(crate) expires_at: Timestamp,
}

#[derive(Deserialize)]
struct Claims {
    sub: String,
    exp: f64,
    nbf: Option<f64>,
    email: Option<String>,
    email_verified: Option<Verified>,
    name: Option<String>,
}

/// Some providers write the flag as text.
#[derive(Deserialize)]
#[serde(untagged)]
enum Verified {
    Flag(bool),
    Text(String),
}

#[derive(Deserialize)]
struct Issued {
    iss: String,
}

impl IdentityProvider {
    /// A provider that is set up so. Asks it nothing yet.
    #[must_use]
    pub fn new(config: IdentityConfig, http: reqwest::Client) -> Self {
        Self { keys: KeyCache::new(config.jwks_url.clone(), http), config }
    }

    /// How its tokens name it.
    pub(crate) fn issuer(&self) -> &str {
        &self.config.issuer
    }

    /// The name of the role of people whom nobody made here.
    pub(crate) fn default_role(&self) -> Option<&str> {
        self.config.default_role.as_deref()
    }

    /// Whether a token says that it comes from there. Says nothing about whether it does.
    pub(crate) fn is_named_by(&self, token: &str) -> bool {
        jsonwebtoken::dangerous::insecure_decode_claims::<Issued>(token)
            .is_ok_and(|issued| issued.iss == self.config.issuer)
    }

    /// Whom a token vouches for. May ask the provider for its keys, at most once in 30 seconds.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] if the token is not good; [`Error::Unavailable`] if the provider's keys are needed and
    /// cannot be read.
    pub(crate) async fn verify(&self, token: &str, clock: &Clock) -> Result<Identity> {
        let header = jsonwebtoken::decode_header(token).map_err(|_| NOT_GOOD)?;
        if !ALGORITHMS.contains(&header.alg) {
            return Err(Error::Unauthenticated(
                "the identity provider's token is signed in a way that is not accepted",
            ));
        }
        let kid = header.kid.ok_or(Error::Unauthenticated("the identity provider's token names no key"))?;
        let key = self.keys.find(&kid, clock).await?;
        let key = key.filter(|key| key.may_sign(header.alg)).ok_or(Error::Unauthenticated(
            "the identity provider's token is signed with a key that the provider does not publish",
        ))?;
        let mut validation = Validation::new(header.alg);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        validation.set_issuer(&[&self.config.issuer]);
        validation.set_audience(&[&self.config.audience]);
        // The moments are compared below with our own clock, which tests can move.
        validation.validate_exp = false;
        let data =
            jsonwebtoken::decode::<Claims>(token, key.decoding(), &validation).map_err(|_| NOT_GOOD)?;
        accept(data.claims, clock.now())
    }
}

const NOT_GOOD: Error = Error::Unauthenticated(
    "the identity provider's token is not good: signature, issuer or audience is another; log in there again",
);

fn accept(claims: Claims, now: Timestamp) -> Result<Identity> {
    let expires_at = moment(claims.exp).plus(LEEWAY);
    if expires_at <= now {
        return Err(Error::Unauthenticated("the identity provider's token has expired; log in there again"));
    }
    if claims.nbf.is_some_and(|nbf| moment(nbf) > now.plus(LEEWAY)) {
        return Err(Error::Unauthenticated("the identity provider's token is not valid yet"));
    }
    if claims.sub.is_empty() {
        return Err(NOT_GOOD);
    }
    let is_verified = match claims.email_verified {
        Some(Verified::Flag(flag)) => flag,
        Some(Verified::Text(text)) => text == "true",
        None => false,
    };
    Ok(Identity {
        subject: claims.sub,
        email: claims.email.filter(|_| is_verified).and_then(|email| normalize_email(&email)),
        name: claims.name,
        expires_at,
    })
}

/// Seconds since the epoch, perhaps with a fraction; what does not fit becomes the nearest that does.
fn moment(seconds: f64) -> Timestamp {
    Timestamp::from_seconds(seconds as i64)
}
