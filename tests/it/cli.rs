//! The sub-commands as real processes: contracts that scripts rely on.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

const UBIQUITIN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/structures/1ubi.pdb");

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dynascope"));
    command.args(arguments);
    for name in ["HF_HOME", "HF_HUB_CACHE", "DYNASCOPE_WEIGHTS"] {
        command.env(name, "/nonexistent");
    }
    command.env(
        "DYNASCOPE_CACHE",
        std::env::temp_dir().join("dynascope-test-cache"),
    );
    command.env_remove("RUST_LOG");
    command
}

fn run(arguments: &[&str]) -> Output {
    command(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn dynamics_writes_the_table_that_scripts_rely_on() {
    let output = run(&["dynamics", UBIQUITIN, "--csv", "-"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let table = text(&output.stdout);
    let mut lines = table.lines();
    assert_eq!(
        lines.next(),
        Some(
            "chain,residue_number,insertion_code,residue,index,rmsf_angstrom,anisotropy,b_factor,secondary_structure"
        )
    );
    let rows: Vec<Vec<&str>> = lines.map(|l| l.split(',').collect()).collect();
    assert_eq!(rows.len(), 76);
    assert_eq!(rows[0][..5], ["A", "1", "", "MET", "1"]);
    assert!(
        rows.iter()
            .all(|r| r.len() == 9 && r[5].parse::<f64>().unwrap() > 0.0)
    );
    assert!(rows.iter().any(|r| r[8] == "H") && rows.iter().any(|r| r[8] == "E"));
    assert!(text(&output.stderr).contains("provenance"));
}

#[test]
fn every_format_says_where_it_comes_from_and_is_the_same_again() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    let write = |name: &str| {
        let places: Vec<PathBuf> = ["csv", "json", "npz", "pdb"]
            .iter()
            .map(|e| file(&format!("{name}.{e}")))
            .collect();
        let output = run(&[
            "dynamics",
            UBIQUITIN,
            "--csv",
            path(&places[0]),
            "--json",
            path(&places[1]),
            "--npz",
            path(&places[2]),
            "--pdb",
            path(&places[3]),
        ]);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        assert!(output.stdout.is_empty());
        places
            .iter()
            .map(|p| std::fs::read(p).unwrap())
            .collect::<Vec<_>>()
    };
    let first = write("a");
    assert_eq!(first, write("b"));
    let beside = std::fs::read_to_string(file("a.csv.provenance.json")).unwrap();
    for text in [beside, text(&first[1]), text(&first[3])] {
        let program = concat!("dynascope ", env!("CARGO_PKG_VERSION"));
        assert!(text.contains(program), "{text:.300}");
    }
    assert_npz(&first[2]);
}

fn assert_npz(bytes: &[u8]) {
    let mut archive = npyz::npz::NpzArchive::new(std::io::Cursor::new(bytes)).unwrap();
    for (name, shape) in [
        ("rmsf", vec![76]),
        ("marginals", vec![76, 3, 3]),
        ("marginals_local", vec![76, 3, 3]),
        ("coupling", vec![76, 76]),
        ("correlation", vec![76, 76]),
        ("residue_number", vec![76]),
    ] {
        let array = archive.by_name(name).unwrap().unwrap();
        assert_eq!(array.shape(), shape, "{name}");
    }
    let provenance = archive.by_name("provenance").unwrap().unwrap();
    let text: Vec<String> = provenance.into_vec().unwrap();
    assert!(text[0].contains("\"source\""), "{}", text[0]);
}

#[test]
fn the_pdb_file_has_the_rmsf_in_its_b_column() {
    let table = text(&run(&["dynamics", UBIQUITIN, "--csv", "-"]).stdout);
    let structure = text(&run(&["dynamics", UBIQUITIN, "--pdb", "-"]).stdout);
    let rmsf: f64 = table
        .lines()
        .nth(1)
        .unwrap()
        .split(',')
        .nth(5)
        .unwrap()
        .parse()
        .unwrap();
    let atom = structure.lines().find(|l| l.starts_with("ATOM")).unwrap();
    let b: f64 = atom[60..66].trim().parse().unwrap();
    assert!((b - rmsf).abs() <= 0.005 + 1e-9, "{b} {rmsf}");
    let (read, _) = dynascope::protein::read::read_bytes("x.pdb", structure.as_bytes()).unwrap();
    assert_eq!(read.models[0].chains[0].residues.len(), 76);
}

#[test]
fn an_ensemble_has_as_many_models_and_depends_on_its_seed() {
    let sample = |seed: &str| {
        let output = run(&["sample", UBIQUITIN, "-n", "5", "--seed", seed]);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        text(&output.stdout)
    };
    let one = sample("1");
    assert_eq!(one, sample("1"));
    assert_ne!(one, sample("2"));
    let (read, _) = dynascope::protein::read::read_bytes("x.pdb", one.as_bytes()).unwrap();
    assert_eq!(read.models.len(), 5);
    assert_eq!(read.models[4].chains[0].residues.len(), 76);
}

#[test]
fn standard_input_is_read() {
    let mut child = command(&["dynamics", "-", "--source", "gnm", "--csv", "-", "-q"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let bytes = std::fs::read(UBIQUITIN).unwrap();
    child.stdin.take().unwrap().write_all(&bytes).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(text(&output.stdout).lines().count(), 77);
}

#[test]
fn files_are_not_overwritten_unasked() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("a.csv");
    std::fs::write(&place, "mine").unwrap();
    let output = run(&["dynamics", UBIQUITIN, "--csv", path(&place)]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("--force"));
    assert_eq!(std::fs::read_to_string(&place).unwrap(), "mine");
    let output = run(&["dynamics", UBIQUITIN, "--csv", path(&place), "--force"]);
    assert_eq!(output.status.code(), Some(0));
    assert_ne!(std::fs::read_to_string(&place).unwrap(), "mine");
}

#[cfg(unix)]
#[test]
fn a_device_takes_a_result_and_a_missing_folder_does_not() {
    let output = run(&["dynamics", UBIQUITIN, "--csv", "/dev/null"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("provenance: {"));
    assert!(!Path::new("/dev/null.provenance.json").exists());
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("none/a.csv");
    let output = run(&["dynamics", UBIQUITIN, "--csv", path(&place)]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("there is no folder"));
    assert!(!folder.path().join("none").exists());
}

#[test]
fn a_script_of_an_example_opens_what_stands_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("a.pml");
    let arguments = [
        "dynamics",
        "example:1ubi.pdb",
        "--source",
        "gnm",
        "--pml",
        path(&script),
    ];
    let output = run(&arguments);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let written = std::fs::read_to_string(&script).unwrap();
    assert!(
        written.contains("cmd.load('a-structure.pdb', protein)") && !written.contains("example:")
    );
    std::fs::write(folder.path().join("a-structure.pdb"), "mine").unwrap();
    std::fs::remove_file(&script).unwrap();
    assert_eq!(run(&arguments).status.code(), Some(2));
    let kept = std::fs::read_to_string(folder.path().join("a-structure.pdb")).unwrap();
    assert_eq!(kept, "mine");
    let output = run(&[
        "dynamics",
        "example:1ubi.pdb",
        "--source",
        "gnm",
        "--pml",
        "-",
    ]);
    assert!(text(&output.stderr).contains("give a file's name"));
}

#[test]
fn a_command_makes_every_output_of_its_part_of_the_catalogue() {
    let folder = tempfile::tempdir().unwrap();
    let out = path(folder.path());
    let dynamics = [
        "--coupling-csv",
        "--coupling-svg",
        "--structure-svg",
        "--anisou",
    ];
    let scan = ["--csv", "--pdb", "--cif", "--svg"];
    for (command, options) in [
        (vec!["dynamics", UBIQUITIN, "--source", "gnm"], dynamics),
        (
            vec!["scan", UBIQUITIN, "--method", "structure", "--force"],
            scan,
        ),
    ] {
        let places = options.iter().flat_map(|option| [*option, out]);
        let arguments: Vec<&str> = command.into_iter().chain(places).collect();
        let output = run(&arguments);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    }
    for name in [
        "1ubi.coupling.csv",
        "1ubi.coupling.csv.provenance.json",
        "1ubi.coupling.svg",
        "1ubi.structure.svg",
        "1ubi.anisou.pdb",
        "1ubi.csv",
        "1ubi.csv.provenance.json",
        "1ubi.pdb",
        "1ubi.cif",
        "1ubi.svg",
    ] {
        assert!(folder.path().join(name).exists(), "{name}");
    }
}

#[test]
fn many_inputs_go_on_after_a_bad_one_and_resume() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let other = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/structures/altloc.pdb");
    let arguments = [
        "dynamics",
        UBIQUITIN,
        "/no/such.pdb",
        other,
        "--csv",
        path(&out),
    ];
    let output = run(&arguments);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("/no/such.pdb"));
    assert!(out.join("1ubi.csv").exists() && out.join("altloc.csv").exists());
    let again = run(&arguments);
    assert!(text(&again.stderr).contains("skipped"));
    let shard = folder.path().join("shard");
    run(&[
        "dynamics",
        UBIQUITIN,
        other,
        "--shard",
        "2/2",
        "--csv",
        path(&shard),
    ]);
    assert!(!shard.join("1ubi.csv").exists() && shard.join("altloc.csv").exists());
}

#[test]
fn what_is_not_there_says_how_to_get_it() {
    let output = run(&["scan", "MKTAYIAKQRQISFVK", "--method", "masked-marginals"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        text(&output.stderr).contains("weights fetch"),
        "{}",
        text(&output.stderr)
    );
    assert!(output.stdout.is_empty());
    let output = run(&["dynamics", UBIQUITIN, "--chain", "Q"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("no protein chain 'Q'"));
    let output = run(&["dynamics", UBIQUITIN, "--no-such-option"]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn a_reader_that_had_enough_is_no_error() {
    let mut child = command(&["dynamics", UBIQUITIN, "--json", "-"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn the_machine_can_be_examined() {
    for arguments in [
        &["doctor", "--no-speed"] as &[&str],
        &["selftest", "--no-speed", "--device", "cpu"],
        &["weights", "list"],
        &["weights", "path"],
        &["completions", "bash"],
        &["man"],
        &["--version"],
    ] {
        let output = run(arguments);
        assert_eq!(
            output.status.code(),
            Some(0),
            "{arguments:?} {}",
            text(&output.stderr)
        );
        assert!(!output.stdout.is_empty(), "{arguments:?}");
    }
}

/// No byte that a terminal obeys, but the ends of lines.
fn assert_harmless(bytes: &[u8]) {
    let told = text(bytes);
    let obeyed = |c: char| c.is_control() && c != '\n' && c != '\t';
    assert!(!told.contains(obeyed), "{told:?}");
}

#[test]
fn text_from_files_commands_no_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, content: &str| {
        let file = folder.path().join(name);
        std::fs::write(&file, content).unwrap();
        path(&file).to_owned()
    };
    let escape = "\x1b]0;title\x07\u{9b}31m";
    let structure = std::fs::read_to_string(UBIQUITIN).unwrap();
    let header = write("header.fasta", &format!(">a{escape}\nMKTAYIAKQR1\n"));
    let named = write(&format!("a{escape}.pdb"), "no structure\n");
    let chain: Vec<String> = structure
        .lines()
        .filter(|l| l.starts_with("ATOM"))
        .map(|l| format!("{}\x1b{}", &l[..21], &l[22..]))
        .collect();
    let chain = write("chain.pdb", &chain.join("\n"));
    let list = write("list.txt", &format!("M1{escape}\n"));
    let runs: [&[&str]; 4] = [
        &["scan", &header, "--method", "masked-marginals"],
        &["dynamics", &named],
        &["dynamics", &chain, "--chain", "Q"],
        &[
            "score",
            UBIQUITIN,
            "--method",
            "stability",
            "--mutations",
            &list,
        ],
    ];
    for arguments in runs {
        let output = run(arguments);
        assert!(!output.stderr.is_empty(), "{arguments:?}");
        assert_harmless(&output.stderr);
        assert!(
            text(&output.stderr).contains("1b"),
            "{arguments:?}: {}",
            text(&output.stderr)
        );
    }
}
