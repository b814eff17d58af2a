//! Against a provider of this test's own, with keys made here.

use super::*;
use crate::testing::identity::{FakeProvider, SigningKey};
use serde_json::json;

const HOUR: Duration = Duration::from_secs(60 * 60);

struct Setting {
    fake: FakeProvider,
    provider: IdentityProvider,
    clock: Clock,
}

impl Setting {
    async fn new() -> Self {
        let fake = FakeProvider::start().await;
        let http = reqwest::Client::builder().build().expect("a client can be built");
        let provider = IdentityProvider::new(fake.config(None), http);
        Self { fake, provider, clock: Clock::default() }
    }

    async fn verify(&self, token: &str) -> Result<Identity> {
        self.provider.verify(token, &self.clock).await
    }

    fn claims(&self) -> serde_json::Value {
        self.fake.claims("ana", self.clock.now())
    }

    async fn refused(&self, token: &str) -> bool {
        matches!(self.verify(token).await, Err(Error::Unauthenticated(_)))
    }
}

#[tokio::test]
async fn tokens_of_every_accepted_algorithm_are_good() {
    let setting = Setting::new().await;
    for algorithm in ALGORITHMS {
        let key = SigningKey::new(algorithm, "kid");
        setting.fake.publish([&key]);
        setting.clock.advance(HOUR);
        let mut claims = setting.claims();
        claims["email"] = json!("Ana@Example.org");
        claims["email_verified"] = json!("true");
        claims["aud"] = json!(["another", "recado-test"]);
        let identity = setting.verify(&key.sign(&claims)).await.expect("the token is good");
        assert_eq!((identity.subject.as_str(), identity.email.as_deref()), ("ana", Some("ana@example.org")));
    }
}

#[tokio::test]
async fn what_the_provider_did_not_sign_for_us_is_refused() {
    let setting = Setting::new().await;
    let (key, stranger) =
        (SigningKey::new(Algorithm::RS256, "kid"), SigningKey::new(Algorithm::RS256, "kid"));
    setting.fake.publish([&key]);
    let claims = setting.claims();
    assert!(setting.verify(&key.sign(&claims)).await.is_ok());
    let with = |name: &str, value: serde_json::Value| {
        let mut claims = claims.clone();
        claims[name] = value;
        key.sign(&claims)
    };
    let without = |name: &str| {
        let mut claims = claims.clone();
        claims.as_object_mut().expect("an object").remove(name);
        key.sign(&claims)
    };
    let now = setting.clock.now().millis() / 1000;
    let table = [
        ("another's key", stranger.sign(&claims)),
        ("another algorithm than the key's", key.sign_as(Algorithm::RS512, &claims)),
        ("HMAC with the published key", key.sign_with_public_half(&claims)),
        ("no signature", key.unsigned(&claims)),
        ("no kid", key.sign_without_kid(&claims)),
        ("issuer", with("iss", json!("https://else.example"))),
        ("no issuer", without("iss")),
        ("audience", with("aud", json!("another"))),
        ("no audience", without("aud")),
        ("no subject", without("sub")),
        ("empty subject", with("sub", json!(""))),
        ("no end", without("exp")),
        ("over", with("exp", json!(now - 61))),
        ("not yet", with("nbf", json!(now + 70))),
        ("nonsense", "a.b.c".to_owned()),
    ];
    for (what, token) in table {
        assert!(setting.refused(&token).await, "{what}");
    }
    // Clocks differ a little.
    for token in
        [with("exp", json!(now - 50)), with("nbf", json!(now + 50)), with("exp", json!(now as f64 + 0.5))]
    {
        setting.verify(&token).await.expect("within the leeway");
    }
    let unverified = with("email", json!("ana@example.org"));
    assert_eq!(setting.verify(&unverified).await.expect("it is good").email, None);
}

#[tokio::test]
async fn a_new_key_is_asked_for_once_and_no_more_than_every_30_seconds() {
    let setting = Setting::new().await;
    let (old, new) = (SigningKey::new(Algorithm::ES256, "old"), SigningKey::new(Algorithm::ES256, "new"));
    setting.fake.publish([&old]);
    let old_token = old.sign(&setting.claims());
    let crowd = futures_util::future::join_all((0..20).map(|_| setting.verify(&old_token))).await;
    assert!(crowd.iter().all(Result::is_ok));
    assert_eq!(setting.fake.asked(), 1, "a crowd asks once");

    setting.fake.publish([&old, &new]);
    let token = new.sign(&setting.claims());
    assert!(setting.refused(&token).await);
    assert_eq!(setting.fake.asked(), 1, "whoever makes up key names cannot make us ask");
    setting.clock.advance(Duration::from_secs(30));
    setting.verify(&token).await.expect("the new key is found");
    setting.verify(&old_token).await.expect("the old one still holds");
    assert_eq!(setting.fake.asked(), 2);

    // What is not published any more ends with the freshness of the answer.
    setting.fake.publish([&new]);
    setting.clock.advance(HOUR);
    assert!(setting.refused(&old.sign(&setting.claims())).await);
    assert_eq!(setting.fake.asked(), 3);
}

#[tokio::test]
async fn while_the_provider_is_away_its_old_keys_hold() {
    let setting = Setting::new().await;
    let key = SigningKey::new(Algorithm::EdDSA, "kid");
    setting.fake.publish([&key]);
    setting.fake.fail(true);
    let early = setting.verify(&key.sign(&setting.claims())).await;
    assert!(matches!(early, Err(Error::Unavailable(_))), "{early:?}");
    setting.fake.fail(false);
    setting.clock.advance(Duration::from_secs(30));
    setting.verify(&key.sign(&setting.claims())).await.expect("it is back");
    setting.fake.fail(true);
    setting.clock.advance(HOUR);
    setting.verify(&key.sign(&setting.claims())).await.expect("the old key holds");
    setting.fake.publish_text(&"x".repeat(300_000));
    setting.fake.fail(false);
    setting.clock.advance(Duration::from_secs(30));
    setting.verify(&key.sign(&setting.claims())).await.expect("an endless answer changes nothing");
}

#[test]
fn keys_are_read_over_https_or_from_this_machine() {
    let table = [
        ("https://id.example.org/keys", true),
        ("http://id.example.org/keys", false),
        ("http://127.0.0.1:8080/keys", true),
        ("http://localhost/keys", true),
        ("http://[::1]/keys", true),
        ("http://localhost.example.org/keys", false),
        ("file:///keys", false),
    ];
    for (url, safe) in table {
        assert_eq!(is_safe_for_keys(&url.parse().expect("a URL")), safe, "{url}");
    }
}
