//! The table of figures.

use std::fmt;

/// A figure: what was measured, against what, and the ratio with its limit.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) what: String,
    pub(crate) own: String,
    pub(crate) other: String,
    pub(crate) ratio: f64,
    pub(crate) limit: f64,
}

#[derive(Debug, Default)]
pub(crate) struct Report(Vec<Row>);

impl Report {
    pub(crate) fn add(&mut self, row: Row) {
        eprintln!(
            "{}: {} / {} = {:.3} (limit {})",
            row.what, row.own, row.other, row.ratio, row.limit
        );
        self.0.push(row);
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| what | tiergate | against | ratio | limit |")?;
        writeln!(f, "| --- | --- | --- | --- | --- |")?;
        for row in &self.0 {
            writeln!(
                f,
                "| {} | {} | {} | {:.3} | {} |",
                row.what, row.own, row.other, row.ratio, row.limit
            )?;
        }
        Ok(())
    }
}
