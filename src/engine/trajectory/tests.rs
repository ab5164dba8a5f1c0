//! Files that MDAnalysis wrote, cut, broken and made up.

use super::*;

const XTC: &[u8] = include_bytes!("../../../tests/golden/simulation/run.xtc");
const TRR: &[u8] = include_bytes!("../../../tests/golden/simulation/run.trr");
const DCD: &[u8] = include_bytes!("../../../tests/golden/simulation/run.dcd");
const BIG_ENDIAN: &[u8] = include_bytes!("../../../tests/golden/simulation/big-endian.dcd");

/// A run from bytes, and the folder that holds it.
fn run(bytes: &[u8]) -> (tempfile::TempDir, Result<Run, TrajectoryError>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run");
    std::fs::write(&path, bytes).unwrap();
    let run = Run::open(&path, &());
    (folder, run)
}

fn frame(run: &Run, frame: usize, atoms: Vec<usize>) -> Result<Vec<Vec3>, TrajectoryError> {
    let mut out = Vec::new();
    run.read(&mut run.handle()?, frame, &Pick::new(atoms), &mut out)?;
    Ok(out)
}

#[test]
fn every_format_reads_as_mdanalysis_does() {
    let golden = include_str!("../../../tests/golden/simulation/expected.json");
    let golden: serde_json::Value = serde_json::from_str(golden).unwrap();
    let files = [
        ("run.xtc", XTC),
        ("run.trr", TRR),
        ("run.dcd", DCD),
        ("run.dcd", BIG_ENDIAN),
    ];
    for (name, bytes) in files {
        let (_folder, run) = run(bytes);
        let run = run.unwrap();
        assert_eq!(
            (run.atoms(), run.len(), run.cut()),
            (76, 24, None),
            "{name}"
        );
        for (key, number, atom) in [
            ("last_atom_of_frame_5", 4, 75),
            ("first_atom_of_last_frame", 23, 0),
        ] {
            let found = frame(&run, number, vec![atom]).unwrap()[0];
            for (k, x) in found.iter().enumerate() {
                let expected = golden[name][key][k].as_f64().unwrap();
                assert!((x - expected).abs() < 1e-4, "{name} {key}: {x} {expected}");
            }
        }
        // Picked atoms are those atoms.
        let (some, all) = (vec![3, 40, 75], (0..76).collect());
        let (some, all) = (frame(&run, 9, some).unwrap(), frame(&run, 9, all).unwrap());
        assert_eq!(some, [all[3], all[40], all[75]], "{name}");
    }
}

#[test]
fn a_file_that_is_cut_gives_its_whole_frames() {
    for bytes in [XTC, TRR, DCD] {
        let (_folder, found) = run(&bytes[..bytes.len() - 7]);
        let found = found.unwrap();
        assert_eq!(found.len(), 23);
        let said = found.cut().unwrap();
        assert!(said.ends_with("its 23 whole frames are used"), "{said}");
        assert!(frame(&found, 22, vec![75]).is_ok());
        let (_folder, nothing) = run(&bytes[..60]);
        assert!(nothing.is_err());
    }
    let mut joined = XTC.to_vec();
    joined.extend(b"no frame, but long enough to be taken for the header of another one");
    let (_folder, found) = run(&joined);
    let said = found.unwrap().cut().unwrap();
    assert!(said.contains("what follows is no frame"), "{said}");
}

#[test]
fn what_is_none_or_broken_is_said() {
    for bytes in [&b"ATOM      1  N   MET A   1"[..], b"", b"short"] {
        let (_folder, found) = run(bytes);
        assert!(matches!(found, Err(TrajectoryError::Foreign { .. })));
    }
    let gone = Run::open("no/such/run.xtc".as_ref(), &())
        .unwrap_err()
        .to_string();
    assert!(gone.starts_with("no/such/run.xtc: "), "{gone}");
    // The compressed coordinates of the first frame.
    let mut broken = XTC.to_vec();
    broken[92..300].fill(0xff);
    let (_folder, found) = run(&broken);
    let read = frame(&found.unwrap(), 0, (0..76).collect());
    if let Err(error) = read {
        assert!(error.to_string().contains("frame 1"), "{error}");
    }
    let mut fixed = DCD.to_vec();
    fixed[8 + 32] = 9;
    let (_folder, found) = run(&fixed);
    assert!(found.unwrap_err().to_string().contains("9 atoms are fixed"));
    let mut nan = TRR.to_vec();
    let last = nan.len() - 4;
    nan[last..].copy_from_slice(&f32::NAN.to_be_bytes());
    let (_folder, found) = run(&nan);
    let error = frame(&found.unwrap(), 23, vec![75])
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("frame 24: a coordinate is no number"),
        "{error}"
    );
}

/// A TRR frame in double precision; `positions` in nm.
fn double(positions: &[f64], with_velocities: bool) -> Vec<u8> {
    let size = 8 * positions.len() as i32;
    let velocities = if with_velocities { size } else { 0 };
    let atoms = positions.len().max(6) as i32 / 3;
    let mut bytes = Vec::new();
    for number in [1993, 13, 12] {
        bytes.extend(i32::to_be_bytes(number));
    }
    bytes.extend(b"GMX_trn_file");
    for number in [0, 0, 72, 0, 0, 0, 0, size, velocities, 0, atoms, 5, 0] {
        bytes.extend(i32::to_be_bytes(number));
    }
    bytes.extend([0.0, 0.0].map(f64::to_be_bytes).concat());
    bytes.extend([8.0; 9].map(f64::to_be_bytes).concat());
    bytes.extend(positions.iter().flat_map(|x| x.to_be_bytes()));
    if with_velocities {
        bytes.extend(positions.iter().flat_map(|_| 7.0_f64.to_be_bytes()));
    }
    bytes
}

#[test]
fn trr_in_double_precision_with_velocities_and_frames_without_positions() {
    let bytes = [
        double(&[0.1, 0.2, 0.3, 1.0, 2.0, 3.0], true),
        double(&[], false),
        double(&[0.4, 0.5, 0.6, 4.0, 5.0, 6.0], false),
    ];
    let (_folder, found) = run(&bytes.concat());
    let found = found.unwrap();
    assert_eq!((found.len(), found.atoms(), found.cut()), (2, 2, None));
    let second = frame(&found, 1, vec![0, 1]).unwrap();
    assert_eq!(
        second,
        [Vec3::new(4.0, 5.0, 6.0), Vec3::new(40.0, 50.0, 60.0)]
    );
}
