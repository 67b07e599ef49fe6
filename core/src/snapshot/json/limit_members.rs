//! The members of a JSON document that describe limits.

use crate::endpoint::limits::{Limit, Window};
use crate::endpoint::policy_text::MAX_AMOUNT;
use crate::snapshot::json::declared::Declared;
use crate::snapshot::limit_rows::{LimitRow, LimitRows};
use crate::snapshot::need_row::RequiredTier;
use serde::{Deserialize, Serialize};

/// The limits of callers with a tier and of higher tiers, up to the next member.
#[derive(Serialize, Deserialize)]
pub(super) struct LimitMember {
    tier: String,
    rank: u32,
    /// Empty if the tier is unlimited.
    windows: Vec<WindowMember>,
}

/// At most `amount` units in a window of this length.
#[derive(Serialize, Deserialize)]
struct WindowMember {
    amount: u32,
    unit: String,
    seconds: u32,
}

/// Converts limits. `lowest` is the lowest tier that may call the endpoint. If it is `None`, this is the
/// lowest tier of the document.
pub(super) fn read_limits(
    members: Vec<LimitMember>,
    declared: &Declared<'_>,
    lowest: Option<&RequiredTier>,
) -> Result<LimitRows, &'static str> {
    let Some(lowest) = lowest.or(declared.lowest.as_ref()) else {
        return match members.as_slice() {
            [] => Ok(LimitRows::default()),
            _ => Err("limits need a tier"),
        };
    };
    let rows = members.into_iter().map(|member| member.into_row(declared));
    let rows = rows.collect::<Result<Vec<_>, _>>()?;
    LimitRows::check_ranks(&rows)?;
    Ok(LimitRows::new(rows, lowest))
}

impl LimitMember {
    fn into_row(self, declared: &Declared<'_>) -> Result<LimitRow, &'static str> {
        let tier = declared.tier(self.tier, self.rank)?;
        let mut limits: Vec<Limit> = Vec::new();
        for member in self.windows {
            let limit = member.into_limit()?;
            if limits.iter().any(|other| other.unit() == limit.unit()) {
                return Err("a tier has two limits with the same unit");
            }
            limits.push(limit);
        }
        Ok(LimitRow::new(tier, limits))
    }
}

impl WindowMember {
    fn into_limit(self) -> Result<Limit, &'static str> {
        let window = Window::of_unit(&self.unit)
            .filter(|window| window.seconds() == self.seconds)
            .ok_or("the unit of a limit must be `second`, `minute`, `hour`, `day` or `month`, with its length in seconds")?;
        if (1..=MAX_AMOUNT).contains(&self.amount) {
            Ok(Limit::new(self.amount, window))
        } else {
            Err("the amount of a limit must be between 1 and 1000000000")
        }
    }
}

impl From<&LimitRow> for LimitMember {
    fn from(row: &LimitRow) -> Self {
        let windows = row.limits().iter().map(|limit| WindowMember {
            amount: limit.amount(),
            unit: limit.unit().to_owned(),
            seconds: limit.unit_window().seconds(),
        });
        Self {
            tier: row.tier().to_owned(),
            rank: row.rank(),
            windows: windows.collect(),
        }
    }
}
