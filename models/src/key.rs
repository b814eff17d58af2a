//! Keys of providers and of tool servers.

use std::fmt;

/// A key that must not be shown: it has no `Display`, and its `Debug` is mute.
#[derive(Clone, PartialEq, Eq)]
pub struct Key(String);

impl Key {
    /// Hides a key.
    pub fn new(key: impl Into<String>) -> Self {
        Self(key.into())
    }

    /// The key itself; say at the call why it is needed.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}
