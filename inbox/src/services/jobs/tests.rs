//! Which runs there are, over nodes, crashes and downtimes; and what the jobs do.

use super::*;
use crate::auth::{Caller, Sight};
use crate::domain::retention::Retention;
use crate::store::jobs::JobRunFilter;
use crate::store::page::{Direction, PageRequest, Take};
use crate::testing::{Shop, another_node, for_each_store};
use entities::UserId;
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const JOB: JobName = JobName::WhatsAppActivateInactiveConversations;

fn admin() -> Viewer {
    Viewer::new(Caller::System, vec![Permission::Administer])
}

async fn runs(app: &App, job: JobName) -> Vec<job_run::Model> {
    let filter = JobRunFilter { job: Some(job), state: None };
    let request = PageRequest {
        direction: Direction::Ascending,
        after: None,
        before: None,
        take: Take::First(10_000),
        wants_previous: false,
        wants_next: false,
    };
    store::page(app.db.read(), Sight::Full, &filter, &request).await.unwrap().rows
}

/// Claims and runs what is due on this node.
async fn tick(app: &App) -> Vec<JobName> {
    let claims = claim(app).await.unwrap();
    for claim in &claims {
        perform(app, claim, &CancellationToken::new()).await.unwrap();
    }
    claims.iter().map(|claim| claim.job).collect()
}

/// Ticks once and says which runs of [`JOB`] were begun: of the others that are due every minute nothing.
async fn claims_of(app: &App) -> Vec<job_run::Model> {
    claim(app).await.unwrap().into_iter().filter(|claim| claim.job == JOB).collect()
}

#[tokio::test]
async fn each_due_time_is_run_once_over_many_nodes() {
    for_each_store(async |app| {
        let mut nodes = vec![app.clone()];
        for _ in 0..3 {
            nodes.push(another_node(&app).await);
        }
        assert_eq!(tick(&app).await, [], "a first start makes up for nothing");
        for _ in 0..3 {
            app.clock.advance(DAY);
            let claims = futures_util::future::join_all(nodes.iter().map(tick)).await;
            let mut begun: Vec<JobName> = claims.into_iter().flatten().collect();
            begun.sort_unstable();
            let mut all = ALL.to_vec();
            all.sort_unstable();
            // What is due every minute may be due again within the test.
            begun.dedup();
            assert_eq!(begun, all);
        }
        let runs = runs(&app, JOB).await;
        assert_eq!(runs.len(), 3, "{runs:#?}");
        for run in &runs {
            assert_eq!((run.state, run.attempts), (JobState::Succeeded, 1), "{run:?}");
            assert_eq!(
                Report::of_run(run).entries().collect::<Vec<_>>(),
                [("activatedConversations", "0".into())]
            );
            assert_eq!(run.slot.millis() % DAY.as_millis() as i64, 3 * 60 * 60 * 1000, "at three");
            assert!(run.finished_at.is_some() && run.cause == JobCause::Schedule);
        }
    })
    .await;
}

#[tokio::test]
async fn a_week_down_is_made_up_for_by_one_run() {
    for_each_store(async |app| {
        tick(&app).await;
        app.clock.advance(7 * DAY);
        assert_eq!(claims_of(&app).await.len(), 1);
        let run = runs(&app, JOB).await.remove(0);
        assert!(app.clock.now().since(run.slot) < DAY, "the newest of the seven");
        for job in ALL {
            assert_eq!(runs(&app, job).await.len(), 1, "{job:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_run_whose_node_died_is_begun_anew_when_its_claim_ends() {
    for_each_store(async |app| {
        tick(&app).await;
        app.clock.advance(DAY);
        let dead = claims_of(&app).await.remove(0);
        let other = another_node(&app).await;
        assert_eq!(claims_of(&other).await, [], "it may be alive");
        app.clock.advance(LEASE);
        let taken = claims_of(&other).await.remove(0);
        assert_eq!((taken.id, taken.attempts, taken.claimed_by), (dead.id, 2, Some(other.node)));
        perform(&other, &taken, &CancellationToken::new()).await.unwrap();

        // The dead one was only slow: it settles nothing.
        perform(&app, &dead, &CancellationToken::new()).await.unwrap();
        let run = runs(&app, JOB).await.remove(0);
        assert_eq!((run.state, run.attempts, run.claimed_by), (JobState::Succeeded, 2, Some(other.node)));
        assert_eq!(runs(&app, JOB).await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_run_that_kills_every_node_is_given_up() {
    for_each_store(async |app| {
        tick(&app).await;
        app.clock.advance(DAY);
        for attempt in 1..=MOST_ATTEMPTS {
            assert_eq!(claims_of(&app).await.remove(0).attempts, attempt);
            app.clock.advance(LEASE);
        }
        assert_eq!(claims_of(&app).await, []);
        let run = runs(&app, JOB).await.remove(0);
        assert_eq!(run.state, JobState::Failed);
        assert!(run.error.unwrap().contains("each node that ran it"));
        app.clock.advance(DAY);
        assert_eq!(claims_of(&app).await.len(), 1, "the next time is another");
    })
    .await;
}

#[tokio::test]
async fn a_node_that_stops_gives_its_run_back() {
    for_each_store(async |app| {
        tick(&app).await;
        app.clock.advance(DAY);
        let claim = claims_of(&app).await.remove(0);
        let stop = CancellationToken::new();
        stop.cancel();
        perform(&app, &claim, &stop).await.unwrap();
        let run = runs(&app, JOB).await.remove(0);
        assert_eq!((run.state, run.attempts), (JobState::Queued, 0));
        let again = claims_of(&another_node(&app).await).await.remove(0);
        assert_eq!((again.id, again.attempts), (claim.id, 1));
    })
    .await;
}

#[tokio::test]
async fn a_person_starts_a_job_once_at_a_time() {
    for_each_store(async |app| {
        tick(&app).await;
        let asked = run(&app, &admin(), JOB).await.unwrap();
        assert_eq!((asked.state, asked.cause), (JobState::Queued, JobCause::Request));
        let refused = run(&app, &admin(), JOB).await.unwrap_err();
        assert!(
            matches!(&refused, Error::Refused(refusal) if refusal.code == RefusalCode::JobRunning),
            "{refused}"
        );
        tick(&app).await;
        let done = runs(&app, JOB).await.remove(0);
        assert_eq!((done.id, done.state, done.slot), (asked.id, JobState::Succeeded, asked.slot));
        run(&app, &admin(), JOB).await.expect("it has ended");
        tick(&app).await;

        // What is due comes all the same.
        app.clock.advance(DAY);
        tick(&app).await;
        let runs = runs(&app, JOB).await;
        assert_eq!(
            runs.iter().map(|run| run.cause).collect::<Vec<_>>(),
            [JobCause::Request, JobCause::Request, JobCause::Schedule]
        );
        let shop = Shop::open(&app).await;
        let stranger = shop.agent(&[Permission::ReadAll, Permission::Edit]);
        let refused = super::run(&app, &stranger, JOB).await.unwrap_err();
        assert!(matches!(refused, Error::Forbidden(Permission::Administer)));
    })
    .await;
}

#[tokio::test]
async fn a_job_is_set_and_times_before_are_nobodys_business() {
    for_each_store(async |app| {
        tick(&app).await;
        let set = |cron: &str, zone: Option<&str>| JobUpdate {
            cron: Some(Some(cron.to_owned())),
            time_zone: Some(zone.map(str::to_owned)),
            enabled: None,
        };
        for (input, field) in [
            (set("at three", None), "cron"),
            (set("0 0 30 2 *", None), "cron"),
            (set("0 3 * * *", Some("Madrid")), "timeZone"),
        ] {
            let error = update(&app, &admin(), JOB, input).await.unwrap_err();
            assert!(matches!(&error, Error::Refused(refusal) if refusal.field == Some(field)), "{error}");
        }
        let user = UserId(uuid::Uuid::from_u128(7));
        let viewer = Viewer::new(Caller::User(user), vec![Permission::Administer]);
        let row = update(&app, &viewer, JOB, set(" */10 * * * * ", Some("Europe/Madrid"))).await.unwrap();
        assert_eq!((row.cron.as_deref(), row.updated_by), (Some("*/10 * * * *"), Some(user.0)));
        assert_eq!(claims_of(&app).await, [], "the last ten minutes have been before it");
        app.clock.advance(10 * MINUTE);
        tick(&app).await;
        assert_eq!(runs(&app, JOB).await.len(), 1);

        let off = JobUpdate { enabled: Some(false), ..JobUpdate::default() };
        update(&app, &admin(), JOB, off).await.unwrap();
        app.clock.advance(DAY);
        tick(&app).await;
        assert_eq!(runs(&app, JOB).await.len(), 1);
        let on = JobUpdate { enabled: Some(true), cron: Some(None), time_zone: Some(None) };
        let row = update(&app, &admin(), JOB, on).await.unwrap();
        assert_eq!((row.cron, row.time_zone, row.enabled), (None, None, true));
        tick(&app).await;
        assert_eq!(runs(&app, JOB).await.len(), 1, "what passed while it was off stays undone");
        app.clock.advance(DAY);
        tick(&app).await;
        assert_eq!(runs(&app, JOB).await.len(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_job_that_fails_says_why_and_without_numbers_nothing_is_synchronised() {
    for_each_store(async |app| {
        tick(&app).await;
        for job in [JobName::RefreshWhatsAppAccessToken, JobName::SyncTemplates] {
            run(&app, &admin(), job).await.unwrap();
        }
        tick(&app).await;
        // Nobody listens where the tests say that Meta is.
        let token = runs(&app, JobName::RefreshWhatsAppAccessToken).await.remove(0);
        assert_eq!(token.state, JobState::Failed);
        let error = token.error.unwrap();
        assert!(error.starts_with("Meta could not be asked about the access token"), "{error}");
        assert!(!error.contains("test-access-token") && !error.contains("test-app-secret"), "{error}");
        let sync = runs(&app, JobName::SyncTemplates).await.remove(0);
        assert_eq!(sync.state, JobState::Succeeded);
        assert_eq!(Report::of_run(&sync).entries().next().unwrap().0, "skipped");
    })
    .await;
}

#[tokio::test]
async fn the_default_settings_keep_what_somebody_may_still_need() {
    let keep = Retention::default();
    let days = [
        keep.webhook_receipts,
        keep.events,
        keep.job_runs,
        keep.provider_updates,
        keep.idempotency_keys,
        keep.notifications,
        keep.assistant_run_steps,
    ];
    assert_eq!(days.map(|age| age.unwrap().as_secs() / DAY.as_secs()), [30, 30, 90, 90, 7, 30, 30]);
}
