//! Shared execution: subscribers who would all be told the same share one execution, and its results are written as JSON
//! once. Each member's socket only puts its own id in front. Joining a group that runs costs no statement.

use super::documents::{Document, Hash};
use super::events::{Event, Events};
use super::message::Operation;
use super::request::Params;
use inbox::auth::{Permission, Reach, Viewer};
use metrics::Gauge;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;

/// Root fields whose answers depend on the caller's rights and on nothing else of the caller, unless the document asks for
/// what is personal. Subscribers to any other
/// field share only among sockets of the same caller.
const SAME_FOR_EQUAL_RIGHTS: [&str; 4] = ["events", "messageAdded", "messageUpdated", "conversationUpdated"];
/// The source pauses so long when most members lag.
const PACE: Duration = Duration::from_millis(2);

/// What subscribers of one group have in common.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    document: Hash,
    operation: Option<String>,
    /// As JSON, members in the order of their names.
    variables: String,
    audience: Audience,
}

#[derive(Debug, PartialEq, Eq, Hash)]
enum Audience {
    Rights(Vec<Permission>, Reach),
    Caller(Viewer),
}

impl Key {
    /// None if the subscription must run alone: it begins in the past, has no viewer, or is not simple enough to tell.
    pub(super) fn of(document: &Document, params: &Params, viewer: Option<&Viewer>) -> Option<Self> {
        let viewer = viewer?;
        let field = document.plain_root_field(params.operation_name.as_deref())?;
        if field.resumes
            || params.last_event_id.is_some()
            || params.extensions.as_ref().is_some_and(|extensions| !extensions.is_empty())
        {
            return None;
        }
        let audience = if SAME_FOR_EQUAL_RIGHTS.contains(&field.name) && !document.is_personal {
            Audience::Rights(viewer.permissions().to_vec(), viewer.reach())
        } else {
            Audience::Caller(viewer.clone())
        };
        Some(Self {
            document: document.hash,
            operation: params.operation_name.clone(),
            variables: serde_json::to_string(&params.variables).ok()?,
            audience,
        })
    }
}

/// What is sent to a socket: an event of one of its operations.
pub(super) type Delivery = (Arc<Operation>, Arc<Event>);

/// The way into a socket.
#[derive(Debug)]
pub(super) struct Mailbox {
    deliveries: mpsc::Sender<Delivery>,
    fell_behind: AtomicBool,
}

impl Mailbox {
    /// A way in for `capacity` deliveries, and its other end.
    pub(super) fn new(capacity: usize) -> (Arc<Self>, mpsc::Receiver<Delivery>) {
        let (deliveries, receiver) = mpsc::channel(capacity);
        (Arc::new(Self { deliveries, fell_behind: AtomicBool::new(false) }), receiver)
    }

    /// Waits until there is room. False if the socket is gone.
    pub(super) async fn send(&self, delivery: Delivery) -> bool {
        self.deliveries.send(delivery).await.is_ok()
    }

    /// Something could not be delivered, so the socket must close.
    pub(super) fn fell_behind(&self) -> bool {
        self.fell_behind.load(Ordering::Relaxed)
    }

    /// False if the member cannot stay: it is gone, or its buffer is full. A full buffer is being written from, and the
    /// socket looks at the mark after each write.
    fn offer(&self, delivery: Delivery) -> bool {
        match self.deliveries.try_send(delivery) {
            Ok(()) => true,
            Err(mpsc::error::TrySendError::Full(_)) => {
                self.fell_behind.store(true, Ordering::Relaxed);
                false
            }
            Err(mpsc::error::TrySendError::Closed(_)) => false,
        }
    }

    fn lags(&self) -> bool {
        self.deliveries.capacity() < self.deliveries.max_capacity() / 2
    }
}

/// All groups of this process. Those in the map run.
#[derive(Default)]
pub(super) struct Groups(Mutex<HashMap<Arc<Key>, Arc<Group>>>);

#[derive(Default)]
struct Group {
    members: Mutex<Members>,
}

#[derive(Default)]
struct Members {
    joined: u64,
    list: HashMap<u64, Member>,
    execution: Option<AbortHandle>,
}

struct Member {
    mailbox: Arc<Mailbox>,
    operation: Arc<Operation>,
}

/// A place in a group; given up when dropped. The last one ends the execution.
pub(super) struct Membership {
    groups: Arc<Groups>,
    key: Arc<Key>,
    group: Arc<Group>,
    number: u64,
}

impl Groups {
    /// Joins the group of this key; the first member starts its execution. Nothing is awaited, so what happens after
    /// this returns is delivered when the group runs.
    pub(super) fn join(
        self: &Arc<Self>,
        key: Key,
        mailbox: Arc<Mailbox>,
        operation: Arc<Operation>,
        start: impl FnOnce() -> Events,
    ) -> Membership {
        let member = Member { mailbox, operation };
        let mut groups = self.0.lock();
        let (key, group) = match groups.get_key_value(&key) {
            Some((key, group)) => (Arc::clone(key), Arc::clone(group)),
            None => (Arc::new(key), Arc::default()),
        };
        let mut members = group.members.lock();
        let number = members.add(member);
        if members.execution.is_none() {
            let run = run(Arc::clone(self), Arc::clone(&key), Arc::clone(&group), start());
            members.execution = Some(tokio::spawn(run).abort_handle());
            groups.insert(Arc::clone(&key), Arc::clone(&group));
            executions().increment(1.0);
        }
        drop(members);
        subscribers().increment(1.0);
        Membership { groups: Arc::clone(self), key, group, number }
    }

    /// Takes a group out of the map, unless another has taken its place. Nobody joins it any more.
    fn close(groups: &mut HashMap<Arc<Key>, Arc<Group>>, key: &Key, group: &Arc<Group>) {
        if groups.get(key).is_some_and(|running| Arc::ptr_eq(running, group)) {
            groups.remove(key);
            executions().decrement(1.0);
        }
    }

    /// Groups that run.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.0.lock().len()
    }
}

impl Members {
    fn add(&mut self, member: Member) -> u64 {
        self.joined += 1;
        self.list.insert(self.joined, member);
        self.joined
    }

    /// Hands an event to all. True if most of them lag: then it is not they who are slow, but this machine.
    fn deliver(&mut self, event: &Arc<Event>) -> bool {
        let mut lagging = 0;
        self.list.retain(|_, member| {
            lagging += usize::from(member.mailbox.lags());
            member.mailbox.offer((Arc::clone(&member.operation), Arc::clone(event)))
        });
        lagging * 2 > self.list.len()
    }
}

impl Drop for Membership {
    fn drop(&mut self) {
        let mut groups = self.groups.0.lock();
        let mut members = self.group.members.lock();
        members.list.remove(&self.number);
        subscribers().decrement(1.0);
        if members.list.is_empty() {
            Groups::close(&mut groups, &self.key, &self.group);
            if let Some(execution) = members.execution.take() {
                execution.abort();
            }
        }
    }
}

/// Runs the execution of a group. Between two events the members' sockets get their turn.
async fn run(groups: Arc<Groups>, key: Arc<Key>, group: Arc<Group>, mut events: Events) {
    while let Some(event) = events.next().await {
        if event.is_last() {
            Groups::close(&mut groups.0.lock(), &key, &group);
        }
        let crowded = group.members.lock().deliver(&Arc::new(event));
        if crowded {
            tokio::time::sleep(PACE).await;
        } else {
            tokio::task::yield_now().await;
        }
    }
}

fn executions() -> Gauge {
    metrics::gauge!("recado_shared_executions")
}

fn subscribers() -> Gauge {
    metrics::gauge!("recado_shared_subscribers")
}
