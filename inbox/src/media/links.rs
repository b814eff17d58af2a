//! Links to files that whoever has one may open, for a while.

use crate::error::{Error, Result};
use entities::{MediaId, Timestamp};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// The keys that sign links: the first signs, all verify, so that keys can be rotated.
#[derive(Clone)]
pub struct MediaLinks(Vec<[u8; 32]>);

impl std::fmt::Debug for MediaLinks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MediaLinks")
    }
}

impl MediaLinks {
    /// From the deployment's secret keys, newest first.
    #[must_use]
    pub fn new(keys: &[[u8; 32]]) -> Self {
        Self(keys.to_vec())
    }

    /// What shows that we made a link to this file which ends at `expires`, a Unix time in seconds.
    ///
    /// # Errors
    /// [`Error::Internal`] without a key.
    pub fn sign(&self, id: MediaId, expires: i64) -> Result<String> {
        let key =
            self.0.first().ok_or_else(|| Error::internal("there is no secret key to sign links with"))?;
        signature(key, id, expires)
    }

    /// Whether a link is ours and has not ended.
    #[must_use]
    pub fn verify(&self, id: MediaId, expires: i64, shown: &str, now: Timestamp) -> bool {
        let is_ours = |key: &[u8; 32]| {
            signature(key, id, expires).is_ok_and(|ours| ours.as_bytes().ct_eq(shown.as_bytes()).into())
        };
        now < Timestamp::from_seconds(expires) && self.0.iter().any(is_ours)
    }
}

/// The purpose stands in front, so that nothing else that these keys sign is a link.
fn signature(key: &[u8; 32], id: MediaId, expires: i64) -> Result<String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).map_err(Error::internal)?;
    mac.update(format!("media:{id}:{expires}").as_bytes());
    Ok(hex::encode(mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use uuid::Uuid;

    const ID: MediaId = MediaId(Uuid::from_u128(7));
    const NOW: Timestamp = Timestamp::from_seconds(1000);

    #[test]
    fn a_link_is_good_until_it_ends_and_under_rotated_keys() {
        let (old, new) = ([1; 32], [2; 32]);
        let signed = MediaLinks::new(&[old]).sign(ID, 1001).unwrap();
        let rotated = MediaLinks::new(&[new, old]);
        assert!(rotated.verify(ID, 1001, &signed, NOW));
        assert!(!rotated.verify(ID, 1001, &signed, Timestamp::from_seconds(1001)));
        assert!(!MediaLinks::new(&[new]).verify(ID, 1001, &signed, NOW));
        assert!(MediaLinks::new(&[]).sign(ID, 1001).is_err());
    }

    proptest! {
        #[test]
        fn no_other_link_is_ours(id: u128, expires in 1001_i64.., text in "[0-9a-f]{0,80}") {
            let links = MediaLinks::new(&[[1; 32]]);
            let signed = links.sign(ID, 2000).unwrap();
            prop_assert!(!links.verify(ID, expires, &text, NOW));
            prop_assert_eq!(links.verify(MediaId(Uuid::from_u128(id)), expires, &signed, NOW), id == 7 && expires == 2000);
        }
    }
}
