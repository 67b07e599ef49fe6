//! Compares `find` with matchit on the same templates.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use endpoints::{Api, paths, router};
use std::hint::black_box;
use tiergate::Catalogue;

fn find(criterion: &mut Criterion) {
    let paths = paths();
    let router = router();
    let mut group = criterion.benchmark_group("every path once");
    group.throughput(Throughput::Elements(paths.len() as u64));
    group.bench_function("tiergate", |bencher| {
        bencher.iter(|| {
            for path in &paths {
                black_box(Api::find("GET", black_box(path)));
            }
        });
    });
    group.bench_function("matchit", |bencher| {
        bencher.iter(|| {
            for path in &paths {
                black_box(router.at(black_box(path)).is_ok());
            }
        });
    });
    group.finish();
}

criterion_group!(benches, find);
criterion_main!(benches);
