//! Which endpoint of a catalogue answers a path, whatever the order of its list.

use tiergate::{Catalogue, Endpoint, requires_tier};

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Pro,
}

#[requires_tier(Free, get = "/files/{*rest}")]
fn any_file() {}

#[requires_tier(Pro, get = "/files/{id}")]
fn one_file() {}

#[requires_tier(Pro, get = "/files/@{name}")]
fn named_file() {}

#[requires_tier(Pro, get = "/files/all")]
fn all_files() {}

#[requires_tier(Free, get = "/{area}/all")]
fn all() {}

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(any_file, all, one_file, named_file, all_files))]
struct TheLeastSpecificFirst;

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(all_files, named_file, one_file, all, any_file))]
struct TheMostSpecificFirst;

#[derive(Catalogue)]
#[catalogue(tier = Tier)]
struct Registered;

#[test]
fn the_most_specific_endpoint_answers_whatever_is_listed_first() {
    for find in [
        TheLeastSpecificFirst::find,
        TheMostSpecificFirst::find,
        Registered::find,
    ] {
        for (path, expected) in [
            ("/files/all", Some("all_files")),
            ("/files/@ada", Some("named_file")),
            ("/files/@", Some("one_file")),
            ("/files/7", Some("one_file")),
            ("/files/{id}", Some("one_file")),
            ("/files/{*rest}", Some("one_file")),
            ("/files/7/", Some("any_file")),
            ("/files/7/all", Some("any_file")),
            ("/units/all", Some("all")),
            ("/files/", None),
            ("/units/7", None),
        ] {
            assert_eq!(find("GET", path).map(Endpoint::name), expected, "{path}");
        }
    }
}
