//! An identity provider for tests: keys made here, published over HTTP on this machine.

use crate::auth::IdentityConfig;
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair,
};
use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entities::Timestamp;
use jsonwebtoken::jwk::{Jwk, KeyAlgorithm};
use jsonwebtoken::{Algorithm, AlgorithmFamily, EncodingKey, Header};
use parking_lot::Mutex;
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::net::TcpListener;

/// What PKCS #8 puts before an RSA key of PKCS #1, for keys of 2,048 bits.
const PKCS8_HEADER: usize = 26;

/// A key pair of the provider.
pub(crate) struct SigningKey {
    private: EncodingKey,
    algorithm: Algorithm,
    kid: String,
}

impl SigningKey {
    pub(crate) fn new(algorithm: Algorithm, kid: &str) -> Self {
        let private = match algorithm.family() {
            AlgorithmFamily::Ec => {
                let curve = match algorithm {
                    Algorithm::ES384 => &ECDSA_P384_SHA384_FIXED_SIGNING,
                    _ => &ECDSA_P256_SHA256_FIXED_SIGNING,
                };
                let pair = EcdsaKeyPair::generate(curve).expect("a key can be made");
                EncodingKey::from_ec_der(pair.to_pkcs8v1().expect("it can be written").as_ref())
            }
            AlgorithmFamily::Ed => {
                let pair = Ed25519KeyPair::generate().expect("a key can be made");
                EncodingKey::from_ed_der(pair.to_pkcs8v1().expect("it can be written").as_ref())
            }
            AlgorithmFamily::Rsa | AlgorithmFamily::Hmac => {
                let pair = KeyPair::generate(KeySize::Rsa2048).expect("a key can be made");
                let der = AsDer::<Pkcs8V1Der<'_>>::as_der(&pair).expect("it can be written");
                EncodingKey::from_rsa_der(&der.as_ref()[PKCS8_HEADER..])
            }
        };
        Self { private, algorithm, kid: kid.to_owned() }
    }

    fn public(&self) -> Jwk {
        let mut jwk =
            Jwk::from_encoding_key(&self.private, self.algorithm).expect("the key has a public half");
        jwk.common.key_id = Some(self.kid.clone());
        jwk.common.key_algorithm = Some(KeyAlgorithm::from(self.algorithm));
        jwk
    }

    pub(crate) fn sign(&self, claims: &Value) -> String {
        self.sign_as(self.algorithm, claims)
    }

    pub(crate) fn sign_as(&self, algorithm: Algorithm, claims: &Value) -> String {
        let header = Header { kid: Some(self.kid.clone()), ..Header::new(algorithm) };
        jsonwebtoken::encode(&header, claims, &self.private).expect("it can be signed")
    }

    pub(crate) fn sign_without_kid(&self, claims: &Value) -> String {
        jsonwebtoken::encode(&Header::new(self.algorithm), claims, &self.private).expect("it can be signed")
    }

    /// The old trick: HMAC with what everybody can read.
    pub(crate) fn sign_with_public_half(&self, claims: &Value) -> String {
        let published = serde_json::to_value(self.public()).expect("a key is JSON");
        let modulus = URL_SAFE_NO_PAD.decode(published["n"].as_str().expect("of RSA")).expect("base64");
        let header = Header { kid: Some(self.kid.clone()), ..Header::new(Algorithm::HS256) };
        jsonwebtoken::encode(&header, claims, &EncodingKey::from_secret(&modulus)).expect("it can be signed")
    }

    pub(crate) fn unsigned(&self, claims: &Value) -> String {
        let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let header = json!({ "alg": "none", "typ": "JWT", "kid": self.kid });
        format!("{}.{}.", part(header), part(claims.clone()))
    }
}

/// The provider.
pub(crate) struct FakeProvider {
    url: String,
    published: Arc<Mutex<Published>>,
}

#[derive(Default)]
struct Published {
    body: String,
    asked: usize,
    fails: bool,
}

impl FakeProvider {
    pub(crate) async fn start() -> Self {
        let published = Arc::new(Mutex::new(Published::default()));
        let state = Arc::clone(&published);
        let answer = move || {
            let state = Arc::clone(&state);
            async move {
                let mut state = state.lock();
                state.asked += 1;
                let status = if state.fails { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK };
                (status, state.body.clone())
            }
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let url = format!("http://{}", listener.local_addr().expect("it has an address"));
        let server = axum::serve(listener, Router::new().route("/keys", get(answer)));
        tokio::spawn(async move { server.await });
        Self { url, published }
    }

    pub(crate) fn config(&self, default_role: Option<&str>) -> IdentityConfig {
        IdentityConfig {
            jwks_url: format!("{}/keys", self.url).parse().expect("a URL"),
            issuer: self.url.clone(),
            audience: "recado-test".to_owned(),
            default_role: default_role.map(str::to_owned),
        }
    }

    /// What a token says that is good for an hour.
    pub(crate) fn claims(&self, subject: &str, now: Timestamp) -> Value {
        let now = now.millis() / 1000;
        json!({ "iss": self.url, "aud": "recado-test", "sub": subject, "iat": now, "exp": now + 3600 })
    }

    pub(crate) fn publish<'a>(&self, keys: impl IntoIterator<Item = &'a SigningKey>) {
        let keys: Vec<Jwk> = keys.into_iter().map(SigningKey::public).collect();
        self.publish_text(&json!({ "keys": keys }).to_string());
    }

    pub(crate) fn publish_text(&self, body: &str) {
        body.clone_into(&mut self.published.lock().body);
    }

    /// How often the keys were asked for.
    pub(crate) fn asked(&self) -> usize {
        self.published.lock().asked
    }

    pub(crate) fn fail(&self, fails: bool) {
        self.published.lock().fails = fails;
    }
}
