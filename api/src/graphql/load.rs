//! Reading in batches: what a selection asks of many rows costs one statement for each kind of thing, however many
//! rows there are.
//!
//! A resolver that returns things of the inbox looks ahead in its selection, makes a plan of it, and builds the things
//! with all that the plan names. Fields then only hand out what is there. A field that the plan missed reads for
//! itself: that is slower, never wrong.

use super::context::Reader;
use super::errors::Result;
use super::paging;
use async_graphql::{Lookahead, Name, Value};
use futures_util::future::BoxFuture;
use inbox::events::LoggedEvent;
use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::sync::Arc;

/// A selection set, or several that apply to the same things.
pub(super) struct Selection<'a>(Vec<Lookahead<'a>>);

impl<'a> Selection<'a> {
    /// What is selected below these.
    pub(super) fn new(looks: impl IntoIterator<Item = Lookahead<'a>>) -> Self {
        Self(looks.into_iter().filter(Lookahead::exists).collect())
    }

    /// What is selected below a field, if the field is.
    pub(super) fn field(&self, name: &str) -> Option<Self> {
        let below = Self::new(self.0.iter().map(|look| look.field(name)));
        (!below.0.is_empty()).then_some(below)
    }

    /// What is selected of the items of a connection.
    pub(super) fn items(&self) -> Self {
        Self::new(self.0.iter().flat_map(paging::item_selections))
    }

    /// The arguments of a field, if it is selected and has the same ones wherever it is.
    pub(super) fn arguments(&self, name: &str) -> Option<HashMap<Name, Value>> {
        let fields = self.0.iter().flat_map(|look| look.field(name).selection_fields());
        let mut sets = fields.map(|field| field.arguments().map(HashMap::from_iter));
        let first = sets.next()?.ok()?;
        sets.all(|other| other.is_ok_and(|other| other == first)).then_some(first)
    }

    /// What is selected below either.
    pub(super) fn join(mut self, other: Option<Self>) -> Self {
        self.0.extend(other.into_iter().flat_map(|other| other.0));
        self
    }

    /// Whether one of these fields is selected.
    pub(super) fn has(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.0.iter().any(|look| look.field(name).exists()))
    }
}

/// Something related, read along with what it is related to if the plan named it.
#[derive(Clone, Debug, Default)]
pub(super) enum Related<T> {
    /// Was not asked for.
    #[default]
    NotRead,
    /// Was read, and found or not.
    Read(Option<T>),
}

impl<T> Related<T> {
    /// With what was found in another form.
    pub(super) fn map<U>(self, change: impl FnOnce(T) -> U) -> Related<U> {
        match self {
            Self::NotRead => Related::NotRead,
            Self::Read(found) => Related::Read(found.map(change)),
        }
    }
}

impl<T: Clone> Related<T> {
    /// What was read along, or else what `read` finds.
    pub(super) async fn or_read(
        &self,
        read: impl Future<Output = Result<Option<T>>> + Send,
    ) -> Option<Result<T>> {
        match self {
            Self::Read(found) => found.clone().map(Ok),
            Self::NotRead => read.await.transpose(),
        }
    }
}

/// A type of the schema that is made from rows.
pub(super) trait Resource: Clone + Send + Sync {
    /// What names a row.
    type Id: Copy + Eq + Hash + Send + Sync;
    /// The row.
    type Row: Send + Sync;
    /// What a selection asks for beyond the row.
    type Plan: Send + Sync;

    /// What a selection on this type asks for.
    fn plan(selection: &Selection<'_>) -> Self::Plan;

    /// The row's id.
    fn id_of(row: &Self::Row) -> Self::Id;

    /// The row that an event carries, if it is of this type.
    fn at_hand(_event: &LoggedEvent) -> Option<&Arc<Self::Row>> {
        None
    }

    /// Reads the rows that exist for the reader.
    fn fetch(reader: Reader<'_>, ids: HashSet<Self::Id>) -> BoxFuture<'_, inbox::Result<Vec<Self::Row>>>;

    /// Makes one from each row, in their order, with what the plan asks for.
    fn build<'a>(
        reader: Reader<'a>,
        rows: Vec<Arc<Self::Row>>,
        plan: &'a Self::Plan,
    ) -> BoxFuture<'a, Result<Vec<Self>>>;
}

/// Those of these ids that exist, if there is a plan for them.
pub(super) async fn load_many<R: Resource>(
    reader: Reader<'_>,
    plan: Option<&R::Plan>,
    ids: impl IntoIterator<Item = R::Id> + Send,
) -> Result<Loaded<R>> {
    let Some(plan) = plan else { return Ok(Loaded(None)) };
    let mut ids: HashSet<R::Id> = ids.into_iter().collect();
    let mut rows = Vec::with_capacity(ids.len());
    if let Some(row) = reader.at_hand.and_then(R::at_hand)
        && ids.remove(&R::id_of(row))
    {
        rows.push(Arc::clone(row));
    }
    if !ids.is_empty() {
        rows.extend(R::fetch(reader, ids).await?.into_iter().map(Arc::new));
    }
    let ids: Vec<R::Id> = rows.iter().map(|row| R::id_of(row)).collect();
    let built = R::build(reader, rows, plan).await?;
    Ok(Loaded(Some(ids.into_iter().zip(built).collect())))
}

/// The one of this id, if it exists.
pub(super) async fn load_one<R: Resource>(
    reader: Reader<'_>,
    plan: &R::Plan,
    id: R::Id,
) -> Result<Option<R>> {
    let mut loaded = load_many::<R>(reader, Some(plan), [id]).await?;
    Ok(loaded.0.as_mut().and_then(|found| found.remove(&id)))
}

/// Makes one thing from a row that was just read or written.
pub(super) async fn build_one<R: Resource>(
    reader: Reader<'_>,
    row: R::Row,
    plan: &R::Plan,
) -> Result<Option<R>> {
    Ok(R::build(reader, vec![Arc::new(row)], plan).await?.pop())
}

/// What [`load_many`] found.
pub(super) struct Loaded<R: Resource>(Option<HashMap<R::Id, R>>);

impl<R: Resource> Loaded<R> {
    /// The one of this id, as a relation.
    pub(super) fn related(&self, id: Option<R::Id>) -> Related<R> {
        match &self.0 {
            None => Related::NotRead,
            Some(found) => Related::Read(id.and_then(|id| found.get(&id).cloned())),
        }
    }

    /// The one of this id.
    pub(super) fn get(&self, id: R::Id) -> Option<&R> {
        self.0.as_ref()?.get(&id)
    }
}

/// Rows that hang on others, by the id of the other.
pub(super) fn group<K: Eq + Hash, M>(rows: Vec<M>, key: impl Fn(&M) -> K) -> HashMap<K, Vec<M>> {
    let mut groups: HashMap<K, Vec<M>> = HashMap::new();
    for row in rows {
        groups.entry(key(&row)).or_default().push(row);
    }
    groups
}
