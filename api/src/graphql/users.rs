//! The people who work the inbox.

mod filter;
mod mutations;

pub(super) use mutations::{
    UserCreateUserError, UserDeactivateUserError, UserInviteUserError, UserMutations,
    UserReactivateUserError, UserUpdateUserError,
};

use super::context::{Reader, viewer};
use super::errors::Result;
use super::global_id::GlobalId;
use super::load::{self, Related, Resource, Selection};
use super::ordering::{UserOrder, direction};
use super::paging::{self, Connection, List, Listing, MAX_SIZE, PageArguments};
use super::roles::{Role, RolePlan};
use super::scalars::{Cursor, DateTime, PhoneNumber};
use async_graphql::{Context, Enum, ID, Object};
use entities::{UserId, user};
use filter::UserFilter;
use futures_util::future::{BoxFuture, FutureExt};
use inbox::auth::Sight;
use inbox::domain::people;
use inbox::store::users as store;
use std::collections::HashSet;
use std::sync::Arc;

/// What a user stands for.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "entities::UserKind")]
pub(super) enum UserKind {
    /// Somebody who can log in.
    Person,
    /// The one built-in owner of what nobody owns.
    Guest,
}

/// Whether a user can come in.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "people::UserState")]
pub(super) enum UserState {
    /// Can log in.
    Active,
    /// Was invited and has not chosen a password yet.
    Invited,
    /// Cannot log in any more; what the user owns and wrote stays.
    Deactivated,
}

/// A user, with or without what is not for all colleagues.
#[derive(Clone, Debug)]
pub(super) struct User {
    row: Arc<user::Model>,
    /// The caller may see everything about the user.
    is_open: bool,
    role: Related<Role>,
}

/// What a selection asks of a user beyond its row.
#[derive(Clone, Debug, Default)]
pub(super) struct UserPlan {
    role: Option<RolePlan>,
}

impl UserPlan {
    /// The plan of a selection on `User`.
    pub(super) fn of(selection: &Selection<'_>) -> Self {
        Self { role: selection.field("role").map(|role| RolePlan::of(&role)) }
    }
}

impl User {
    /// A user as shown to itself.
    pub(super) fn own(row: user::Model) -> Self {
        Self { row: Arc::new(row), is_open: true, role: Related::NotRead }
    }

    fn open<T>(&self, value: Option<T>) -> Option<T> {
        value.filter(|_| self.is_open)
    }
}

/// Somebody who works the inbox, or the guest who owns what nobody owns. Colleagues see each other's name, kind, state and
/// language; the rest is for administrators, and for the user itself under `viewer { user }`.
#[Object]
impl User {
    /// Global id.
    pub(super) async fn id(&self) -> ID {
        self.row.id.global()
    }

    /// A person, or the one built-in guest.
    async fn kind(&self) -> UserKind {
        self.row.kind.into()
    }

    /// As shown to colleagues.
    async fn name(&self) -> &str {
        &self.row.name
    }

    /// What the user logs in with, in lower case. Null for the guest, and for callers who neither administer nor are the
    /// user.
    async fn email(&self) -> Option<&str> {
        self.open(self.row.email.as_deref())
    }

    /// New contacts with this phone number get this owner, in whichever national form WhatsApp writes it. Null if there is
    /// none, and for callers who neither administer nor are the user.
    async fn phone(&self) -> Option<PhoneNumber> {
        self.open(self.row.phone.clone()).map(PhoneNumber)
    }

    /// BCP 47 tag (`es`, `pt-BR`): the language of the waiting messages to this user's customers, and of the words for
    /// errors where there are some in it. Null: the deployment's for customers, English for errors.
    async fn language(&self) -> Option<&str> {
        self.row.language.as_deref()
    }

    /// What the user may do. Null for callers who neither administer nor are the user.
    async fn role(&self, ctx: &Context<'_>) -> Option<Result<Role>> {
        if !self.is_open {
            return None;
        }
        let read = async {
            let plan = RolePlan::of(&Selection::new([ctx.look_ahead()]));
            let reader = Reader { sight: Sight::Full, ..Reader::new(ctx)? };
            load::load_one::<Role>(reader, &plan, self.row.role_id).await
        };
        self.role.or_read(read).await
    }

    /// Whether the user can come in.
    async fn state(&self) -> UserState {
        people::user_state(self.row.joined_at, self.row.deactivated_at).into()
    }

    /// When the user was last here, to the minute. Null if never, and for callers who neither administer nor are the user.
    async fn last_seen_at(&self) -> Option<DateTime> {
        self.open(self.row.last_seen_at).map(DateTime)
    }

    /// When the user was made.
    async fn created_at(&self) -> DateTime {
        self.row.created_at.into()
    }

    /// From then on the user can neither log in nor own anything new. Null for active users.
    async fn deactivated_at(&self) -> Option<DateTime> {
        self.row.deactivated_at.map(DateTime)
    }
}

impl Resource for User {
    type Id = UserId;
    type Row = user::Model;
    type Plan = UserPlan;

    fn plan(selection: &Selection<'_>) -> UserPlan {
        UserPlan::of(selection)
    }

    fn id_of(row: &user::Model) -> UserId {
        row.id
    }

    fn fetch(reader: Reader<'_>, ids: HashSet<UserId>) -> BoxFuture<'_, inbox::Result<Vec<user::Model>>> {
        store::by_ids(reader.db(), reader.sight, ids).boxed()
    }

    fn build<'a>(
        reader: Reader<'a>,
        rows: Vec<Arc<user::Model>>,
        plan: &'a UserPlan,
    ) -> BoxFuture<'a, Result<Vec<Self>>> {
        async move {
            let ids: Vec<_> = rows.iter().map(|row| row.role_id).collect();
            let roles = load::load_many::<Role>(reader, plan.role.as_ref(), ids).await?;
            let is_open = reader.sight == Sight::Full;
            let user = |row: Arc<user::Model>| Self { role: roles.related(Some(row.role_id)), is_open, row };
            Ok(rows.into_iter().map(user).collect())
        }
        .boxed()
    }
}

/// The user of a row that was just written, with all there is about it if that is the caller's own.
pub(super) async fn written(ctx: &Context<'_>, row: user::Model) -> Result<Option<User>> {
    let plan = UserPlan::of(&Selection::new([ctx.look_ahead().field("user")]));
    let is_own = viewer(ctx)?.user_id() == Some(row.id);
    let built = load::build_one::<User>(Reader::new(ctx)?, row, &plan).await?;
    Ok(built.map(|user| if is_own && !user.is_open { User::own((*user.row).clone()) } else { user }))
}

#[derive(Default)]
pub(super) struct UserQueries;

#[Object]
impl UserQueries {
    /// The users, newest first unless asked otherwise: for everybody who sees conversations, so that colleagues can be
    /// chosen as owners. Empty for callers who see none and do not administer.
    #[expect(clippy::too_many_arguments, reason = "each is an argument of the schema")]
    async fn users(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only users who match all of this.")] filter: Option<UserFilter>,
        #[graphql(desc = "How the list is ordered; newest first if absent.")] order_by: Option<UserOrder>,
        #[graphql(desc = "The first items, at most 100; 25 if neither first nor last is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only items behind this cursor.")] after: Option<Cursor>,
        #[graphql(desc = "The last items instead of the first, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Only items ahead of this cursor.")] before: Option<Cursor>,
    ) -> Result<Connection<User>> {
        let filter = filter.unwrap_or_default().into_store(viewer(ctx)?)?;
        let filter = &filter;
        let list = Listing {
            list: List::Users,
            max: MAX_SIZE,
            direction: direction(order_by.map(|order| order.direction)),
            arguments: PageArguments { first, after, last, before },
            position: store::position,
        };
        paging::connection(
            ctx,
            list,
            |reader, request| async move { store::page(reader.db(), reader.sight, filter, &request).await },
            |reader| async move { store::count(reader.db(), reader.sight, filter).await },
        )
        .await
    }
}
