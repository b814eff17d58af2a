//! Figures as a table for people and as JSON for programs.

use hdrhistogram::Histogram;
use serde_json::{Map, Value, json};
use std::io::Write;

/// One row: what was measured, on what, and the figures in their order.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) what: String,
    pub(super) store: &'static str,
    pub(super) figures: Vec<(&'static str, f64)>,
}

/// Prints the rows.
pub(super) fn print(rows: &[Row], as_json: bool) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    if as_json {
        let rows: Vec<Value> = rows.iter().map(to_json).collect();
        return writeln!(out, "{:#}", Value::Array(rows));
    }
    let width = rows.iter().map(|row| row.what.len()).max().unwrap_or(0);
    for row in rows {
        write!(out, "{:width$}  {:10}", row.what, row.store)?;
        for (name, value) in &row.figures {
            let digits = if *value >= 100.0 { 0 } else { 2 };
            write!(out, "  {name} {value:.digits$}")?;
        }
        writeln!(out)?;
    }
    Ok(())
}

fn to_json(row: &Row) -> Value {
    let figures: Map<String, Value> =
        row.figures.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    json!({ "what": row.what, "store": row.store, "figures": figures })
}

/// The usual percentiles of a histogram of microseconds, in milliseconds.
pub(super) fn percentiles(histogram: &Histogram<u64>) -> [(&'static str, f64); 3] {
    let at = |quantile: f64| histogram.value_at_quantile(quantile) as f64 / 1000.0;
    [("p50_ms", at(0.5)), ("p99_ms", at(0.99)), ("max_ms", histogram.max() as f64 / 1000.0)]
}
