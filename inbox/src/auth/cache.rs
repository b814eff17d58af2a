//! Who a credential belongs to, remembered for a few seconds, so that a busy caller costs no statement a request.

use super::Viewer;
use entities::{Timestamp, UserId};
use parking_lot::Mutex;
use std::collections::HashMap;
use std::time::Duration;
use uuid::Uuid;

/// How long rights are remembered: the delay with which a change made on one node reaches the others.
const TTL: Duration = Duration::from_secs(10);

/// Callers remembered at once, about a kilobyte each.
const CAPACITY: usize = 10_000;

/// Who is calling, and until when that may be believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authenticated {
    /// The caller with its rights.
    pub viewer: Viewer,
    /// When the credential ends; a long-lived connection must not outlive it.
    pub expires_at: Option<Timestamp>,
}

/// What rights are looked up by.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Credential {
    /// The user of a session that has been verified, and the login that it descends from.
    Session(UserId, Uuid),
    /// The subject of a token of the outside identity provider that has been verified.
    Identity(String),
    /// An API token, by its hash.
    Token(String),
}

/// The callers that this node has seen lately.
#[derive(Debug, Default)]
pub struct ViewerCache(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    generation: Generation,
    entries: HashMap<Credential, Entry>,
}

#[derive(Debug)]
struct Entry {
    authenticated: Authenticated,
    read_at: Timestamp,
}

impl Entry {
    fn is_fresh(&self, now: Timestamp) -> bool {
        // A clock that was set back must not keep an entry alive.
        self.read_at <= now && now.since(self.read_at) < TTL
    }
}

/// Counts invalidations: what was read before one must not be remembered after it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Generation(u64);

impl ViewerCache {
    /// Forgets everybody.
    pub(crate) fn invalidate(&self) {
        let mut state = self.0.lock();
        state.generation.0 += 1;
        state.entries.clear();
    }

    /// To be taken before reading the rights that will be [`put`](Self::put).
    pub(crate) fn generation(&self) -> Generation {
        self.0.lock().generation
    }

    pub(crate) fn get(&self, credential: &Credential, now: Timestamp) -> Option<Authenticated> {
        let state = self.0.lock();
        let entry = state.entries.get(credential).filter(|entry| entry.is_fresh(now))?;
        Some(entry.authenticated.clone())
    }

    pub(crate) fn put(
        &self,
        credential: Credential,
        authenticated: Authenticated,
        generation: Generation,
        read_at: Timestamp,
    ) {
        let mut state = self.0.lock();
        if state.generation != generation {
            return;
        }
        if state.entries.len() >= CAPACITY {
            state.entries.retain(|_, entry| entry.is_fresh(read_at));
            if state.entries.len() >= CAPACITY {
                state.entries.clear();
            }
        }
        state.entries.insert(credential, Entry { authenticated, read_at });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_000_000);

    fn anyone() -> Authenticated {
        Authenticated { viewer: Viewer::system(), expires_at: None }
    }

    fn token(number: usize) -> Credential {
        Credential::Token(number.to_string())
    }

    #[test]
    fn rights_are_remembered_for_ten_seconds() {
        let cache = ViewerCache::default();
        cache.put(token(1), anyone(), cache.generation(), NOW);
        let table = [(0, true), (9_999, true), (10_000, false), (-1, false)];
        for (ms, known) in table {
            assert_eq!(cache.get(&token(1), Timestamp(NOW.0 + ms)).is_some(), known, "after {ms} ms");
        }
        assert_eq!(cache.get(&token(2), NOW), None);
    }

    #[test]
    fn what_was_read_before_an_invalidation_is_not_remembered_after_it() {
        let cache = ViewerCache::default();
        let before = cache.generation();
        cache.put(token(1), anyone(), before, NOW);
        cache.invalidate();
        cache.put(token(2), anyone(), before, NOW);
        assert_eq!(cache.get(&token(1), NOW), None);
        assert_eq!(cache.get(&token(2), NOW), None);
    }

    #[test]
    fn the_cache_is_bounded() {
        let cache = ViewerCache::default();
        for number in 0..=CAPACITY {
            cache.put(token(number), anyone(), cache.generation(), NOW);
        }
        assert!(cache.0.lock().entries.len() <= CAPACITY);
        assert!(cache.get(&token(CAPACITY), NOW).is_some(), "the newest is kept");
    }
}
