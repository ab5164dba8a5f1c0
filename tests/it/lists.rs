//! Lists of variants as people bring them, scored by a small random network: the numbers are those of
//! `transformers` in float64.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const UBIQUITIN: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/assets/examples/ubiquitin.fasta"
);
const STRUCTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/structures/1ubi.pdb");

fn case(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/mutations");
    folder.join(name).display().to_string()
}

/// What came out: the exit code, a row an entry by column, and what was said.
struct Scored {
    code: i32,
    rows: Vec<std::collections::HashMap<String, String>>,
    said: String,
}

impl Scored {
    fn scores(&self) -> Vec<Option<f64>> {
        self.rows.iter().map(|r| r["score"].parse().ok()).collect()
    }

    fn column(&self, name: &str) -> Vec<&str> {
        self.rows.iter().map(|r| r[name].as_str()).collect()
    }

    fn of(&self, mutant: &str) -> f64 {
        let row = self.rows.iter().find(|r| r["mutant"] == mutant);
        row.unwrap_or_else(|| panic!("{mutant}: {}", self.said))["score"]
            .parse()
            .unwrap()
    }

    fn is(&self, wanted: &[(&str, f64)]) {
        for (mutant, score) in wanted {
            assert!(
                (self.of(mutant) - score).abs() < 1e-3,
                "{mutant} {}",
                self.of(mutant)
            );
        }
    }
}

fn run(arguments: &[&str], input: &[u8]) -> Scored {
    run_by("wt-marginals", arguments, input)
}

fn run_by(method: &str, arguments: &[&str], input: &[u8]) -> Scored {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dynascope"));
    let weights = super::golden::folder("esm2");
    command
        .args(["score", "--method", method, "--weights"])
        .arg(weights);
    command.args(arguments).env(
        "DYNASCOPE_CACHE",
        std::env::temp_dir().join("dynascope-test-cache"),
    );
    let pipe = || Stdio::piped();
    let mut child = command
        .stdin(pipe())
        .stdout(pipe())
        .stderr(pipe())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    Scored {
        code: output.status.code().unwrap(),
        rows: rows(&output.stdout),
        said: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

fn rows(bytes: &[u8]) -> Vec<std::collections::HashMap<String, String>> {
    csv::Reader::from_reader(bytes)
        .deserialize()
        .map(Result::unwrap)
        .collect()
}

fn score(input: &str, list: &str, more: &[&str]) -> Scored {
    let arguments: Vec<&str> = [input, "-m", list].iter().chain(more).copied().collect();
    run(&arguments, b"")
}

/// A list given on standard input.
fn listed(bytes: &[u8]) -> Scored {
    run(&[UBIQUITIN, "-m", "-"], bytes)
}

#[test]
fn columns_of_site_wild_type_and_mutant_are_read() {
    let odd = score(UBIQUITIN, &case("01-site-wildtype-mutant/dmsviz.csv"), &[]);
    let tidy = score(UBIQUITIN, "Q2A,Q2P,K6R,L8G", &[]);
    assert_eq!(odd.scores()[..4], tidy.scores()[..]);
    assert_eq!((odd.code, tidy.code, odd.rows.len()), (1, 0, 6));
    assert!(odd.rows[4]["note"].contains("a stop") && odd.rows[5]["note"].contains("a deletion"));
    assert_eq!(odd.column("times_seen"), ["7", "5", "11", "3", "4", "2"]);
    assert!(
        odd.said.contains("dmsviz.csv, line 6: 'T9*' is a stop"),
        "{}",
        odd.said
    );
}

#[test]
fn files_of_mavedb_are_read_row_by_row() {
    let found = score(UBIQUITIN, &case("02-mavedb-scores/scores.csv"), &[]);
    assert_eq!((found.code, found.rows.len()), (1, 18));
    found.is(&[("Q2A", -0.788), ("L8L", 0.0), ("WT", 0.0)]);
    let single = |m: &str| score(UBIQUITIN, m, &[]).of(m);
    assert!((found.of("K6A:L8G") - single("K6A") - single("L8G")).abs() < 1e-4);
    for row in &found.rows {
        assert_eq!(row["score"].is_empty(), !row["note"].is_empty(), "{row:?}");
    }
    assert!(found.column("written").contains(&"p.[Lys6Ala;Leu8Gly]"));
    assert_eq!(found.rows[0]["written_score"], "-0.35");
}

#[test]
fn what_fits_by_chance_only_is_withheld() {
    let list = case("09-chance-matches/zero_based.csv");
    let shifted = score(UBIQUITIN, &list, &["--offset", "1"]);
    assert_eq!((shifted.code, shifted.rows.len()), (0, 76));
    shifted.is(&[("P38A", -0.363), ("Q41A", -1.137), ("G76A", -0.208)]);
    let plain = score(UBIQUITIN, &list, &[]);
    assert!(plain.scores().iter().all(Option::is_none));
    assert_eq!(
        plain
            .column("note")
            .iter()
            .filter(|n| n.contains("withheld"))
            .count(),
        3
    );
    assert!(
        plain
            .said
            .contains("76 of 76 wild types agree (3 without); `--offset 1`")
    );
    assert!(
        plain.said.contains("69 more with another wild type"),
        "{}",
        plain.said
    );
    let asked = score(UBIQUITIN, &list, &["--numbering", "author"]);
    assert_eq!(asked.scores().iter().flatten().count(), 3);
    assert_eq!(score(UBIQUITIN, &list, &["--numbering", "auto"]).code, 0);
}

#[test]
fn a_list_of_two_proteins_scores_each_on_its_own() {
    let list = case("11-two-proteins/list.csv");
    let alone = score(&case("11-two-proteins/ubb.fasta"), &list, &[]);
    assert_eq!(alone.code, 1);
    assert!(alone.rows[3]["note"].contains("names SUMX, and this is UBB"));
    alone.is(&[("Q2A", -0.788)]);
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().to_str().unwrap();
    let both = score(&case("11-two-proteins/two.fasta"), &list, &["--csv", out]);
    assert_eq!(both.code, 0, "{}", both.said);
    let read = |name: &str| rows(&std::fs::read(folder.path().join(name)).unwrap());
    let sumx = read("SUMX.csv");
    let score_of = |row: usize| sumx[row]["score"].parse::<f64>().unwrap();
    assert!((score_of(3) + 2.521).abs() < 1e-3 && (score_of(4) - 2.123).abs() < 1e-3);
    assert!(sumx[0]["score"].is_empty() && read("UBB.csv").len() == 6);
}

#[test]
fn genes_that_look_like_mutations_are_genes() {
    let found = score(
        &case("29-gene-prefix/a2m.fasta"),
        &case("29-gene-prefix/a2m.csv"),
        &[],
    );
    assert_eq!(found.code, 0, "{}", found.said);
    found.is(&[("K5R", 2.385)]);
    assert!(
        found.said.contains("A2M is read as the name of a protein"),
        "{}",
        found.said
    );
}

#[test]
fn one_bad_record_leaves_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().to_str().unwrap();
    let found = score(
        &case("22-one-bad-record/proteome.fasta"),
        "T7A,A7V",
        &["--csv", out],
    );
    assert_eq!(found.code, 1);
    assert!(
        found
            .said
            .contains("record 2: sequence 'frameshifted': '*' at position 5")
    );
    let done: Vec<_> = ["good1.csv", "good2.csv"]
        .map(|f| folder.path().join(f).exists())
        .into();
    assert_eq!(done, [true, true]);
    let alone = score(&case("22-one-bad-record/a.fasta"), "T7A", &[]);
    let good = rows(&std::fs::read(folder.path().join("good1.csv")).unwrap());
    assert!((good[0]["score"].parse::<f64>().unwrap() - alone.of("T7A")).abs() < 1e-4);
}

#[test]
fn the_numbers_of_a_construct_are_proposed() {
    let (fasta, list) = (
        case("23-construct-tag/c.fasta"),
        case("23-construct-tag/construct.csv"),
    );
    let plain = score(STRUCTURE, &list, &["--sequence", &fasta]);
    assert!(
        plain
            .said
            .contains("5 of 5 wild types agree (0 without); `--numbering sequence`")
    );
    let counted = score(
        STRUCTURE,
        &list,
        &["--sequence", &fasta, "--numbering", "sequence"],
    );
    let alone = score(&fasta, &list, &[]);
    assert_eq!((counted.code, alone.code), (0, 0));
    for (a, b) in counted.scores().iter().zip(alone.scores()) {
        assert!((a.unwrap() - b.unwrap()).abs() < 1e-4);
    }
}

#[test]
fn no_first_entry_is_lost() {
    for (file, count, code) in [("hash_header.tsv", 3, 0), ("stop_first.csv", 3, 1)] {
        let found = score(UBIQUITIN, &case(&format!("25-first-row-lost/{file}")), &[]);
        assert_eq!((found.rows.len(), found.code), (count, code), "{file}");
        found.is(&[("Q2A", -0.788)]);
    }
}

#[test]
fn sites_are_counted_as_variants_are() {
    let dimer = case("31-sites-numbering/dimer.pdb");
    let counted = ["--chain", "A,B", "--numbering", "sequence"];
    let sites: Vec<&str> = [dimer.as_str(), "--sites", "B:2=A"]
        .iter()
        .chain(&counted)
        .copied()
        .collect();
    let sites = run(&sites, b"");
    let variants = score(&dimer, "B:Q2A", &counted);
    assert_eq!(sites.column("mutant"), ["B:Q2A"]);
    assert_eq!(sites.scores(), variants.scores());
    let unloaded = score(&dimer, "B:Q2A", &[]);
    assert!(unloaded.rows[0]["note"].contains("chain B is not loaded: `--chain A,B`"));
}

#[test]
fn every_odd_list_scores_as_its_tidy_twin() {
    let tidy = listed(b"mutant\nQ2A\nK6R:L8G\n");
    assert_eq!(tidy.code, 0, "{}", tidy.said);
    let text = "mutant,score\nQ2A,1\np.[Lys6Arg;Leu8Gly],2\n";
    let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(text.as_bytes()).unwrap();
    for (kind, bytes) in [
        ("UTF-16", [b"\xff\xfe", wide.as_slice()].concat()),
        ("gzip", packed.finish().unwrap()),
        (
            "Latin-1",
            b"mutant;caf\xe9\nQ2A;\xe9t\xe9\nK6R+L8G;x\n".to_vec(),
        ),
        ("FoldX", b"QA2A;\nKA6R,LA8G;\n".to_vec()),
        ("blanks", b"Q2A 0.5\nK6R_L8G 1.5\n".to_vec()),
        (
            "a lone quotation mark",
            b"mutant,note\nQ2A,\"core\nK6R:L8G,y\n".to_vec(),
        ),
        ("no header", b"Q2A\t-0.5\nK6R|L8G\t1\n".to_vec()),
        ("accession", b"P0CG47:Q2A\nP0CG47:K6R&L8G\n".to_vec()),
    ] {
        let input = if kind == "accession" {
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("u.fasta");
            let letters = std::fs::read_to_string(UBIQUITIN).unwrap();
            let letters = letters.lines().nth(1).unwrap();
            std::fs::write(&file, format!(">sp|P0CG47|UBB_HUMAN x GN=UBB\n{letters}\n")).unwrap();
            run(&[file.to_str().unwrap(), "-m", "-"], &bytes)
        } else {
            listed(&bytes)
        };
        assert_eq!(input.code, 0, "{kind}: {}", input.said);
        for (a, b) in input.scores().iter().zip(tidy.scores()) {
            assert!((a.unwrap() - b.unwrap()).abs() < 1e-4, "{kind}");
        }
    }
}

#[test]
fn own_tables_of_two_chains_are_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let file: PathBuf = folder.path().join("own.csv");
    let out = file.to_str().unwrap();
    let dimer = case("31-sites-numbering/dimer.pdb");
    let first = score(
        &dimer,
        "A:Q2A,B:K6R,A:Q2A+B:L8G",
        &["--chain", "A,B", "--csv", out],
    );
    assert_eq!(first.code, 0, "{}", first.said);
    let again = score(&dimer, out, &["--chain", "A,B"]);
    assert_eq!(again.code, 0, "{}", again.said);
    let before = rows(&std::fs::read(&file).unwrap());
    let mutants: Vec<&str> = before.iter().map(|r| r["mutant"].as_str()).collect();
    assert_eq!(again.column("mutant"), mutants);
    assert_eq!(
        again.column("written_score"),
        before
            .iter()
            .map(|r| r["score"].as_str())
            .collect::<Vec<_>>()
    );
}

#[test]
fn what_is_no_list_or_no_protein_is_refused_by_name() {
    let page = listed(b"<!DOCTYPE html><p>log in");
    assert!(
        page.code == 2 && page.said.contains("a web page"),
        "{}",
        page.said
    );
    let missing = score(UBIQUITIN, "no/such/list.csv", &[]);
    assert!(
        missing.code == 2 && missing.said.contains("no such file"),
        "{}",
        missing.said
    );
    let dna = run(&["-", "-m", "M1A"], b">cds\nATGCAGATCTTCGTGAAGACT\n");
    assert!(
        dna.code == 2 && dna.said.contains("is DNA, not a protein"),
        "{}",
        dna.said
    );
    let both = run(&["-", "-m", "-"], b">x\nMQIF\n");
    assert!(both.code == 2 && both.said.contains("standard input holds one thing"));
}

#[test]
fn a_gap_of_the_structure_is_read_from_the_sequence_of_the_file() {
    let gap = case("19-gap-in-structure/gap.pdb");
    let list = "K11A,P19A,D32G";
    let masked = |file: &str| run_by("masked-marginals", &[file, "-m", list], b"");
    let found = masked(&gap);
    found.is(&[("K11A", -0.913), ("P19A", -2.362), ("D32G", 0.569)]);
    assert!(
        found.said.contains("read from the file's sequence"),
        "{}",
        found.said
    );
    let (odd, twin) = (score(&gap, list, &[]), score(UBIQUITIN, list, &[]));
    for (a, b) in odd.scores().iter().zip(twin.scores()) {
        assert!((a.unwrap() - b.unwrap()).abs() < 1e-4);
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("gap.pdb");
    let text = std::fs::read_to_string(&gap).unwrap();
    let bare: Vec<&str> = text.lines().filter(|l| !l.starts_with("SEQRES")).collect();
    std::fs::write(&file, bare.join("\n")).unwrap();
    let unknown = masked(file.to_str().unwrap());
    assert!(unknown.said.contains("X stands for"), "{}", unknown.said);
    assert_ne!(unknown.scores(), found.scores());
}

#[test]
fn every_empty_score_has_a_note() {
    let text = std::fs::read_to_string(STRUCTURE).unwrap();
    let lacks = |l: &&str| !(l.starts_with("ATOM") && &l[12..16] == " CA " && &l[22..26] == "  40");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("incomplete.pdb");
    std::fs::write(
        &file,
        text.lines().filter(lacks).collect::<Vec<_>>().join("\n"),
    )
    .unwrap();
    let file = file.to_str().unwrap();
    for method in ["stability", "structure"] {
        let output = Command::new(env!("CARGO_BIN_EXE_dynascope"))
            .args(["score", "--method", method, file, "-m", "Q40A,Q41A,Q40Q"])
            .output()
            .unwrap();
        let rows = rows(&output.stdout);
        assert_eq!(output.status.code(), Some(1), "{method}");
        assert_eq!(
            (rows[0]["score"].as_str(), rows[0]["note"].as_str()),
            ("", "residue A:40 lacks CA")
        );
        assert!(
            rows[1]["note"].is_empty() && rows[2]["score"] == "0",
            "{method}"
        );
        let scan = Command::new(env!("CARGO_BIN_EXE_dynascope"))
            .args(["scan", "--method", method, file])
            .output()
            .unwrap();
        assert_eq!(scan.status.code(), Some(1), "{method}");
        let scanned = self::rows(&scan.stdout);
        assert!(
            scanned
                .iter()
                .all(|r| r["score"].is_empty() != r["note"].is_empty())
        );
    }
}

#[cfg(unix)]
#[test]
fn a_pipe_with_a_name_is_read_as_a_file() {
    let named = run(&[UBIQUITIN, "-m", "/dev/stdin"], b"Q2A\nK6R\n");
    assert_eq!(named.scores(), listed(b"Q2A\nK6R\n").scores());
    assert_eq!((named.code, named.rows.len()), (0, 2));
}
