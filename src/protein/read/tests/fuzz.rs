//! Bytes that no program wrote: nothing panics, hangs or grows without end.

use super::*;
use rand::{Rng, RngExt as _, SeedableRng as _};

/// Changed copies of each seed; enough to meet every branch, few enough for every run of the tests.
const ROUNDS: usize = 40;
/// Bytes of a seed that are kept.
const KEPT: usize = 8000;

fn seeds() -> Vec<(String, Vec<u8>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let mut seeds = Vec::new();
    for folder in ["structures", "cases/structures"] {
        for entry in std::fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let bytes = std::fs::read(&path).unwrap();
            let unpacked = text::unpack(&bytes).unwrap().unwrap_or(bytes);
            let name = path.file_name().unwrap().to_str().unwrap();
            let name = name.strip_suffix(".gz").unwrap_or(name).to_owned();
            let start = unpacked.len().min(KEPT / 2);
            let middle = unpacked.len() / 2;
            let end = (middle + KEPT / 2).min(unpacked.len());
            seeds.push((name, [&unpacked[..start], &unpacked[middle..end]].concat()));
        }
    }
    seeds.sort();
    seeds
}

fn flip(bytes: &mut [u8], random: &mut impl Rng, times: usize) {
    for _ in 0..times {
        let at = random.random_range(0..bytes.len());
        bytes[at] = random.random_range(0..=255);
    }
}

/// Lines are dropped, doubled, moved and cut.
fn reorder(bytes: &[u8], random: &mut impl Rng) -> Vec<u8> {
    let mut lines: Vec<&[u8]> = bytes.split_inclusive(|b| *b == b'\n').collect();
    for _ in 0..random.random_range(1..20) {
        let (a, b) = (
            random.random_range(0..lines.len()),
            random.random_range(0..lines.len()),
        );
        match random.random_range(0..4) {
            0 => lines.swap(a, b),
            1 => lines.insert(a, lines[b]),
            2 => lines[a] = &lines[a][..random.random_range(0..=lines[a].len())],
            _ if lines.len() > 1 => drop(lines.remove(a)),
            _ => {}
        }
    }
    lines.concat()
}

#[test]
fn whatever_the_bytes_nothing_panics() {
    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(7);
    for (name, original) in seeds() {
        for round in 0..ROUNDS {
            let mut bytes = reorder(&original, &mut random);
            if bytes.is_empty() {
                continue;
            }
            flip(&mut bytes, &mut random, round);
            if round % 4 == 0 {
                bytes.truncate(random.random_range(1..=bytes.len()));
            }
            if let Err(error) = read_bytes(&name, &bytes) {
                assert!(error.to_string().starts_with(&name));
            }
        }
    }
}

#[test]
fn a_stream_that_unpacks_without_end_is_refused() {
    use std::io::Write as _;
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    let blank = vec![b' '; 1 << 20];
    (0..40).for_each(|_| packed.write_all(&blank).unwrap());
    let error = read_bytes("x.pdb.gz", &packed.finish().unwrap()).unwrap_err();
    assert!(error.to_string().contains("without end"), "{error}");
}
