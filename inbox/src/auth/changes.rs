//! Tells whoever holds a caller's rights for longer than a request that rights have changed.

use super::{Caller, Viewer, ViewerCache};
use entities::UserId;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{broadcast, watch};

/// Changes that a listener may be behind; one that is further behind must look whatever changed.
const CAPACITY: usize = 64;
/// Another node does not say whose rights changed, so everybody looks again: not more often than this.
const SWEEP_EVERY: Duration = Duration::from_secs(5);

/// Whose rights may have changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccessChange {
    /// A session of this user ended. Other nodes are not told: they look within 10 seconds by themselves, and a log-out
    /// must not cost every connection of the deployment a look.
    Session(UserId),
    /// This user.
    User(UserId),
    /// Those of a role or a token, or anybody's.
    Anyone,
}

impl AccessChange {
    /// Whether this caller must be looked up again.
    #[must_use]
    pub fn concerns(self, viewer: &Viewer) -> bool {
        match (self, viewer.caller()) {
            (Self::Session(user) | Self::User(user), Caller::User(caller)) => user == caller,
            (Self::User(_) | Self::Anyone, _) => true,
            (Self::Session(_), _) => false,
        }
    }
}

/// The changes of users, roles, tokens and sessions that this node knows of.
///
/// A change made here is known when the use case returns; one made on another node when its hint arrives, usually within
/// milliseconds. A hint may be lost: whoever must not miss a change looks again by a timer as well.
#[derive(Clone, Debug)]
pub(crate) struct AccessChanges {
    viewers: Arc<ViewerCache>,
    changes: broadcast::Sender<AccessChange>,
}

impl AccessChanges {
    /// For rights that are remembered in `viewers`.
    pub(crate) fn new(viewers: Arc<ViewerCache>) -> Self {
        Self { viewers, changes: broadcast::Sender::new(CAPACITY) }
    }

    /// Forgets remembered rights, then tells the listeners: whoever looks again because of it reads the new ones.
    pub(crate) fn tell(&self, change: AccessChange) {
        self.viewers.invalidate();
        // Nobody may be listening.
        let _ = self.changes.send(change);
    }

    /// A listener to what changes from now on.
    pub(crate) fn listen(&self) -> broadcast::Receiver<AccessChange> {
        self.changes.subscribe()
    }

    /// Tells everybody whenever `hints` changes, until its sender is gone.
    pub(crate) fn follow(&self, mut hints: watch::Receiver<u64>) {
        let changes = self.clone();
        tokio::spawn(async move {
            while hints.changed().await.is_ok() {
                changes.tell(AccessChange::Anyone);
                tokio::time::sleep(SWEEP_EVERY).await;
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::{Authenticated, Credential};
    use entities::{ApiTokenId, Timestamp};
    use uuid::Uuid;

    const NOW: Timestamp = Timestamp::from_seconds(1_000_000);

    #[test]
    fn whom_a_change_concerns() {
        let (anna, ben) = (UserId(Uuid::from_u128(1)), UserId(Uuid::from_u128(2)));
        let viewer = |caller| Viewer::new(caller, Vec::new());
        let user = viewer(Caller::User(anna));
        let token = viewer(Caller::Token { id: ApiTokenId(Uuid::from_u128(3)), acts_for_people: false });
        let table = [
            (AccessChange::Session(anna), true, false),
            (AccessChange::Session(ben), false, false),
            // A user's tokens end with the user.
            (AccessChange::User(anna), true, true),
            (AccessChange::User(ben), false, true),
            (AccessChange::Anyone, true, true),
        ];
        for (change, of_user, of_token) in table {
            assert_eq!(change.concerns(&user), of_user, "{change:?}");
            assert_eq!(change.concerns(&token), of_token, "{change:?}");
        }
    }

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
            if another_node {
                hints.send_modify(|count| *count += 1);
            } else {
                changes.tell(AccessChange::Anyone);
            }
            assert_eq!(listener.recv().await.unwrap(), AccessChange::Anyone);
            assert_eq!(viewers.get(&credential, NOW), None);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn hints_of_other_nodes_are_gathered() {
        let changes = AccessChanges::new(Arc::default());
        let hints = watch::Sender::new(0);
        changes.follow(hints.subscribe());
        let mut listener = changes.listen();
        let since = tokio::time::Instant::now();
        for _ in 0..2 {
            for _ in 0..100 {
                hints.send_modify(|count| *count += 1);
                tokio::task::yield_now().await;
            }
            listener.recv().await.unwrap();
        }
        assert_eq!(since.elapsed(), SWEEP_EVERY);
        assert!(listener.try_recv().is_err(), "no more sweeps than needed");
    }
}
