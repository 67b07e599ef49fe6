//! Random requests to each service.

use super::services::{
    self, Any, Api, TIER, as_a_servlet, behind, by_method, by_url, decoded, enforced, folder,
    recoded, router, trimmed, with_slash, without_slash,
};
use super::{Asked, Tier};
use axum::body::Body;
use std::env;
use std::fmt::Write as _;
use std::hash::{BuildHasher, RandomState};
use std::io::Write as _;
use tiergate::{Caller, Catalogue, Endpoint};
use tower::ServiceExt;

/// A pseudorandom number generator (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % end as u64).unwrap()
    }

    fn of<'a, T: ?Sized>(&mut self, all: &[&'a T]) -> &'a T {
        all[self.below(all.len())]
    }
}

const PARTS: [&str; 61] = [
    "admin",
    "reset",
    "q1.csv",
    "reports",
    "versions",
    "@",
    "@x",
    "posts",
    "7",
    "b",
    "docs",
    "panel",
    "index.html",
    "tenants",
    "own",
    "export",
    "ws",
    "lobby",
    "items",
    "active",
    "latest",
    "files",
    "units",
    "downloads",
    "open.txt",
    "gr%C3%B6%C3%9Fe.csv",
    "gr%c3%b6%c3%9fe.csv",
    "gr\u{f6}\u{df}e.csv",
    "a%20b",
    "a b",
    "",
    "",
    "..",
    ".",
    "...",
    "%2e%2e",
    "..;x",
    ".%2e",
    "%2f",
    "%5c",
    "\\",
    "..%2f",
    "%252e%252e",
    "%252f",
    "a;b",
    ";",
    "q1.csv%3f",
    "q1.csv%23x",
    "q1%2ecsv",
    "%61dmin",
    "..%00",
    "q1.csv%00",
    "%2561dmin",
    "adm%69n;",
    "q1.csv.",
    "q1.csv%20",
    "%40x",
    "%20..",
    "..%20",
    "upstream:80",
    "%7Bid%7D",
];

const PIECES: [&str; 22] = [
    "/",
    "//",
    ".",
    "..",
    "/.",
    "/..",
    "/../",
    "%2f",
    "%2e",
    "%5c",
    "\\",
    "%",
    "%25",
    "%00",
    "%20",
    ";",
    "%3b",
    "%3f",
    "%0a",
    "\u{e4}",
    "a",
    "index.html",
];

/// Returns a path of a random template, or any other path, with a few changes.
fn random_path(random: &mut Random) -> String {
    let mut path = String::new();
    if random.below(3) == 0 {
        for _ in 0..=random.below(5) {
            path.push('/');
            path.push_str(random.of(&PARTS));
        }
    } else {
        let templates: Vec<&str> = Api::endpoints().iter().filter_map(Endpoint::path).collect();
        for (index, part) in random.of(&templates).split(['{', '}']).enumerate() {
            path.push_str(if index % 2 == 0 {
                part
            } else {
                random.of(&PARTS)
            });
        }
    }
    for _ in 0..[0, 0, 1, 1, 2, 3][random.below(6)] {
        change(&mut path, random);
    }
    path
}

fn change(path: &mut String, random: &mut Random) {
    let places: Vec<usize> = path.char_indices().map(|(place, _)| place).collect();
    if places.is_empty() {
        return;
    }
    let place = places[random.below(places.len())];
    let character = path[place..].chars().next().unwrap_or('/');
    match random.below(6) {
        0 => path.insert_str(place, random.of(&PIECES)),
        1 => path.push_str(random.of(&PIECES)),
        2 => drop(path.remove(place)),
        // Escapes a character, in upper or lower case.
        kind => {
            let mut escaped = String::new();
            for byte in character.encode_utf8(&mut [0; 4]).bytes() {
                let _ = match kind {
                    3 => write!(escaped, "%{byte:02x}"),
                    _ => write!(escaped, "%{byte:02X}"),
                };
            }
            path.replace_range(place..place + character.len_utf8(), &escaped);
        }
    }
}

fn random_request(random: &mut Random, tier: Option<Tier>) -> Option<Asked> {
    const METHODS: [&str; 12] = [
        "GET", "GET", "GET", "GET", "GET", "HEAD", "HEAD", "HEAD", "POST", "PUT", "BREW", "CONNECT",
    ];
    let request = axum::http::Request::builder().method(random.of(&METHODS));
    let mut request = request.uri(random_path(random)).body(Body::empty()).ok()?;
    let caller = tier.map_or_else(Caller::unknown, Caller::new);
    request.extensions_mut().insert(caller);
    Some(request)
}

fn number(name: &str) -> Option<u64> {
    let value = env::var(name).ok()?;
    Some(
        value
            .parse()
            .unwrap_or_else(|_| panic!("{name}={value} is not a number")),
    )
}

/// Sends random requests with every tier. Fails if a request reaches an endpoint that requires a higher
/// tier, or if fewer than one in 1,000 requests reaches an endpoint.
async fn fuzz(name: &str, service: Any) {
    let seed = number("TIERGATE_FUZZ_SEED").unwrap_or_else(|| RandomState::new().hash_one(name));
    let count = number("TIERGATE_FUZZ_REQUESTS").unwrap_or(4_000);
    // Not `println!`, because tests capture its output.
    let mut log = std::io::stderr();
    let _ = writeln!(
        log,
        "{name}: TIERGATE_FUZZ_SEED={seed} TIERGATE_FUZZ_REQUESTS={count}"
    );
    let mut random = Random(seed | 1);
    let (mut sent, mut reached) = (0, 0);
    while sent < count {
        let tier = random.of(&[&None, &Some(Tier::Free), &Some(Tier::Plus)]);
        let Some(request) = random_request(&mut random, *tier) else {
            continue;
        };
        sent += 1;
        let (method, uri) = (request.method().clone(), request.uri().clone());
        let answer = service.clone().oneshot(request).await;
        let answer = answer.unwrap_or_else(|never| match never {});
        let Some(required) = answer.headers().get(TIER) else {
            continue;
        };
        reached += 1;
        let is_allowed = match required.to_str() {
            Ok("open") => true,
            Ok("Free") => tier.is_some(),
            Ok("Plus") => tier.is_some_and(|tier| tier.allows(Tier::Plus)),
            _ => false,
        };
        assert!(
            is_allowed,
            "{name}: {method} {uri} reached {required:?} as {tier:?} with the seed {seed}"
        );
    }
    let _ = writeln!(log, "{name}: {sent} requests, {reached} of them allowed");
    assert!(reached * 1_000 > sent, "{name}: {reached} of {sent}");
}

macro_rules! fuzzed {
    ($($name:ident: $service:expr;)*) => {$(
        #[tokio::test]
        async fn $name() {
            fuzz(stringify!($name), $service).await;
        }
    )*};
}

fuzzed! {
    axum: enforced(router());
    by_method_with_head: enforced(by_method(true));
    by_method_with_head_as_get: enforced(by_method(false));
    serve_dir: enforced(folder());
    folder_behind_url: enforced(behind(by_url, folder()));
    folder_that_trims_names: enforced(behind(trimmed, folder()));
    folder_with_slash: enforced(behind(with_slash, folder()));
    folder_without_slash: enforced(behind(without_slash, folder()));
    url: enforced(behind(by_url, router()));
    url_by_method: enforced(behind(by_url, by_method(true)));
    decoding: enforced(behind(decoded, router()));
    recoding: enforced(behind(recoded, router()));
    decoding_before_url: enforced(behind(|path| by_url(&decoded(path)), router()));
    decoding_behind_url: enforced(behind(|path| decoded(&by_url(path)), router()));
    decoding_twice: enforced(behind(|path| decoded(&decoded(path)), router()));
    with_a_slash: enforced(behind(with_slash, router()));
    without_a_slash: enforced(behind(without_slash, router()));
    without_a_slash_by_method: enforced(behind(without_slash, by_method(false)));
    trimming: enforced(behind(trimmed, router()));
    servlet: enforced(behind(as_a_servlet, router()));
    servlet_that_decodes_first: enforced(behind(|path| as_a_servlet(&decoded(path)), router()));
    servlet_that_decodes_last: enforced(behind(|path| decoded(&as_a_servlet(path)), router()));
    nested: Any::new(services::nested());
    nested_behind_url: services::rewritten(by_url);
    nested_behind_decoding: services::rewritten(decoded);
    nested_and_rewritten: services::rewritten(|path| match path.len() % 3 {
        0 => format!("/files{path}"),
        1 => path.replace("files", "admin"),
        _ => path.to_owned(),
    });
    stripped: services::stripped();
}
