use crate::{Endpoint, Tier};
use serde::Serialize;

/// The version of the format. It rises when a reader of the former one would misunderstand.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct Document {
    version: u32,
    tiers: Vec<TierRow>,
    endpoints: Vec<EndpointRow>,
}

#[derive(Serialize)]
struct TierRow {
    name: &'static str,
    rank: u32,
}

#[derive(Serialize)]
struct EndpointRow {
    name: &'static str,
    method: Option<&'static str>,
    path: Option<&'static str>,
    required_tier: Option<&'static str>,
    required_rank: Option<u32>,
    public_reason: Option<&'static str>,
    summary: &'static str,
    module: &'static str,
    file: &'static str,
    line: u32,
}

impl From<&Endpoint> for EndpointRow {
    fn from(endpoint: &Endpoint) -> Self {
        Self {
            name: endpoint.name(),
            method: endpoint.method(),
            path: endpoint.path(),
            required_tier: endpoint.required(),
            required_rank: endpoint.required_rank(),
            public_reason: endpoint.public_reason(),
            summary: endpoint.summary(),
            module: endpoint.module(),
            file: endpoint.file(),
            line: endpoint.line(),
        }
    }
}

pub(crate) fn document<T: Tier>(endpoints: &[Endpoint]) -> String {
    let tiers = T::ALL.iter().map(|tier| TierRow {
        name: tier.name(),
        rank: tier.rank(),
    });
    let document = Document {
        version: VERSION,
        tiers: tiers.collect(),
        endpoints: endpoints.iter().map(EndpointRow::from).collect(),
    };
    // Only a map with keys that are no strings, or a failing `Serialize`, could fail.
    serde_json::to_string_pretty(&document).unwrap_or_default()
}
