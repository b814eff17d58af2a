//! Keyset paging: a place in a list is (sort key, id), so that pages neither skip nor repeat rows while others are
//! written.

use crate::error::Result;
use entities::Timestamp;
use sea_orm::sea_query::{Asterisk, Expr, Query, UnionType};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, FromQueryResult, Order, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait, Select,
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

impl PageRequest {
    /// How many rows are read, and which way.
    fn scan(&self) -> (u64, Direction) {
        match self.take {
            Take::First(size) => (size, self.direction),
            Take::Last(size) => (size, self.direction.reversed()),
        }
    }

    /// Rows as they were read, in the list's order and without the one more; and whether there was one.
    fn cut<M>(&self, mut rows: Vec<M>) -> (Vec<M>, bool) {
        let size = usize::try_from(self.scan().0).unwrap_or(usize::MAX);
        let more = rows.len() > size;
        rows.truncate(size);
        if matches!(self.take, Take::Last(_)) {
            rows.reverse();
        }
        (rows, more)
    }

    /// The page of a list that was read along with others, see [`Keyset::ends`].
    pub(super) fn page_of<M>(&self, mut rows: Vec<M>, position: fn(&M) -> Position) -> Page<M> {
        rows.sort_by_key(position);
        if self.scan().1 == Direction::Descending {
            rows.reverse();
        }
        let (rows, more) = self.cut(rows);
        let backwards = matches!(self.take, Take::Last(_));
        Page { rows, has_previous: backwards && more, has_next: !backwards && more }
    }
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
        let (size, scan) = request.scan();
        let mut between = select.clone();
        if let Some(after) = request.after {
            between = between.filter(self.behind(after, request.direction));
        }
        if let Some(before) = request.before {
            between = between.filter(self.behind(before, request.direction.reversed()));
        }
        let rows = between
            .order_by(self.key, scan.order())
            .order_by(self.id, scan.order())
            .limit(size.saturating_add(1))
            .all(db)
            .await?;
        let (rows, more) = request.cut(rows);
        let backwards = matches!(request.take, Take::Last(_));
        let has_previous = (backwards && more)
            || (request.wants_previous
                && self.exists(db, &select, request.after, request.direction.reversed()).await?);
        let has_next = (!backwards && more)
            || (request.wants_next && self.exists(db, &select, request.before, request.direction).await?);
        Ok(Page { rows, has_previous, has_next })
    }

    /// The beginning (or end) of each of these lists in one statement, in no order, with the row more by which a page knows
    /// that it is not all. Each list is read from its own place in the index, so a long one costs no more than a short one.
    pub(super) async fn ends<C: ConnectionTrait>(
        &self,
        db: &C,
        lists: impl IntoIterator<Item = Select<E>>,
        request: &PageRequest,
    ) -> Result<Vec<E::Model>> {
        let (size, scan) = request.scan();
        let parts = lists.into_iter().map(|list| {
            let list = list.order_by(self.key, scan.order()).order_by(self.id, scan.order());
            // SQLite takes order and limit in a part of a union only within brackets of its own.
            let mut part = Query::select();
            part.column(Asterisk).from_subquery(list.limit(size.saturating_add(1)).into_query(), "part");
            part
        });
        let union = parts.reduce(|mut union, part| {
            union.union(UnionType::All, part);
            union
        });
        match union {
            Some(union) => {
                Ok(E::Model::find_by_statement(db.get_database_backend().build(&union)).all(db).await?)
            }
            None => Ok(Vec::new()),
        }
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

/// A text within a pattern of `LIKE`, whose escape character is the backslash.
pub(super) fn literal(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}
