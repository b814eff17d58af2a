//! Messages with files, which are given to the provider before the message is.

use super::*;
use crate::auth::{Permission, Viewer};
use crate::media::Spool;
use crate::services::media::{NewFile, media_upload};
use crate::services::send::draft::{FileDraft, FileKind, MediaSource};
use crate::services::send::{Draft, SendInput, SendTarget, message_send};
use crate::testing::Customer;
use entities::MessageId;

async fn queue_document(bench: &Bench, customer: Customer) -> MessageId {
    let viewer: Viewer = bench.shop.agent(&[Permission::ReadOwn, Permission::Send]);
    let mut spool = Spool::new(100).await.unwrap();
    spool.write(b"Hola a todos").await.unwrap();
    let content = spool.finish().await.unwrap();
    let name = Some("hola.txt".to_owned());
    let file = NewFile { content, file_name: name, mime_type: None, kind: None };
    let file = media_upload(&bench.app, &viewer, file).await.unwrap();
    let input = SendInput {
        target: SendTarget::Conversation(customer.conversation),
        draft: Draft::File(FileDraft {
            kind: FileKind::Document,
            source: MediaSource::Media(file.row.id),
            caption: None,
            file_name: None,
            voice: false,
        }),
        reply_to: None,
        idempotency_key: uuid::Uuid::new_v4().to_string(),
    };
    message_send(&bench.app, &viewer, input).await.unwrap().id
}

#[tokio::test]
async fn a_node_that_is_lost_while_it_gives_a_file_leaves_a_message_that_waits() {
    for_each_store(async |app| {
        let bench = Bench::new(&app).await;
        let customer = bench.customer(1).await;
        bench.graph.hold_uploads(true);
        let (cut_off, next) = (queue_document(&bench, customer).await, bench.queue(customer, "2").await);
        let running = tokio::spawn(run(bench.app.clone(), CancellationToken::new()));
        bench.graph.uploading(1).await;
        running.abort();
        assert!(running.await.unwrap_err().is_cancelled());
        assert_eq!(bench.status(cut_off).await, MessageStatus::Sending);

        bench.graph.hold_uploads(false);
        let mut sender = bench.sender();
        sender.begin().await;
        assert_ne!(bench.status(cut_off).await, MessageStatus::Unknown, "nothing was sent");
        sender.work().await;
        for id in [cut_off, next] {
            assert_eq!(bench.status(id).await, MessageStatus::Accepted);
        }
        let kinds: Vec<_> = bench.graph.sends().iter().map(|send| send["type"].clone()).collect();
        assert_eq!(kinds, ["document", "text"]);
        assert!(bench.outbox().await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_node_that_is_lost_after_the_file_was_given_leaves_it_unknown() {
    for_each_store(async |app| {
        let bench = Bench::new(&app).await;
        bench.graph.hold(true);
        let cut_off = queue_document(&bench, bench.customer(1).await).await;
        let running = tokio::spawn(run(bench.app.clone(), CancellationToken::new()));
        bench.graph.arrived(1).await;
        running.abort();
        assert!(running.await.unwrap_err().is_cancelled());
        bench.graph.hold(false);
        bench.sender().work().await;
        assert_eq!(bench.status(cut_off).await, MessageStatus::Unknown);
        assert_eq!(bench.graph.sends().len(), 1);
    })
    .await;
}

/// The file takes longer than the lease; the node that took over gives it as well, and only one of the two may send.
#[tokio::test]
async fn a_node_that_lost_the_lease_while_it_gave_a_file_does_not_send() {
    for_each_store(async |app| {
        if app.db.backend() == DbBackend::Sqlite {
            return;
        }
        let bench = Bench::new(&app).await;
        let other = node(&app, &bench.graph).await;
        bench.graph.hold_uploads(true);
        let id = queue_document(&bench, bench.customer(1).await).await;
        let mut first = bench.sender();
        first.begin().await;
        bench.graph.uploading(1).await;

        bench.app.clock.advance(Duration::from_secs(11));
        let mut second = ChannelSender::new(other, bench.shop.channel);
        second.begin().await;
        bench.graph.uploading(2).await;
        bench.graph.hold_uploads(false);
        first.work().await;
        second.work().await;
        assert_eq!(bench.status(id).await, MessageStatus::Accepted);
        assert_eq!(bench.graph.sends().len(), 1);
        assert!(bench.outbox().await.is_empty());
    })
    .await;
}
