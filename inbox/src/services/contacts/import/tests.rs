use super::{ContactsImport, Work, contacts_import, contacts_import_cancel, step};
use crate::app::App;
use crate::auth::{Permission, RefusalCode, Viewer};
use crate::error::Error;
use crate::media::{Spool, Spooled};
use crate::services::access::bootstrap;
use crate::services::contacts::{AttributeCreate, contact_attribute_create};
use crate::store::contacts::ContactFilter;
use crate::store::page::{Direction, PageRequest, Take};
use crate::store::{contacts, imports, tags};
use crate::testing::{another_node, for_each_store};
use crate::{Secret, auth::Reach};
use entities::{
    AttributeKind, ContactsImportFailure as Failure, ContactsImportState as State, ImportRule, OnExisting,
    contact, contacts_import as row,
};
use futures_util::TryStreamExt;

async fn spooled(text: &[u8]) -> Spooled {
    let mut spool = Spool::new(u64::MAX).await.unwrap();
    spool.write(text).await.unwrap();
    spool.finish().await.unwrap()
}

async fn begin(app: &App, viewer: &Viewer, text: &str, dry_run: bool, keep: bool, key: &str) -> row::Model {
    let on_existing = if keep { OnExisting::Keep } else { OnExisting::Update };
    let file = spooled(text.as_bytes()).await;
    let input = ContactsImport { file, dry_run, on_existing, idempotency_key: key.to_owned() };
    contacts_import(app, viewer, input).await.unwrap()
}

/// Works until nothing is left to do.
async fn run(app: &App) {
    let mut work = None;
    while step(app, &mut work).await.unwrap() {}
}

async fn import(app: &App, text: &str, dry_run: bool, keep: bool, key: &str) -> row::Model {
    let begun = begin(app, &Viewer::system(), text, dry_run, keep, key).await;
    run(app).await;
    now(app, &begun).await
}

async fn now(app: &App, begun: &row::Model) -> row::Model {
    imports::by_ids(app.db.read(), true, [begun.id]).await.unwrap().remove(0)
}

fn counts(row: &row::Model) -> [i32; 5] {
    [row.processed_rows, row.created_rows, row.updated_rows, row.unchanged_rows, row.refused_rows]
}

fn everything(size: u64) -> PageRequest {
    PageRequest {
        direction: Direction::Ascending,
        after: None,
        before: None,
        take: Take::First(size),
        wants_previous: false,
        wants_next: false,
    }
}

async fn all(app: &App) -> Vec<contact::Model> {
    let filter = ContactFilter::default();
    contacts::page(app.db.read(), Reach::All, &filter, &everything(100_000)).await.unwrap().rows
}

async fn problems(app: &App, row: &row::Model) -> Vec<(i64, Option<String>, ImportRule)> {
    let page = imports::problems(app.db.read(), row.id, &everything(1_000)).await.unwrap();
    page.rows.into_iter().map(|each| (each.row_number, each.field, each.code)).collect()
}

async fn open(app: &App) {
    let password = Some(Secret::new("correct-horse-battery"));
    bootstrap(app, Some("admin@example.com".to_owned()), password).await.unwrap();
    for (key, kind) in [("age", AttributeKind::Number), ("note", AttributeKind::Text)] {
        let input = AttributeCreate { key: key.to_owned(), label: key.to_owned(), kind, choices: Vec::new() };
        contact_attribute_create(app, &Viewer::system(), input).await.unwrap();
    }
}

const FILE: &str = "phone;name;language;tags;owner;attribute.age\n\
    +34 600 111 001;Ana;es;VIP|New;admin@example.com;41.50\n\
    +34600111002;;;;;\n\
    +52 1 55 1234 5678;Luz;;;;\n\
    +52 55 1234 5678;Luz;;;;\n\
    +34600111001;Ana Gil;;vip;;\n\
    call me;Eva;spanish;a,b;nobody@example.com;old\n\
    ;Eva;;;;\n\
    +34600111003;Eva\n\
    +34600111003;;;;nobody@example.com;old\n";

#[tokio::test]
async fn rows_make_and_change_contacts_and_say_what_is_wrong() {
    for_each_store(async |app| {
        open(&app).await;
        // What a dry run says is what a run does, with rows of one contact too.
        let dry = import(&app, FILE, true, false, "dry").await;
        assert_eq!((dry.state, counts(&dry), dry.total_rows), (State::Done, [9, 3, 1, 1, 4], 9));
        assert_eq!(all(&app).await.len(), 0);
        let done = import(&app, FILE, false, false, "run").await;
        assert_eq!((done.state, counts(&done)), (State::Done, counts(&dry)));
        let field = |name: &str| Some(name.to_owned());
        let expected = [
            (7, field("phone"), ImportRule::PhoneInvalid),
            (7, field("language"), ImportRule::LanguageInvalid),
            (7, field("tags"), ImportRule::TagInvalid),
            (8, field("phone"), ImportRule::PhoneMissing),
            (9, None, ImportRule::CellCount),
            (10, field("owner"), ImportRule::OwnerNotFound),
            (10, field("attribute.age"), ImportRule::AttributeValueInvalid),
        ];
        assert_eq!(problems(&app, &done).await, expected);
        assert_eq!(problems(&app, &dry).await, expected);
        let made = all(&app).await;
        let names: Vec<_> = made.iter().map(|row| row.name.as_deref()).collect();
        assert_eq!(made.len(), 3, "{names:?}");
        let ana = made.iter().find(|row| row.name.as_deref() == Some("Ana Gil")).unwrap();
        assert_eq!(ana.language.as_deref(), Some("es"), "an empty cell takes nothing away");
        let words = tags::of_contacts(app.db.read(), Reach::All, [ana.id]).await.unwrap();
        assert_eq!(words.iter().map(|row| row.tag.as_str()).collect::<Vec<_>>(), ["vip"]);
        let kept = import(&app, FILE, false, true, "keep").await;
        assert_eq!(counts(&kept), [9, 0, 0, 5, 4]);
        let again = import(&app, FILE, true, false, "again").await;
        // The first row takes the name back that the fifth gives again.
        assert_eq!(counts(&again), [9, 0, 2, 3, 4]);
        let left: Vec<_> = app.media.list().try_collect().await.unwrap();
        assert_eq!(left, [], "nothing is left of the files");
    })
    .await;
}

#[tokio::test]
async fn a_file_that_cannot_be_taken_starts_nothing() {
    for_each_store(async |app| {
        open(&app).await;
        let table: [(&[u8], RefusalCode); 7] = [
            (b"phone,shoe\n1,2", RefusalCode::ColumnUnknown),
            (b"phone,phone\n1,2", RefusalCode::ColumnRepeated),
            (b"name\nAna", RefusalCode::ColumnMissing),
            (b"phone\n", RefusalCode::FileEmpty),
            (b"phone\n\xe9", RefusalCode::FileNotUtf8),
            (b"phone\n\"6", RefusalCode::QuoteNotClosed),
            (&vec![b'x'; (20 << 20) + 1], RefusalCode::FileTooLarge),
        ];
        let give = async |text: &[u8], viewer: &Viewer| {
            let (file, key) = (spooled(text).await, "x".to_owned());
            let on_existing = OnExisting::Update;
            contacts_import(
                &app,
                viewer,
                ContactsImport { file, dry_run: false, on_existing, idempotency_key: key },
            )
            .await
        };
        for (text, code) in table {
            let refused = give(text, &Viewer::system()).await;
            assert!(matches!(&refused, Err(Error::Refused(refusal)) if refusal.code == code), "{refused:?}");
        }
        let refused = give(b"phone,shoe\n1,2", &Viewer::system()).await.unwrap_err().to_string();
        assert!(refused.ends_with("Known: phone, name, language, tags, owner, attribute.age, attribute.note"));
        let reader = Viewer::new(crate::auth::Caller::System, vec![Permission::ReadAll]);
        assert!(matches!(give(b"phone\n1", &reader).await, Err(Error::Forbidden(Permission::Edit))));
        // The same key is the same import, or none.
        let first = give(b"phone\n+34600111001", &Viewer::system()).await.unwrap();
        assert_eq!(give(b"phone\n+34600111001", &Viewer::system()).await.unwrap().id, first.id);
        let other = give(b"phone\n+34600111002", &Viewer::system()).await;
        assert!(
            matches!(&other, Err(Error::Refused(refusal)) if refusal.code == RefusalCode::IdempotencyKeyReused)
        );
        let kept: Vec<_> = app.media.list().try_collect().await.unwrap();
        assert_eq!(kept.len(), 1, "only the file of the import is kept");
    })
    .await;
}

fn many(rows: std::ops::Range<u32>) -> String {
    let lines = rows.map(|n| format!("+346{n:08},Name {n},a|b{},{n}\n", n % 7));
    std::iter::once("phone,name,tags,attribute.age\n".to_owned()).chain(lines).collect()
}

#[tokio::test]
async fn a_portion_costs_as_much_whatever_is_in_the_store() {
    for_each_store(async |app| {
        open(&app).await;
        begin(&app, &Viewer::system(), &many(0..10_000), false, false, "many").await;
        let mut work: Option<Work> = None;
        let mut costs = Vec::new();
        loop {
            let before = app.db.statements();
            step(&app, &mut work).await.unwrap();
            costs.push(app.db.statements() - before);
            if work.is_none() {
                break;
            }
        }
        assert_eq!(costs.len(), 20, "500 rows at once");
        let (least, most) = (costs[1..].iter().min().unwrap(), costs[1..].iter().max().unwrap());
        // The hub that reads the log counts as well.
        assert!(*most < 45 && most - least < 15, "{costs:?}");
        run(&app).await;
        assert_eq!(all(&app).await.len(), 10_000);
        let again = import(&app, &many(9_990..10_010), false, false, "again").await;
        assert_eq!(counts(&again), [20, 10, 0, 10, 0]);
    })
    .await;
}

#[tokio::test]
async fn another_node_goes_on_where_one_died() {
    for_each_store(async |app| {
        open(&app).await;
        let begun = begin(&app, &Viewer::system(), &many(0..1_700), false, false, "real").await;
        let other = another_node(&app).await;
        let mut work = None;
        for _ in 0..2 {
            step(&app, &mut work).await.unwrap();
        }
        assert!(!step(&other, &mut None).await.unwrap(), "the first has the lease");
        app.clock.advance(std::time::Duration::from_secs(20));
        while step(&other, &mut None).await.unwrap() {}
        // The one that was thought dead comes back with old work.
        app.clock.advance(std::time::Duration::from_secs(20));
        while step(&app, &mut work).await.unwrap() {}
        let done = now(&app, &begun).await;
        assert_eq!((done.state, counts(&done)), (State::Done, [1_700, 1_700, 0, 0, 0]));
        assert_eq!(all(&app).await.len(), 1_700);

        let text = format!("{}{}", many(1_000..2_300), "x,,,\n");
        let dry = begin(&app, &Viewer::system(), &text, true, false, "dry").await;
        let mut work = None;
        step(&app, &mut work).await.unwrap();
        drop(work);
        run(&app).await;
        let dry = now(&app, &dry).await;
        assert_eq!((dry.state, counts(&dry)), (State::Done, [1_301, 600, 0, 700, 1]));
        assert_eq!(problems(&app, &dry).await.len(), 1);
        other.close().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn an_import_ends_with_the_rights_of_who_began_it() {
    for_each_store(async |app| {
        let text = "phone\n+34600111001\n";
        let shop = crate::testing::Shop::open(&app).await;
        let agent = shop.agent(&[Permission::Edit, Permission::ReadAll]);
        // The role of the agent has no permission in the database.
        let begun = begin(&app, &agent, text, false, false, "rights").await;
        run(&app).await;
        let failed = now(&app, &begun).await;
        assert_eq!((failed.state, failed.failure), (State::Failed, Some(Failure::RightsLost)));
        let canceled = begin(&app, &Viewer::system(), text, false, false, "cancel").await;
        let canceled = contacts_import_cancel(&app, &Viewer::system(), canceled.id).await.unwrap();
        assert_eq!(canceled.state, State::Canceled);
        let again = contacts_import_cancel(&app, &Viewer::system(), canceled.id).await;
        assert!(matches!(&again, Err(Error::Refused(refusal)) if refusal.code == RefusalCode::ImportEnded));
        let lost = begin(&app, &Viewer::system(), text, false, false, "lost").await;
        run_until_lost(&app, &lost).await;
        assert_eq!(now(&app, &lost).await.failure, Some(Failure::FileUnreadable));
        assert_eq!(all(&app).await.len(), 0);
        run(&app).await;
        let left: Vec<_> = app.media.list().try_collect().await.unwrap();
        assert_eq!(left, []);
    })
    .await;
}

/// The storage loses the file.
async fn run_until_lost(app: &App, lost: &row::Model) {
    while imports::next(app.db.read()).await.unwrap().is_some_and(|row| row.id != lost.id) {
        step(app, &mut None).await.unwrap();
    }
    app.media.remove(lost.object_key.as_ref().unwrap()).await.unwrap();
    assert!(step(app, &mut None).await.is_err(), "it may come back");
    app.clock.advance(std::time::Duration::from_secs(11 * 60));
    step(app, &mut None).await.unwrap();
}
