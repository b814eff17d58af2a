//! Proof that a webhook comes from Meta: the signature of a delivery and the handshake of a subscription.

use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use std::fmt;
use subtle::ConstantTimeEq;

/// What stands before the hex digits in `X-Hub-Signature-256`.
const PREFIX: &str = "sha256=";

/// A webhook body whose origin was proved. Parsing takes nothing else, so a body cannot be read before it was checked.
#[derive(Clone, PartialEq, Eq)]
pub struct Verified(Bytes);

/// Why a delivery was refused. None of them holds the expected signature, a secret or the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// There is no `X-Hub-Signature-256` header.
    #[error("the request has no X-Hub-Signature-256 header, so it cannot be from Meta; answer 401")]
    Missing,
    /// The header is not `sha256=` and 64 hex digits.
    #[error("the X-Hub-Signature-256 header is not \"sha256=\" and 64 hex digits; answer 401")]
    Malformed,
    /// No configured secret gives this signature.
    #[error(
        "the signature does not belong to this body and any configured app secret; check that the app secret is the \
         one of the Meta app that sends the webhooks, and that no proxy rewrites bodies"
    )]
    Mismatch,
}

impl Verified {
    /// Checks `signature_header` (the value of `X-Hub-Signature-256`) over the raw `body`.
    ///
    /// `secrets` are app secrets; several are tried, so that one can be rotated without losing a delivery. Blank ones
    /// are skipped, because everybody can sign with an empty key. The comparison takes constant time.
    ///
    /// # Errors
    /// [`SignatureError`] when the header is missing, malformed or of another secret or body.
    pub fn verify(
        secrets: &[impl AsRef<[u8]>],
        signature_header: Option<&str>,
        body: Bytes,
    ) -> Result<Self, SignatureError> {
        let header = signature_header.ok_or(SignatureError::Missing)?;
        let digits = header.strip_prefix(PREFIX).ok_or(SignatureError::Malformed)?;
        let mut signature = [0; 32];
        hex::decode_to_slice(digits, &mut signature).map_err(|_| SignatureError::Malformed)?;
        let signed = secrets.iter().map(AsRef::as_ref).any(|secret| is_signed(secret, &signature, &body));
        if signed { Ok(Self(body)) } else { Err(SignatureError::Mismatch) }
    }

    /// Takes a body that was verified before it was stored. Only for bodies read back from our own receipts.
    #[must_use]
    pub fn from_store(body: Bytes) -> Self {
        Self(body)
    }

    /// The body as received.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The body as received, to be stored.
    #[must_use]
    pub fn into_bytes(self) -> Bytes {
        self.0
    }
}

/// Shows the length alone: the body holds customers' words.
impl fmt::Debug for Verified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Verified({} bytes)", self.0.len())
    }
}

fn is_signed(secret: &[u8], signature: &[u8; 32], body: &[u8]) -> bool {
    if secret.trim_ascii().is_empty() {
        return false;
    }
    // HMAC takes a key of any length; an error would mean "not signed".
    Hmac::<Sha256>::new_from_slice(secret)
        .is_ok_and(|hmac| hmac.chain_update(body).verify_slice(signature).is_ok())
}

/// Why a handshake was refused; answer 403 to all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HandshakeError {
    /// The verify token of this installation is blank, and a blank one would let everybody in.
    #[error(
        "no verify token is configured; set one here and the same one in the Meta app's webhook settings"
    )]
    NotConfigured,
    /// `hub.mode` is not `subscribe`.
    #[error("hub.mode is not \"subscribe\"; this address answers Meta's webhook handshake only")]
    Mode,
    /// `hub.verify_token` is missing or not ours.
    #[error("hub.verify_token is not the configured verify token; make the two the same and try again")]
    Token,
    /// `hub.challenge` is missing.
    #[error("hub.challenge is missing; Meta sends one with every handshake")]
    Challenge,
}

/// Answers the GET by which Meta checks a callback URL. Takes the values of `hub.mode`, `hub.verify_token` and
/// `hub.challenge`, and the `configured` verify token. The result is the whole body of the answer, as `text/plain`.
///
/// # Errors
/// [`HandshakeError`] when the request is not a handshake with our token. Tokens are compared in constant time.
pub fn handshake(
    mode: Option<&str>,
    verify_token: Option<&str>,
    challenge: Option<&str>,
    configured: &str,
) -> Result<String, HandshakeError> {
    if configured.trim().is_empty() {
        return Err(HandshakeError::NotConfigured);
    }
    if mode != Some("subscribe") {
        return Err(HandshakeError::Mode);
    }
    if !is_same(verify_token.unwrap_or_default(), configured) {
        return Err(HandshakeError::Token);
    }
    challenge.map(str::to_owned).ok_or(HandshakeError::Challenge)
}

/// Compares digests, so that not even the length of the token can be timed.
fn is_same(given: &str, expected: &str) -> bool {
    Sha256::digest(given).ct_eq(&Sha256::digest(expected)).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SECRET: &str = "5f2b1c0de5f2b1c0de5f2b1c0de5f2b1";
    const BODY: &[u8] = br#"{"object":"whatsapp_business_account","entry":[]}"#;

    fn sign(secret: &str, body: &[u8]) -> String {
        let hmac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap().chain_update(body);
        format!("{PREFIX}{}", hex::encode(hmac.finalize().into_bytes()))
    }

    fn verify(secrets: &[&str], header: Option<&str>) -> Result<Verified, SignatureError> {
        Verified::verify(secrets, header, Bytes::from_static(BODY))
    }

    /// RFC 4231, test case 2: proves that this is HMAC-SHA256 and not merely something that agrees with itself.
    #[test]
    fn agrees_with_the_standard() {
        let header = "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        let body = Bytes::from_static(b"what do ya want for nothing?");
        assert!(Verified::verify(&["Jefe"], Some(header), body).is_ok());
    }

    #[test]
    fn signatures() {
        let good = sign(SECRET, BODY);
        let of_blank = sign("", BODY);
        let other_body = sign(SECRET, b"{}");
        let short = &good[..good.len() - 2];
        let long = format!("{good}00");
        let not_hex = format!("{PREFIX}{}", "z".repeat(64));
        let sha1 = good.replace("sha256", "sha1");
        let cases: &[(&[&str], Option<&str>, Option<SignatureError>)] = &[
            (&[SECRET], Some(&good), None),
            (&["old", SECRET], Some(&good), None),
            (&[SECRET, "new"], Some(&good), None),
            (&[SECRET], None, Some(SignatureError::Missing)),
            (&[SECRET], Some(""), Some(SignatureError::Malformed)),
            (&[SECRET], Some(&good[PREFIX.len()..]), Some(SignatureError::Malformed)),
            (&[SECRET], Some(short), Some(SignatureError::Malformed)),
            (&[SECRET], Some(&long), Some(SignatureError::Malformed)),
            (&[SECRET], Some(&not_hex), Some(SignatureError::Malformed)),
            (&[SECRET], Some(&sha1), Some(SignatureError::Malformed)),
            (&[SECRET], Some(&other_body), Some(SignatureError::Mismatch)),
            (&["other"], Some(&good), Some(SignatureError::Mismatch)),
            (&[], Some(&good), Some(SignatureError::Mismatch)),
            (&[""], Some(&of_blank), Some(SignatureError::Mismatch)),
        ];
        for (secrets, header, expected) in cases {
            assert_eq!(verify(secrets, *header).err(), *expected, "{secrets:?} {header:?}");
        }
    }

    #[test]
    fn nothing_leaks_into_errors_or_debug() {
        let good = sign(SECRET, BODY);
        let error = verify(&["other"], Some(&good)).unwrap_err();
        let verified = verify(&[SECRET], Some(&good)).unwrap();
        assert!(!format!("{error} {error:?}").contains("other"));
        assert_eq!(format!("{verified:?}"), "Verified(49 bytes)");
        assert_eq!(verified.as_bytes(), BODY);
        assert_eq!(verified.into_bytes(), BODY);
    }

    #[test]
    fn handshakes() {
        let cases = [
            (Some("subscribe"), Some("tok"), Some("1158201444"), "tok", Ok("1158201444")),
            (Some("subscribe"), Some("tok"), Some("1"), "", Err(HandshakeError::NotConfigured)),
            (Some("subscribe"), Some(""), Some("1"), " ", Err(HandshakeError::NotConfigured)),
            (Some("unsubscribe"), Some("tok"), Some("1"), "tok", Err(HandshakeError::Mode)),
            (None, Some("tok"), Some("1"), "tok", Err(HandshakeError::Mode)),
            (Some("subscribe"), Some("to"), Some("1"), "tok", Err(HandshakeError::Token)),
            (Some("subscribe"), None, Some("1"), "tok", Err(HandshakeError::Token)),
            (Some("subscribe"), Some("tok"), None, "tok", Err(HandshakeError::Challenge)),
        ];
        for (mode, token, challenge, configured, expected) in cases {
            assert_eq!(handshake(mode, token, challenge, configured), expected.map(str::to_owned));
        }
    }

    proptest! {
        #[test]
        fn what_was_signed_verifies_and_a_changed_byte_does_not(
            body in proptest::collection::vec(any::<u8>(), 1..200),
            secret in "[ -~]*[!-~][ -~]*",
            at in any::<proptest::sample::Index>(),
        ) {
            let header = sign(&secret, &body);
            prop_assert!(Verified::verify(&[&secret], Some(&header), body.clone().into()).is_ok());
            let mut changed = body;
            let at = at.index(changed.len());
            changed[at] ^= 1;
            prop_assert_eq!(
                Verified::verify(&[&secret], Some(&header), changed.into()),
                Err(SignatureError::Mismatch)
            );
        }

        #[test]
        fn any_header_is_refused_without_a_panic(header in ".*") {
            prop_assert!(verify(&[SECRET], Some(&header)).is_err());
        }
    }
}
