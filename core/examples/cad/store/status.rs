//! The status of an account.

use crate::lenient;
use serde::{Deserialize, Serialize, Serializer};

/// The status of an account. Requests contain its number or its name.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(try_from = "lenient::Text")]
pub(crate) enum Status {
    Inactive = 0,
    Active = 1,
    Kicked = 3,
    Banned = 4,
}

impl TryFrom<lenient::Text> for Status {
    type Error = String;

    fn try_from(lenient::Text(text): lenient::Text) -> Result<Self, String> {
        let mut statuses = Self::ALL.into_iter();
        let found =
            statuses.find(|status| status.name() == text || status.number().to_string() == text);
        found.ok_or_else(|| format!("there is no status {text}"))
    }
}

impl TryFrom<String> for Status {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        lenient::Text(name).try_into()
    }
}

impl Status {
    const ALL: [Self; 4] = [Self::Inactive, Self::Active, Self::Kicked, Self::Banned];

    /// Returns the status with this number.
    pub(crate) fn from_number(number: i64) -> Option<Self> {
        let mut statuses = Self::ALL.into_iter();
        statuses.find(|status| status.number() == number)
    }

    fn number(self) -> i64 {
        self as i64
    }

    /// Returns the name, as the database stores it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Inactive => "inactive",
            Self::Active => "active",
            Self::Kicked => "kicked",
            Self::Banned => "banned",
        }
    }
}

/// Answers contain the number.
impl Serialize for Status {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.number().serialize(serializer)
    }
}
