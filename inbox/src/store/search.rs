//! Full-text search, which each store says in its own way.

use crate::domain::search_words::{Wanted, fts5, tsvector};
use sea_orm::sea_query::extension::postgres::PgExpr;
use sea_orm::sea_query::extension::sqlite::SqliteExpr;
use sea_orm::sea_query::{DynIden, Expr, ExprTrait, Func, IntoColumnRef, Order};
use sea_orm::{DbBackend, DeriveIden};

/// The columns that every table of words has.
#[derive(Clone, Copy, DeriveIden)]
pub(super) enum Words {
    /// The words themselves.
    Words,
    /// SQLite's own: how well the row fits, the best first.
    Rank,
}

/// Words as they are written into such a table.
pub(super) fn written<'a>(backend: DbBackend, words: impl IntoIterator<Item = &'a str>) -> Expr {
    match backend {
        DbBackend::Postgres => Expr::val(tsvector(words)).cast_as("tsvector"),
        _ => Expr::val(fts5(words)),
    }
}

/// Rows of such a table that hold what is wanted.
pub(super) fn holds(backend: DbBackend, table: &DynIden, wanted: &Wanted) -> Expr {
    let words = Expr::col((table.clone(), Words::Words).into_column_ref());
    match backend {
        DbBackend::Postgres => PgExpr::matches(words, query(wanted)),
        _ => SqliteExpr::matches(words, Expr::val(wanted.fts5())),
    }
}

/// What puts the rows first that fit best by the store's own measure.
pub(super) fn rank(backend: DbBackend, table: &DynIden, wanted: &Wanted) -> (Expr, Order) {
    match backend {
        DbBackend::Postgres => {
            let words = Expr::col((table.clone(), Words::Words).into_column_ref());
            (Func::cust("ts_rank").arg(words).arg(query(wanted)).into(), Order::Desc)
        }
        _ => (Expr::col((table.clone(), Words::Rank).into_column_ref()), Order::Asc),
    }
}

fn query(wanted: &Wanted) -> Expr {
    Expr::val(wanted.tsquery()).cast_as("tsquery")
}
