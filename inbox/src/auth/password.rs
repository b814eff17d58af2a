//! Argon2id, off the async threads and few at a time: each takes 19 MiB and tens of milliseconds.

use super::{Refusal, RefusalCode};
use crate::app::Secret;
use crate::error::{Error, Result};
use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tokio::sync::Semaphore;

/// The shortest password that people may choose, in characters (NIST SP 800-63B, 5.1.1.1).
const MIN_CHARS: usize = 8;
/// The longest, in bytes: longer texts are somebody's mistake.
const MAX_BYTES: usize = 1024;

/// Two at once keep the memory of a login storm at 38 MiB.
static PERMITS: Semaphore = Semaphore::const_new(2);

/// A password of 120 random bits, as URL-safe base64 of 20 characters.
///
/// # Errors
/// If the system has no randomness to give.
pub fn new_password() -> Result<Secret> {
    let mut bytes = [0_u8; 15];
    getrandom::fill(&mut bytes).map_err(Error::internal)?;
    Ok(Secret::new(URL_SAFE_NO_PAD.encode(bytes)))
}

/// Whether people may choose this password: 8 characters to 1,024 bytes.
///
/// # Errors
/// [`Error::Refused`], naming the field.
pub fn check_password(field: &'static str, password: &Secret) -> Result<()> {
    let message = if password.expose().chars().count() < MIN_CHARS {
        format!("a password needs at least {MIN_CHARS} characters; choose a longer one")
    } else if password.expose().len() > MAX_BYTES {
        format!("a password has at most {MAX_BYTES} bytes; choose a shorter one")
    } else {
        return Ok(());
    };
    Err(Refusal::of(RefusalCode::PasswordInvalid, field, message).into())
}

/// Hashes a password with a fresh salt, to the PHC form.
///
/// # Errors
/// [`Error::Internal`] if the hash cannot be made.
pub async fn hash_password(password: String) -> Result<String> {
    run(move || {
        Argon2::default()
            .hash_password(password.as_bytes())
            .map(|hash| hash.to_string())
            .map_err(|error| Error::internal(format!("the password could not be hashed: {error}")))
    })
    .await?
}

/// Whether the password is the one that was hashed. Takes as long when there is no hash to compare with, so that
/// the answer's time does not tell which users exist.
///
/// # Errors
/// [`Error::Internal`] if a stored hash cannot be read.
pub async fn verify_password(password: String, stored: Option<String>) -> Result<bool> {
    run(move || {
        let Some(stored) = stored else {
            let _ = Argon2::default().hash_password(password.as_bytes());
            return Ok(false);
        };
        let hash = PasswordHash::new(&stored)
            .map_err(|error| Error::internal(format!("a stored password hash cannot be read: {error}")))?;
        Ok(Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
    })
    .await?
}

async fn run<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let _permit = PERMITS.acquire().await.map_err(Error::internal)?;
    tokio::task::spawn_blocking(work).await.map_err(Error::internal)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    #[tokio::test]
    async fn only_the_password_that_was_hashed_is_right() {
        let hash = hash_password("correct horse".to_owned()).await.unwrap();
        assert!(verify_password("correct horse".to_owned(), Some(hash.clone())).await.unwrap());
        assert!(!verify_password("Correct horse".to_owned(), Some(hash)).await.unwrap());
        assert!(!verify_password("correct horse".to_owned(), None).await.unwrap());
        assert!(verify_password("correct horse".to_owned(), Some("not a hash".to_owned())).await.is_err());
    }

    #[tokio::test]
    async fn without_a_hash_it_takes_as_long() {
        let hash = hash_password("correct horse".to_owned()).await.unwrap();
        // The fastest of several, because the machine has other work too.
        let mut fastest = [u128::MAX; 2];
        for _ in 0..40 {
            for (fastest, stored) in fastest.iter_mut().zip([Some(hash.clone()), None]) {
                let start = Instant::now();
                verify_password("wrong".to_owned(), stored).await.unwrap();
                *fastest = (*fastest).min(start.elapsed().as_micros());
            }
            if fastest[0] < 2 * fastest[1] && fastest[1] < 2 * fastest[0] {
                return;
            }
        }
        panic!("{} µs with a hash, {} µs without", fastest[0], fastest[1]);
    }

    #[test]
    fn passwords_have_a_shortest_and_a_longest_length() {
        let table = [("", 1, false), ("ñ", 7, false), ("ñ", 8, true), ("x", 1024, true), ("x", 1025, false)];
        for (text, times, fine) in table {
            let password = Secret::new(text.repeat(times));
            assert_eq!(check_password("password", &password).is_ok(), fine, "{text:?} {times} times");
        }
        assert!(check_password("password", &new_password().unwrap()).is_ok());
    }
}
