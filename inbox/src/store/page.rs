//! Keyset paging: a place in a list is (sort key, id), so that pages neither skip nor repeat rows while others are
//! written.

use crate::error::Result;
use entities::Timestamp;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, Order, QueryFilter, QueryOrder, QuerySelect, Select,
};
use uuid::Uuid;

/// A row's place in a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// What the list is ordered by.
    pub key: Timestamp,
    /// Decides between equal keys.
    pub id: Uuid,
}

/// Which way a list runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Direction {
    /// Oldest first.
    Ascending,
    /// Newest first.
    #[default]
    Descending,
}

impl Direction {
    fn reversed(self) -> Self {
        match self {
            Self::Ascending => Self::Descending,
            Self::Descending => Self::Ascending,
        }
    }

    fn order(self) -> Order {
        match self {
            Self::Ascending => Order::Asc,
            Self::Descending => Order::Desc,
        }
    }
}

/// From which end of the list, or of the part between the two positions, rows are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Take {
    /// This many from its beginning.
    First(u64),
    /// This many from its end; they come in the list's order all the same.
    Last(u64),
}

/// Which part of a list to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageRequest {
    /// Which way the list runs.
    pub direction: Direction,
    /// Only what comes behind this place.
    pub after: Option<Position>,
    /// Only what comes ahead of this place.
    pub before: Option<Position>,
    /// How many.
    pub take: Take,
    /// Whether [`Page::has_previous`] is asked for; it may cost a statement.
    pub wants_previous: bool,
    /// Whether [`Page::has_next`] is asked for; it may cost a statement.
    pub wants_next: bool,
}

/// A part of a list, in the list's order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<M> {
    /// The rows.
    pub rows: Vec<M>,
    /// There are rows ahead of these; meaningful if asked for.
    pub has_previous: bool,
    /// There are rows behind these; meaningful if asked for.
    pub has_next: bool,
}

impl<M> Page<M> {
    /// Of a list of which nothing can be seen.
    pub(super) const EMPTY: Self = Self { rows: Vec::new(), has_previous: false, has_next: false };
}

/// The columns that give an entity's rows their places.
pub(super) struct Keyset<E: EntityTrait> {
    pub(super) key: E::Column,
    pub(super) id: E::Column,
}

impl<E: EntityTrait> Keyset<E> {
    /// Reads a page of what `select` finds: one statement, and at most one more for each of the two flags.
    pub(super) async fn page<C: ConnectionTrait>(
        &self,
        db: &C,
        select: Select<E>,
        request: &PageRequest,
    ) -> Result<Page<E::Model>> {
        let (size, backwards) = match request.take {
            Take::First(size) => (size, false),
            Take::Last(size) => (size, true),
        };
        let scan = if backwards { request.direction.reversed() } else { request.direction };
        let mut between = select.clone();
        if let Some(after) = request.after {
            between = between.filter(self.behind(after, request.direction));
        }
        if let Some(before) = request.before {
            between = between.filter(self.behind(before, request.direction.reversed()));
        }
        let mut rows = between
            .order_by(self.key, scan.order())
            .order_by(self.id, scan.order())
            .limit(size.saturating_add(1))
            .all(db)
            .await?;
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        let more = rows.len() > size;
        rows.truncate(size);
        if backwards {
            rows.reverse();
        }
        let has_previous = (backwards && more)
            || (request.wants_previous
                && self.exists(db, &select, request.after, request.direction.reversed()).await?);
        let has_next = (!backwards && more)
            || (request.wants_next && self.exists(db, &select, request.before, request.direction).await?);
        Ok(Page { rows, has_previous, has_next })
    }

    /// Rows strictly behind a place in a list that runs this way.
    fn behind(&self, place: Position, direction: Direction) -> Expr {
        let row = Expr::tuple([self.key.into_expr(), self.id.into_expr()]);
        let place = Expr::tuple([Expr::val(place.key), Expr::val(place.id)]);
        match direction {
            Direction::Ascending => row.gt(place),
            Direction::Descending => row.lt(place),
        }
    }

    /// Whether there is a row at a place or behind it.
    async fn exists<C: ConnectionTrait>(
        &self,
        db: &C,
        select: &Select<E>,
        place: Option<Position>,
        direction: Direction,
    ) -> Result<bool> {
        let Some(place) = place else { return Ok(false) };
        let at_or_behind = self.behind(place, direction.reversed()).not();
        let found = select
            .clone()
            .filter(at_or_behind)
            .select_only()
            .column(self.id)
            .limit(1)
            .into_tuple::<Uuid>()
            .one(db)
            .await?;
        Ok(found.is_some())
    }
}

/// How many rows `select` finds.
pub(super) async fn count<E: EntityTrait, C: ConnectionTrait>(
    db: &C,
    select: Select<E>,
    id: E::Column,
) -> Result<u64> {
    let count = select.select_only().column_as(id.count(), "count").into_tuple::<i64>().one(db).await?;
    Ok(count.and_then(|count| u64::try_from(count).ok()).unwrap_or(0))
}
