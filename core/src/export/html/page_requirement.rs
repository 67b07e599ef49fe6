//! What a row of the page states about an endpoint's requirement.

use crate::endpoint::need::FeatureRule;
use crate::export::html::active_overrides::{End, OfEndpoint};
use crate::snapshot::Snapshot;
use crate::snapshot::invisible_characters::shown;
use crate::snapshot::limit_rows::LimitRows;
use crate::snapshot::limit_text::{limits_text, texts};
use crate::snapshot::need_row::NeedRow;
use crate::snapshot::rows::{EndpointRow, TierRow};

/// What customers read about an endpoint's requirement. The tier that is enforced for now isn't part of
/// it.
pub(super) struct PageRequirement {
    /// The requirement in a few words, such as `Plus + Radio`, or `Public`.
    pub(super) text: String,
    pub(super) notes: Vec<Note>,
    /// The index of the lowest tier that may call the endpoint without an add-on, or the number of tiers
    /// if no tier may.
    pub(super) lowest_tier_index: usize,
    /// The key of the add-on, and the index of the lowest tier that may call the endpoint with it.
    pub(super) add_on: Option<(String, usize)>,
    /// For each tier, lowest tier first, whether the tier may call the endpoint, and how often.
    pub(super) matrix_cells: Vec<TierCell>,
}

/// The matrix cell of a tier.
pub(super) struct TierCell {
    pub(super) access: MatrixCell,
    /// The limits of the tier, or `None` if the endpoint has no limits or the tier may not call it.
    pub(super) limits: Option<String>,
}

/// A note below the requirement.
pub(super) struct Note {
    pub(super) start: &'static str,
    pub(super) end: Option<End>,
    pub(super) rest: String,
}

/// Whether a tier may call an endpoint.
pub(super) enum MatrixCell {
    Yes,
    No,
    /// The tier may call the endpoint with an add-on.
    With(String),
    /// Only customers of the tier with an older plan version may call the endpoint.
    OlderPlans,
}

impl PageRequirement {
    pub(super) fn of(
        snapshot: &Snapshot,
        endpoint: &EndpointRow,
        overrides: Option<&OfEndpoint>,
    ) -> Self {
        let tiers = snapshot.tiers();
        let Some(declared) = endpoint.need_row() else {
            return Self {
                text: "Public".to_owned(),
                notes: Vec::new(),
                lowest_tier_index: 0,
                add_on: None,
                matrix_cells: tiers.iter().map(|_| TierCell::public()).collect(),
            };
        };
        let overridden = overrides.and_then(|of_endpoint| overridden_need(declared, of_endpoint));
        let need = overridden.as_ref().unwrap_or(declared);
        let lowest_tier = tiers.iter().position(|tier| has_required_tier(need, tier));
        let lowest_tier = lowest_tier.unwrap_or(tiers.len());
        let add_on = need.feature.as_ref().map(|feature| {
            let lowest_with_add_on = match need.rule {
                FeatureRule::OrTier | FeatureRule::FeatureOnly => 0,
                FeatureRule::NoFeature | FeatureRule::AndTier => lowest_tier,
            };
            (shown(&feature.key), lowest_with_add_on)
        });
        let limits = endpoint.declared_limits();
        let mut notes = notes(declared, need, overrides);
        let limit_texts = texts(limits.as_slice(), shown).into_iter();
        notes.extend(limit_texts.map(Note::text));
        notes.extend(cost_note(snapshot, endpoint).map(Note::text));
        Self {
            text: need.text(shown),
            notes,
            lowest_tier_index: match need.rule {
                FeatureRule::NoFeature | FeatureRule::OrTier => lowest_tier,
                FeatureRule::AndTier | FeatureRule::FeatureOnly => tiers.len(),
            },
            add_on,
            matrix_cells: tiers
                .iter()
                .map(|tier| TierCell::of(need, tier, &limits))
                .collect(),
        }
    }
}

/// Returns the requirement while an override applies. The override changes only the tier.
fn overridden_need(declared: &NeedRow, overrides: &OfEndpoint) -> Option<NeedRow> {
    let (tier, _) = overrides.require.clone()?;
    Some(NeedRow {
        tier: Some(tier),
        feature: declared.feature.clone(),
        rule: match declared.rule {
            FeatureRule::FeatureOnly => FeatureRule::AndTier,
            rule => rule,
        },
        versions: Vec::new(),
        enforced: None,
    })
}

fn notes(declared: &NeedRow, need: &NeedRow, overrides: Option<&OfEndpoint>) -> Vec<Note> {
    let mut notes = Vec::new();
    if let Some(of_endpoint) = overrides {
        if of_endpoint.is_closed {
            notes.push(match of_endpoint.closed_until {
                Some(end) => Note::until("Closed until ", end, String::new()),
                None => Note::text("Closed for now".to_owned()),
            });
        }
        if let Some((_, Some(end))) = of_endpoint.require {
            let rest = format!(", then {}", declared.declared_text(shown));
            notes.push(Note::until("until ", end, rest));
        }
    }
    notes.extend(need.version_texts(shown).into_iter().map(Note::text));
    notes
}

/// Returns the note about a call that doesn't use exactly one unit of the quota.
fn cost_note(snapshot: &Snapshot, endpoint: &EndpointRow) -> Option<String> {
    match endpoint.cost() {
        _ if snapshot.quota.is_empty() => None,
        0 => Some("takes nothing from the quota".to_owned()),
        1 => None,
        units => Some(format!("takes {units} units of the quota")),
    }
}

impl TierCell {
    fn public() -> Self {
        Self {
            access: MatrixCell::Yes,
            limits: None,
        }
    }

    fn of(need: &NeedRow, tier: &TierRow, limits: &LimitRows) -> Self {
        let access = matrix_cell(need, tier);
        let is_limited = !limits.is_empty() && !matches!(access, MatrixCell::No);
        Self {
            access,
            limits: is_limited.then(|| limits_text(limits.of_rank(Some(tier.rank)))),
        }
    }
}

impl Note {
    fn text(rest: String) -> Self {
        Self {
            start: "",
            end: None,
            rest,
        }
    }

    fn until(start: &'static str, end: std::time::SystemTime, rest: String) -> Self {
        Self {
            start,
            end: Some(End::at(end)),
            rest,
        }
    }
}

fn matrix_cell(need: &NeedRow, tier: &TierRow) -> MatrixCell {
    let has_tier = has_required_tier(need, tier);
    let with_add_on = || {
        let feature = need.feature.as_ref();
        MatrixCell::With(
            feature
                .map(|feature| shown(&feature.name))
                .unwrap_or_default(),
        )
    };
    let mut versions = need.versions.iter();
    match need.rule {
        FeatureRule::NoFeature | FeatureRule::OrTier if has_tier => MatrixCell::Yes,
        FeatureRule::AndTier if has_tier => with_add_on(),
        FeatureRule::OrTier | FeatureRule::FeatureOnly => with_add_on(),
        FeatureRule::NoFeature | FeatureRule::AndTier => {
            if versions.any(|version| tier.rank >= version.tier.rank) {
                MatrixCell::OlderPlans
            } else {
                MatrixCell::No
            }
        }
    }
}

/// Returns whether the tier is high enough. The add-on doesn't matter.
fn has_required_tier(need: &NeedRow, tier: &TierRow) -> bool {
    let required = need.tier.as_ref();
    required.is_none_or(|required| tier.rank >= required.rank)
}

#[cfg(test)]
mod tests {
    use super::{MatrixCell, PageRequirement};
    use crate::export::html::active_overrides::OfEndpoint;
    use crate::snapshot::Snapshot;
    use crate::snapshot::need_row::RequiredTier;
    use std::time::{Duration, SystemTime};

    /// Returns the requirement's text and notes, and the cells of the tiers Free, Plus and Pro.
    fn shown(gate: &str, overrides: Option<&OfEndpoint>) -> (PageRequirement, String, String) {
        let lock = format!(
            "version 3\ntier 0 Free\ntier 1 Plus\ntier 2 Pro\nfeature radio Radio\nquota 100/day\ngate /a GET {gate}\n"
        );
        let snapshot = Snapshot::from_lock(&lock).unwrap();
        let row = PageRequirement::of(&snapshot, &snapshot.endpoints()[0], overrides);
        let mut text = row.text.clone();
        for note in &row.notes {
            let end = note.end.as_ref().map(|end| end.text.as_str());
            let end = end.unwrap_or_default();
            text.extend(["; ", note.start, end, &note.rest]);
        }
        let cells = row.matrix_cells.iter().map(|cell| {
            let access = match &cell.access {
                MatrixCell::Yes => "yes",
                MatrixCell::No => "no",
                MatrixCell::With(add_on) => add_on,
                MatrixCell::OlderPlans => "older",
            };
            let limits = cell.limits.iter().map(|limits| format!("({limits})"));
            access.to_owned() + &limits.collect::<String>()
        });
        let cells = cells.collect::<Vec<_>>().join(" ");
        (row, text, cells)
    }

    #[test]
    fn rows_state_declared_requirements() {
        for (gate, text, cells, from, with_add_on) in [
            ("Plus a", "Plus", "no yes yes", 1, None),
            ("Plus a enforced Free", "Plus", "no yes yes", 1, None),
            (
                "Plus a feature radio",
                "Plus + Radio",
                "no Radio Radio",
                3,
                Some(1),
            ),
            (
                "Plus a or_feature radio",
                "Plus or Radio",
                "Radio yes yes",
                1,
                Some(0),
            ),
            (
                "- a feature radio",
                "Radio",
                "Radio Radio Radio",
                3,
                Some(0),
            ),
            (
                "Pro a until_version 3 Plus",
                "Pro; Plus with a plan version below 3",
                "no older yes",
                2,
                None,
            ),
        ] {
            let (row, found, found_cells) = shown(gate, None);
            assert_eq!((found.as_str(), found_cells.as_str()), (text, cells));
            assert_eq!(row.lowest_tier_index, from, "{gate}");
            assert_eq!(row.add_on.map(|(_, lowest)| lowest), with_add_on, "{gate}");
        }
    }

    #[test]
    fn rows_state_limits() {
        for (gate, text, cells) in [
            (
                "Plus a limit \"60/minute; 5000/day\"",
                "Plus; 60/minute and 5000/day",
                "no yes(60/minute and 5000/day) yes(60/minute and 5000/day)",
            ),
            (
                "Plus a enforced Free limit 10/minute from Plus 60/minute from Pro unlimited cost 20",
                "Plus; Plus: 60/minute; Pro: unlimited; takes 20 units of the quota",
                "no yes(60/minute) yes(unlimited)",
            ),
            (
                "Plus a or_feature radio limit 10/minute from Plus 60/minute cost 0",
                "Plus or Radio; Free: 10/minute; Plus: 60/minute; takes nothing from the quota",
                "Radio(10/minute) yes(60/minute) yes(60/minute)",
            ),
        ] {
            let (_, found, found_cells) = shown(gate, None);
            assert_eq!((found.as_str(), found_cells.as_str()), (text, cells));
        }
    }

    #[test]
    fn active_overrides_are_shown() {
        let end = Some(SystemTime::UNIX_EPOCH + Duration::from_secs(1_796_083_200));
        let require = |rank: u32, name: &str| OfEndpoint {
            require: Some((
                RequiredTier {
                    name: name.to_owned(),
                    rank,
                },
                end,
            )),
            ..OfEndpoint::default()
        };
        for (gate, overrides, text, cells) in [
            (
                "Pro a until_version 3 Plus",
                require(0, "Free"),
                "Free; until 1 December 2026, then Pro (Plus with a plan version below 3)",
                "yes yes yes",
            ),
            (
                "- a feature radio",
                require(1, "Plus"),
                "Plus + Radio; until 1 December 2026, then Radio",
                "no Radio Radio",
            ),
            (
                "Plus a",
                OfEndpoint {
                    is_closed: true,
                    ..OfEndpoint::default()
                },
                "Plus; Closed for now",
                "no yes yes",
            ),
            (
                "Plus a",
                OfEndpoint {
                    is_closed: true,
                    closed_until: end,
                    ..OfEndpoint::default()
                },
                "Plus; Closed until 1 December 2026",
                "no yes yes",
            ),
        ] {
            let (_, found, found_cells) = shown(gate, Some(&overrides));
            assert_eq!((found.as_str(), found_cells.as_str()), (text, cells));
        }
    }
}
