//! Tells whoever holds a caller's rights for longer than a request that rights have changed.

use super::ViewerCache;
use std::sync::Arc;
use tokio::sync::watch;

/// Counts the changes of users, roles, tokens and sessions that this node knows of.
///
/// A change made here is known when the use case returns; one made on another node when its hint arrives, usually within
/// milliseconds. A hint may be lost: whoever must not miss a change looks again by a timer as well.
#[derive(Clone, Debug, Default)]
pub struct AccessChanges {
    viewers: Arc<ViewerCache>,
    count: watch::Sender<u64>,
}

impl AccessChanges {
    /// For rights that are remembered in `viewers`.
    pub(crate) fn new(viewers: Arc<ViewerCache>) -> Self {
        Self { viewers, count: watch::Sender::default() }
    }

    /// Forgets remembered rights, then raises the count: whoever looks again because of it reads the new ones.
    pub(crate) fn raise(&self) {
        self.viewers.invalidate();
        self.count.send_modify(|count| *count += 1);
    }

    /// A listener: it is marked changed by each change from now on.
    #[must_use]
    pub fn listen(&self) -> watch::Receiver<u64> {
        self.count.subscribe()
    }

    /// Raises the count whenever `hints` changes, until its sender is gone.
    pub(crate) fn follow(&self, mut hints: watch::Receiver<u64>) {
        let changes = self.clone();
        tokio::spawn(async move {
            while hints.changed().await.is_ok() {
                changes.raise();
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::{Authenticated, Credential, Viewer};
    use entities::Timestamp;

    const NOW: Timestamp = Timestamp::from_seconds(1_000_000);

    #[tokio::test]
    async fn a_listener_that_looks_again_finds_nothing_remembered() {
        let viewers = Arc::new(ViewerCache::default());
        let changes = AccessChanges::new(Arc::clone(&viewers));
        let hints = watch::Sender::new(0);
        changes.follow(hints.subscribe());
        let credential = Credential::Token("hash".to_owned());
        let anyone = Authenticated { viewer: Viewer::system(), expires_at: None };
        for another_node in [false, true] {
            viewers.put(credential.clone(), anyone.clone(), viewers.generation(), NOW);
            let mut listener = changes.listen();
            assert!(!listener.has_changed().unwrap());
            if another_node {
                hints.send_modify(|count| *count += 1);
            } else {
                changes.raise();
            }
            listener.changed().await.unwrap();
            assert_eq!(viewers.get(&credential, NOW), None);
        }
    }
}
