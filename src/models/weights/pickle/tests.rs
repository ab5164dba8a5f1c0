//! Files of PyTorch that PyTorch wrote, and a thousand that nobody should write.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::path::Path;

use super::testing::archive;
use super::*;
use crate::models::weights::WeightsFile;

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden/esm_family")
        .join(name)
}

/// The bits of a tensor in f32.
fn bits(file: &WeightsFile, name: &str) -> (Vec<usize>, Vec<u32>) {
    let tensor = file.tensors.load(name, &Device::Cpu).unwrap();
    let values = tensor.to_dtype(DType::F32).unwrap().flatten_all().unwrap();
    let values: Vec<f32> = values.to_vec1().unwrap();
    (
        tensor.dims().to_vec(),
        values.into_iter().map(f32::to_bits).collect(),
    )
}

#[test]
fn a_checkpoint_of_fair_esm_has_the_same_bits_as_its_safetensors() {
    let pickled = WeightsFile::open(&golden("fair_esm.pt")).unwrap();
    let mapped = WeightsFile::open(&golden("weights.safetensors")).unwrap();
    let names = pickled.tensor_names();
    assert_eq!(names.len(), 41);
    for name in &names {
        // The output matrix is tied there.
        let own = match name.as_str() {
            "lm_head.decoder.weight" => "esm.embeddings.word_embeddings.weight",
            other => other,
        };
        assert_eq!(bits(&pickled, name), bits(&mapped, own), "{name}");
    }
    let words = "esm.embeddings.word_embeddings.weight";
    assert_eq!(
        pickled.are_equal("lm_head.decoder.weight", words),
        Some(true)
    );
    assert_eq!(pickled.are_equal("lm_head.bias", words), Some(false));
}

#[test]
fn tensors_of_lightning_are_read_in_every_order_and_number_type() {
    let file = WeightsFile::open(&golden("lightning.ckpt")).unwrap();
    assert_eq!(
        file.tensor_names(),
        ["parameter", "part", "scalar", "turned", "whole"]
    );
    for (name, shape, values) in [
        (
            "turned",
            &[3_usize, 2] as &[usize],
            &[0.0_f32, 3.0, 1.0, 4.0, 2.0, 5.0] as &[f32],
        ),
        ("part", &[2], &[3.0, 4.0]),
        ("scalar", &[], &[2.5]),
        ("parameter", &[2, 1, 2], &[1.0; 4]),
        ("whole", &[2], &[1.0, -2.0]),
    ] {
        let values: Vec<u32> = values.iter().map(|v| v.to_bits()).collect();
        assert_eq!(bits(&file, name), (shape.to_vec(), values), "{name}");
    }
}

#[test]
fn the_form_before_1_6_is_refused_with_its_conversion() {
    let error = WeightsFile::open(&golden("old.pt"))
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("before 1.6") && error.contains("weights_only=True"),
        "{error}"
    );
}

fn open(bytes: &[u8]) -> Result<Pickled, ModelError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("some.pt");
    std::fs::write(&path, bytes).unwrap();
    let pickled = Pickled::open(&path)?;
    for name in pickled.names() {
        pickled.load(name, &Device::Cpu).unwrap();
    }
    Ok(pickled)
}

/// A tensor `w` of some shape and strides over a storage of 8 bytes.
fn describing(sizes: &[u8]) -> Vec<u8> {
    let head = b"}X\x01\0\0\0wctorch._utils\n_rebuild_tensor_v2\n((X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\x000X\x03\0\0\0cpuK\x02tQ";
    [b"\x80\x02", &head[..], sizes, b"\x89}tRs."].concat()
}

#[test]
fn a_tensor_is_within_its_storage_or_the_file_is_refused() {
    let with = |sizes: &[u8]| {
        let pickle = describing(sizes);
        open(&archive(&[("a/data.pkl", &pickle), ("a/data/0", &[1; 8])]))
    };
    assert!(with(b"K\0K\x02\x85K\x01\x85").is_ok());
    for (sizes, words) in [
        (b"K\0K\x03\x85K\x01\x85" as &[u8], "beyond its storage"),
        (b"K\x01K\x02\x85K\x01\x85", "beyond its storage"),
        // Four billion times the same number, and a shape whose size is no number.
        (b"K\0J\xff\xff\xff\x7f\x85K\0\x85", "beyond its storage"),
        (
            b"K\0J\xff\xff\xff\x7fJ\xff\xff\xff\x7fJ\xff\xff\xff\x7f\x87K\0K\0K\0\x87",
            "beyond its storage",
        ),
        (
            b"\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7fK\0\x85K\x01\x85",
            "beyond its storage",
        ),
        (b"K\0J\xff\xff\xff\xff\x85K\x01\x85", "no size"),
        (b"K\0K\x02\x85)", "as many strides"),
    ] {
        let error = with(sizes).err().unwrap().to_string();
        assert!(error.contains(words), "{words}: {error}");
    }
    let pickle = describing(b"K\0K\x02\x85K\x01\x85");
    let error = open(&archive(&[("a/data.pkl", &pickle)])).err().unwrap();
    assert!(error.to_string().contains("not there"), "{error}");
}

#[test]
fn pickles_that_stand_for_too_much_are_refused() {
    let twice = b"h\0h\0\x86q\0".repeat(60);
    let doubling = [b"\x80\x02)q\0", &twice[..], b"."].concat();
    let deep = [b"\x80\x02)", &b"\x85".repeat(1_000_000)[..], b"."].concat();
    let long = b"\x80\x02X\xff\xff\xff\xff.".to_vec();
    let large = b"\x80\x02\x8a\xff\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01.".to_vec();
    for (pickle, words) in [
        (doubling, "more values"),
        (deep, "deep"),
        (long, "longer than it"),
        (large, "64 bits"),
        (b"\x80\x02\x85.".to_vec(), "never gave"),
        (b"\x80\x02h\0.".to_vec(), "never kept"),
        (b"\x80\x02t.".to_vec(), "never opened"),
        (b"\x80\x02\xff.".to_vec(), "not known"),
        (b"\x80\x02}".to_vec(), "no end"),
        (b"\x80\x02].".to_vec(), "no dictionary"),
        (b"\x80\x02}.".to_vec(), "no tensors"),
    ] {
        let error = open(&archive(&[("data.pkl", &pickle)]))
            .err()
            .unwrap()
            .to_string();
        assert!(
            error.contains(words) && error.len() < 900,
            "{words}: {error}"
        );
    }
}

#[test]
fn a_thousand_damaged_files_are_read_or_refused() {
    let (mut read, mut refused) = (0, 0);
    let mut state = 1_u64;
    let mut random = |below: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    for name in ["fair_esm.pt", "lightning.ckpt"] {
        let whole = std::fs::read(golden(name)).unwrap();
        for round in 0..500 {
            let mut bytes = whole.clone();
            // The pickle is the first file of the archive; its directory stands last.
            let range = match round % 3 {
                0 => 0..bytes.len().min(6000),
                1 => bytes.len().saturating_sub(3000)..bytes.len(),
                _ => 0..bytes.len(),
            };
            for _ in 0..=random(6) {
                let at = range.start + random(range.len());
                bytes[at] = random(256) as u8;
            }
            if round % 7 == 0 {
                bytes.truncate(random(bytes.len()));
            }
            match open(&bytes) {
                Ok(_) => read += 1,
                Err(_) => refused += 1,
            }
        }
    }
    assert_eq!(read + refused, 1000);
    assert!(read > 100 && refused > 300, "{read} {refused}");
}
