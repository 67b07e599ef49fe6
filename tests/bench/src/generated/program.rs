//! Looks up endpoints as many times as callgrind needs.
//!
//! ```sh
//! program find|matchit|first|registered TIMES
//! ```

use std::env;
use std::error::Error;
use std::hint::black_box;

use endpoints::{Api, Registered, paths, router};
use tiergate::{Catalogue, Endpoint};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [what, times] = &arguments[..] else {
        return Err("program find|matchit|first|registered|texts TIMES".into());
    };
    let paths = paths();
    let times: u32 = times.parse()?;
    match what.as_str() {
        "find" => {
            for _ in 0..times {
                find_each(&paths);
            }
        }
        "matchit" => {
            let router = router();
            for _ in 0..times {
                match_each(&router, &paths);
            }
        }
        "first" => {
            for _ in 0..times {
                black_box(find(black_box(&paths[0])));
            }
        }
        "registered" => {
            for _ in 0..times {
                black_box(find_registered(black_box(&paths[0])));
            }
        }
        "texts" => println!("{}", Api::ENDPOINTS.iter().map(texts).sum::<usize>()),
        other => return Err(format!("what is {other}?").into()),
    }
    Ok(())
}

#[inline(never)]
fn find(path: &str) -> Option<&'static Endpoint> {
    Api::find("GET", path)
}

#[inline(never)]
fn find_registered(path: &str) -> Option<&'static Endpoint> {
    Registered::find("GET", path)
}

#[inline(never)]
fn find_each(paths: &[String]) {
    for path in paths {
        assert!(black_box(Api::find("GET", black_box(path))).is_some());
    }
}

#[inline(never)]
fn match_each(router: &matchit::Router<&'static Endpoint>, paths: &[String]) {
    for path in paths {
        assert!(black_box(router.at(black_box(path))).is_ok());
    }
}

/// Returns the length of an endpoint's own texts.
fn texts(endpoint: &Endpoint) -> usize {
    endpoint.name().len()
        + endpoint.path().unwrap_or_default().len()
        + endpoint.summary().len()
        + endpoint.module().len()
        + endpoint.file().len()
}
