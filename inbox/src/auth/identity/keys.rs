//! The keys that a provider publishes (RFC 7517), kept while they are fresh, and longer while it cannot be reached.

use crate::clock::Clock;
use crate::error::{Error, Result};
use entities::Timestamp;
use jsonwebtoken::jwk::{Jwk, KeyAlgorithm, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use parking_lot::Mutex;
use reqwest::header::CACHE_CONTROL;
use serde::Deserialize;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// Keys are taken as fresh for no longer, whatever the provider says, and for as long if it says nothing.
const LONGEST_FRESH: Duration = Duration::from_secs(60 * 60);
/// The provider is asked no more often, whatever tokens come in.
const ASK_EVERY: Duration = Duration::from_secs(30);
/// Callers wait no longer for the provider.
const TIMEOUT: Duration = Duration::from_secs(5);
/// A provider publishes a few keys of a few kilobytes.
const LARGEST: usize = 256 * 1024;

/// A key of the provider.
#[derive(Clone)]
pub(super) struct Key {
    decoding: Arc<DecodingKey>,
    algorithm: Option<KeyAlgorithm>,
}

impl Key {
    pub(super) fn decoding(&self) -> &DecodingKey {
        &self.decoding
    }

    /// Whether the key is for this algorithm: of its family, and not for another only.
    pub(super) fn may_sign(&self, algorithm: Algorithm) -> bool {
        self.decoding.family() == algorithm.family()
            && self.algorithm.is_none_or(|only| only == KeyAlgorithm::from(algorithm))
    }
}

/// The keys of one provider.
pub(super) struct KeyCache {
    url: Url,
    http: reqwest::Client,
    state: Mutex<State>,
    /// Held while the provider is being asked, so that a crowd asks once.
    asking: tokio::sync::Mutex<()>,
}

impl std::fmt::Debug for KeyCache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "KeyCache({})", self.url)
    }
}

#[derive(Default)]
struct State {
    keys: HashMap<String, Key>,
    fresh_until: Timestamp,
    asked_at: Option<Timestamp>,
    /// The provider did not answer when it was last asked.
    is_away: bool,
}

impl State {
    fn must_ask(&self, kid: &str, now: Timestamp) -> bool {
        // A clock that was set back must not silence us.
        let may_ask = self.asked_at.is_none_or(|at| now < at || now.since(at) >= ASK_EVERY);
        may_ask && (now >= self.fresh_until || !self.keys.contains_key(kid))
    }
}

impl KeyCache {
    pub(super) fn new(url: Url, http: reqwest::Client) -> Self {
        Self { url, http, state: Mutex::default(), asking: tokio::sync::Mutex::default() }
    }

    /// The key of this name; none if the provider has none.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if the key is not known and the provider cannot be reached.
    pub(super) async fn find(&self, kid: &str, clock: &Clock) -> Result<Option<Key>> {
        if self.state.lock().must_ask(kid, clock.now()) {
            let _one_at_a_time = self.asking.lock().await;
            // Another may have asked while this one waited.
            if self.state.lock().must_ask(kid, clock.now()) {
                self.ask(clock).await;
            }
        }
        let state = self.state.lock();
        match state.keys.get(kid) {
            Some(key) => Ok(Some(key.clone())),
            None if state.is_away => Err(Error::Unavailable(
                "the identity provider's keys cannot be read now, so its tokens cannot be verified; try again in a \
                 moment"
                    .to_owned(),
            )),
            None => Ok(None),
        }
    }

    async fn ask(&self, clock: &Clock) {
        let asked_at = clock.now();
        let answer = self.fetch().await;
        let mut state = self.state.lock();
        state.asked_at = Some(asked_at);
        state.is_away = answer.is_err();
        match answer {
            Ok((keys, fresh)) => {
                state.keys = keys;
                state.fresh_until = asked_at.plus(fresh);
            }
            Err(why) => {
                let kept = state.keys.len();
                tracing::warn!(url = %self.url, why, kept, "the identity provider's keys could not be read");
            }
        }
    }

    async fn fetch(&self) -> Result<(HashMap<String, Key>, Duration), String> {
        let request = self.http.get(self.url.clone()).timeout(TIMEOUT);
        let mut response = request.send().await.map_err(|error| error.to_string())?;
        if !response.status().is_success() {
            return Err(format!("it answered {}", response.status()));
        }
        let said = response.headers().get(CACHE_CONTROL).and_then(|value| value.to_str().ok());
        let fresh = fresh_for(said.unwrap_or_default());
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| error.to_string())? {
            body.extend_from_slice(&chunk);
            if body.len() > LARGEST {
                return Err(format!("its answer is larger than {LARGEST} bytes"));
            }
        }
        Ok((parse(&body)?, fresh))
    }
}

/// How long an answer with this `Cache-Control` stays fresh.
fn fresh_for(cache_control: &str) -> Duration {
    let mut fresh = LONGEST_FRESH;
    for directive in cache_control.split(',').map(str::trim) {
        let (name, value) = directive.split_once('=').unwrap_or((directive, ""));
        match name.to_ascii_lowercase().as_str() {
            "no-store" | "no-cache" => fresh = Duration::ZERO,
            "max-age" => {
                let seconds = value.trim_matches('"').parse().unwrap_or(0);
                fresh = fresh.min(Duration::from_secs(seconds));
            }
            _ => {}
        }
    }
    fresh.max(ASK_EVERY)
}

#[derive(Deserialize)]
struct KeySet {
    keys: Vec<serde_json::Value>,
}

/// The keys that can verify signatures; what else is in the set is nobody's mistake and left out.
fn parse(body: &[u8]) -> Result<HashMap<String, Key>, String> {
    let set: KeySet = serde_json::from_slice(body).map_err(|_| "its answer is no set of keys".to_owned())?;
    let keys = set.keys.into_iter().filter_map(|value| {
        let jwk: Jwk = serde_json::from_value(value).ok()?;
        let signs = jwk.common.public_key_use.as_ref().is_none_or(|of| *of == PublicKeyUse::Signature);
        let decoding = Arc::new(DecodingKey::from_jwk(&jwk).ok().filter(|_| signs)?);
        Some((jwk.common.key_id?, Key { decoding, algorithm: jwk.common.key_algorithm }))
    });
    Ok(keys.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn freshness_is_what_the_provider_says_within_bounds() {
        let table = [
            ("", 3600),
            ("max-age=600", 600),
            ("public, Max-Age=600, must-revalidate", 600),
            ("max-age=\"600\"", 600),
            ("max-age=86400", 3600),
            ("max-age=0", 30),
            ("max-age=x", 30),
            ("no-store", 30),
            ("no-cache, max-age=600", 30),
        ];
        for (said, seconds) in table {
            assert_eq!(fresh_for(said), Duration::from_secs(seconds), "{said}");
        }
    }

    proptest! {
        #[test]
        fn no_answer_breaks_the_parser(body in "\\PC*", said in "\\PC*", kid in "[a-z]{0,3}", kty in "RSA|EC|OKP|oct|X") {
            let _ = parse(body.as_bytes());
            let set = serde_json::json!({ "keys": [{ "kid": kid, "kty": kty, "n": body, "e": body, "x": body }] });
            let _ = parse(set.to_string().as_bytes());
            prop_assert!((ASK_EVERY..=LONGEST_FRESH).contains(&fresh_for(&said)));
        }
    }
}
