//! Secrets at rest: sealed with XChaCha20-Poly1305 under the deployment's secret key, and bound to their place, so that a
//! sealed value is worth nothing in another row.

use crate::app::{Secret, SecretKey};
use crate::error::{Error, Result};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use sha2::Sha256;

/// How a sealed value begins: the format, then the key's id, then the nonce.
const FORMAT: u8 = 1;
const KEY_ID: usize = 8;
const NONCE: usize = 24;

/// Seals and opens.
#[derive(Clone)]
pub struct Vault(Vec<SealingKey>);

#[derive(Clone)]
struct SealingKey {
    id: [u8; KEY_ID],
    cipher: XChaCha20Poly1305,
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Vault(…)")
    }
}

impl Vault {
    /// With these keys: the first seals, all open. Sealing keys are derived, because the same secrets sign sessions.
    ///
    /// # Errors
    /// If no key can be derived.
    pub fn new(keys: &[SecretKey]) -> Result<Self> {
        Ok(Self(keys.iter().map(SealingKey::derive).collect::<Result<_>>()?))
    }

    /// Seals a secret for a place, `table.column:row`.
    ///
    /// # Errors
    /// If there is no key, or the system gives no randomness.
    pub fn seal(&self, place: &str, secret: &Secret) -> Result<Vec<u8>> {
        let key = self.0.first().ok_or_else(|| Error::internal("there is no secret key to seal with"))?;
        let mut nonce = [0; NONCE];
        getrandom::fill(&mut nonce).map_err(Error::internal)?;
        // Exposed to be sealed.
        let payload = Payload { msg: secret.expose().as_bytes(), aad: place.as_bytes() };
        let sealed = key
            .cipher
            .encrypt(&XNonce::from(nonce), payload)
            .map_err(|_| Error::internal("a secret could not be sealed"))?;
        Ok([&[FORMAT], &key.id[..], &nonce, &sealed].concat())
    }

    /// Opens what was sealed for this place.
    ///
    /// # Errors
    /// If it was sealed with another key or for another place, or was changed.
    pub fn open(&self, place: &str, sealed: &[u8]) -> Result<Secret> {
        let unreadable = || {
            Error::internal(format!(
                "the secret in {place} cannot be opened: was RECADO_SECRET_KEY changed? Set it to the old one beside the \
                 new one, or set the secret anew"
            ))
        };
        let (format, rest) = sealed.split_first().ok_or_else(unreadable)?;
        let (id, rest) = rest.split_at_checked(KEY_ID).ok_or_else(unreadable)?;
        let (nonce, text) = rest.split_first_chunk::<NONCE>().ok_or_else(unreadable)?;
        let key = self.0.iter().find(|key| *format == FORMAT && key.id == id).ok_or_else(unreadable)?;
        let payload = Payload { msg: text, aad: place.as_bytes() };
        let opened = key.cipher.decrypt(&XNonce::from(*nonce), payload).map_err(|_| unreadable())?;
        Ok(Secret::new(String::from_utf8(opened).map_err(|_| unreadable())?))
    }
}

impl SealingKey {
    fn derive(key: &SecretKey) -> Result<Self> {
        let derived = |purpose: &[u8]| -> Result<[u8; 32]> {
            let mut mac = Hmac::<Sha256>::new_from_slice(&key.0).map_err(Error::internal)?;
            mac.update(purpose);
            Ok(mac.finalize().into_bytes().into())
        };
        let (secret, name) = (derived(b"recado vault 1")?, derived(b"recado vault 1 id")?);
        let mut id = [0; KEY_ID];
        id.copy_from_slice(&name[..KEY_ID]);
        Ok(Self { id, cipher: XChaCha20Poly1305::new(&secret.into()) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn vault(keys: &[u8]) -> Vault {
        Vault::new(&keys.iter().map(|byte| SecretKey([*byte; 32])).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn a_secret_is_opened_in_its_place_with_its_key_only() {
        let sealed = vault(&[1]).seal("assistant.api_key:1", &Secret::new("sk-canary")).unwrap();
        assert!(!String::from_utf8_lossy(&sealed).contains("canary"));
        let opened = vault(&[2, 1]).open("assistant.api_key:1", &sealed).unwrap();
        assert_eq!(opened.expose(), "sk-canary");
        assert!(vault(&[1]).open("assistant.api_key:2", &sealed).is_err());
        let error = vault(&[2]).open("assistant.api_key:1", &sealed).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("canary"));
        assert_ne!(sealed, vault(&[1]).seal("assistant.api_key:1", &Secret::new("sk-canary")).unwrap());
    }

    proptest! {
        #[test]
        fn what_was_changed_is_not_opened(secret in ".{0,40}", at in any::<prop::sample::Index>(), bit in 0..8u8) {
            let vault = vault(&[7]);
            let mut sealed = vault.seal("place", &Secret::new(secret.clone())).unwrap();
            let opened = vault.open("place", &sealed).unwrap();
            prop_assert_eq!(opened.expose(), secret.as_str());
            let at = at.index(sealed.len());
            sealed[at] ^= 1 << bit;
            prop_assert!(vault.open("place", &sealed).is_err());
            sealed.truncate(at);
            prop_assert!(vault.open("place", &sealed).is_err());
        }
    }
}
