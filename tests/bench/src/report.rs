//! The table of figures.

use std::fmt;

/// A figure: the measurement, the figures to compare, and the ratio with its limit.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) what: String,
    pub(crate) own: String,
    pub(crate) other: String,
    pub(crate) ratio: f64,
    pub(crate) limit: f64,
}

/// A property that either holds or doesn't.
#[derive(Debug)]
pub(crate) struct Fact {
    pub(crate) what: String,
    pub(crate) own: String,
    pub(crate) other: String,
    pub(crate) holds: bool,
}

#[derive(Debug, Default)]
pub(crate) struct Report {
    rows: Vec<(Row, f64)>,
    facts: Vec<Fact>,
    tables: Vec<String>,
}

impl Report {
    pub(crate) fn add(&mut self, row: Row) {
        let ceiling = row.limit;
        self.add_guarded(row, ceiling);
    }

    /// Adds a figure with a ceiling that differs from its limit. A higher figure is a regression. The
    /// ceiling is below the limit if the limit was reached easily, and above the limit if it was
    /// missed.
    pub(crate) fn add_guarded(&mut self, row: Row, ceiling: f64) {
        eprintln!(
            "{}: {} / {} = {:.3} (limit {}, ceiling {ceiling})",
            row.what, row.own, row.other, row.ratio, row.limit
        );
        self.rows.push((row, ceiling));
    }

    pub(crate) fn fact(&mut self, fact: Fact) {
        eprintln!(
            "{}: {}, {}: {}",
            fact.what, fact.own, fact.other, fact.holds
        );
        self.facts.push(fact);
    }

    /// Adds a table without comparisons.
    pub(crate) fn table(&mut self, table: String) {
        self.tables.push(table);
    }

    /// Returns the regressions: figures above their ceilings, and facts that don't hold.
    pub(crate) fn regressions(&self) -> Vec<&str> {
        let rows = self.rows.iter();
        let above = rows.filter(|(row, ceiling)| row.ratio.is_nan() || row.ratio > *ceiling);
        let broken = self.facts.iter().filter(|fact| !fact.holds);
        above
            .map(|(row, _)| row.what.as_str())
            .chain(broken.map(|fact| fact.what.as_str()))
            .collect()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.rows.is_empty() {
            writeln!(f, "| what | tiergate | against | ratio | limit | ceiling |")?;
            writeln!(f, "| --- | --- | --- | --- | --- | --- |")?;
        }
        for (row, ceiling) in &self.rows {
            let missed = if row.ratio <= row.limit {
                ""
            } else {
                " (missed)"
            };
            writeln!(
                f,
                "| {} | {} | {} | {:.3} | {:.2}{missed} | {ceiling:.2} |",
                row.what, row.own, row.other, row.ratio, row.limit
            )?;
        }
        if !self.facts.is_empty() {
            writeln!(f, "\n| what | tiergate | against | holds |")?;
            writeln!(f, "| --- | --- | --- | --- |")?;
        }
        for fact in &self.facts {
            let holds = if fact.holds { "yes" } else { "no" };
            writeln!(
                f,
                "| {} | {} | {} | {holds} |",
                fact.what, fact.own, fact.other
            )?;
        }
        for table in &self.tables {
            write!(f, "\n{table}")?;
        }
        Ok(())
    }
}
