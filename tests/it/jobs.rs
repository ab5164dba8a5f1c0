//! Jobs that people come with, by keys, in as few as a patient person would press.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use super::session::{Session, start, structure};

/// Keys pressed one by one, besides what is typed on a line; a line ends with one more.
#[derive(Default)]
struct Keys {
    pressed: usize,
}

/// What a job may take.
const MOST: usize = 15;

impl Keys {
    fn press(&mut self, session: &mut Session, keys: &str) {
        self.pressed += keys.chars().count();
        assert!(self.pressed <= MOST, "{} keys", self.pressed);
        session.keys(keys);
    }

    /// A key that opens a line, what is typed, and Enter.
    fn line(&mut self, session: &mut Session, opens: &str, typed: &str) {
        self.press(session, opens);
        session.keys(typed);
        self.press(session, "\r");
    }
}

/// Ubiquitin, with everything computed that is asked for at once.
fn ready() -> Session {
    let mut session = start(&[&structure()], &[]);
    session.wait_for("RMSF · learned");
    session.wait_for("ΔΔG stability");
    session.rests(Duration::from_secs(2));
    session
}

fn leave(mut session: Session) {
    session.keys("\x03");
    assert_eq!(session.exit_code(), 0);
}

fn rows(path: &Path) -> Vec<Vec<String>> {
    let mut reader = csv::Reader::from_path(path).unwrap();
    let header: Vec<String> = reader
        .headers()
        .unwrap()
        .iter()
        .map(str::to_owned)
        .collect();
    let records = reader.records().map(|r| r.unwrap());
    let rows = records.map(|r| r.iter().map(str::to_owned).collect());
    std::iter::once(header).chain(rows).collect()
}

/// The values of a column, below its name.
fn column(rows: &[Vec<String>], name: &str) -> Vec<String> {
    let at = rows[0].iter().position(|n| n == name);
    let at = at.unwrap_or_else(|| panic!("no {name} in {:?}", rows[0]));
    rows[1..].iter().map(|r| r[at].clone()).collect()
}

fn numbers(rows: &[Vec<String>], name: &str) -> Vec<f64> {
    column(rows, name)
        .iter()
        .map(|v| v.parse().unwrap())
        .collect()
}

#[test]
fn what_is_not_loaded_is_said() {
    let complex = structure().with_file_name("3mht.pdb");
    let mut session = start(&[&complex], &[]);
    session.wait_for("neighbours: DNA or RNA C, D; SAH");
    leave(session);
}

#[test]
fn which_residues_are_most_flexible_and_does_the_crystal_agree() {
    let mut session = ready();
    let mut keys = Keys::default();
    keys.press(&mut session, "7g");
    session.wait_for("76 residues · coupling with A:1");
    session.wait_for("A:76 GLY");
    // The tail of ubiquitin, and how the crystal agrees, without another key.
    let text = session.text();
    let first = text.lines().find(|l| l.contains("▌ A:")).unwrap();
    assert!(first.contains("A:76 GLY"), "{text}");
    assert!(
        text.contains("B-factors r 0.") && text.contains("ρ 0."),
        "{text}"
    );
    leave(session);
}

#[test]
fn who_moves_with_a_residue_on_the_structure() {
    let mut session = ready();
    let mut keys = Keys::default();
    keys.line(&mut session, "/", "55");
    session.wait_for("A:55 THR");
    keys.press(&mut session, "7");
    session.wait_for("coupling with A:55");
    keys.line(&mut session, ":", "residues coupling");
    keys.line(&mut session, ":", "color coupling");
    session.wait_for("coupling to A:55");
    session.rests(Duration::from_millis(700));
    let text = session.text();
    let table: Vec<&str> = text.lines().filter(|l| l.contains(" A:")).collect();
    assert!(
        table.len() > 8 && text.contains("along with A:55"),
        "{text}"
    );
    leave(session);
}

#[test]
fn the_ten_best_stabilising_mutations_away_from_a_site() {
    let folder = tempfile::tempdir().unwrap();
    let (table, script) = (folder.path().join("ten.csv"), folder.path().join("ten.pml"));
    let mut session = ready();
    let mut keys = Keys::default();
    keys.press(&mut session, "6");
    keys.line(&mut session, "f", "not (within 8 of resi 48)");
    session.wait_for("substitutions shown");
    keys.line(&mut session, ":", "top 10");
    session.wait_for("the first 10 substitutions");
    for path in [&table, &script] {
        keys.line(
            &mut session,
            ":",
            &format!("export table {}", path.display()),
        );
        session.wait_for("wrote ");
        session.keys("l");
    }
    leave(session);
    let rows = rows(&table);
    let ddg = numbers(&rows, "ddg");
    assert_eq!(ddg.len(), 10);
    assert!(
        ddg.windows(2).all(|w| w[0] <= w[1]) && ddg[9] < 0.0,
        "{ddg:?}"
    );
    assert!(!column(&rows, "residue_number").contains(&"48".to_owned()));
    let script = std::fs::read_to_string(&script).unwrap();
    let wanted = column(&rows, "mutant");
    assert!(
        wanted.iter().all(|m| script.contains(m.as_str())),
        "{script}"
    );
    assert!(script.matches("show sticks").count() <= 10);
}

#[test]
fn six_variants_of_a_colleague_are_scored_and_ranked() {
    let folder = tempfile::tempdir().unwrap();
    let (list, out) = (folder.path().join("six.txt"), folder.path().join("out.csv"));
    std::fs::write(&list, "K6R\nL8G\nA28W\nK6R:L8G\nG35S\nQ99A\n").unwrap();
    let mut session = ready();
    let mut keys = Keys::default();
    keys.line(&mut session, ":", &format!("variants {}", list.display()));
    session.wait_for("6 variants, 1 does not fit");
    session.rests(Duration::from_secs(1));
    keys.line(&mut session, ":", &format!("export {}", out.display()));
    session.wait_for("wrote ");
    leave(session);
    let rows = rows(&out);
    assert_eq!(rows.len(), 7);
    let ranks = column(&rows, "mean_rank");
    let known: Vec<f64> = ranks.iter().filter_map(|r| r.parse().ok()).collect();
    assert!(
        known.len() == 5 && known.windows(2).all(|w| w[0] <= w[1]),
        "{ranks:?}"
    );
    assert!(rows[0].contains(&"stability".to_owned()) && rows[0].contains(&"structure".to_owned()));
    assert!(column(&rows, "note")[5].contains("Q99A"), "{rows:?}");
    assert!(folder.path().join("out.csv.provenance.json").is_file());
}

#[test]
fn where_a_deep_mutational_scan_and_the_map_disagree() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (folder.path().join("dms.csv"), folder.path().join("out.csv"));
    // All alanines are said to be harmless, but one.
    let mut text = String::from("mutant,score\n");
    let sequence = "MQIFVKTLTGKTITLEVEPSDTIENVKAKIQDKEGIPPDQQRLIFAGKQLEDGRTLSDYNIQKESTLHLVLRLRGG";
    for (at, letter) in sequence.chars().enumerate().filter(|(_, l)| *l != 'A') {
        let score = if at == 6 { -3.0 } else { 0.001 * at as f64 };
        let _ = writeln!(text, "{letter}{}A,{score}", at + 1);
    }
    std::fs::write(&data, text).unwrap();
    let mut session = ready();
    let mut keys = Keys::default();
    keys.line(&mut session, ":", &format!("data {}", data.display()));
    session.wait_for("substitutions placed");
    keys.press(&mut session, "7e");
    keys.line(&mut session, ":", "residues disagreement");
    session.wait_for("disagreement▾");
    keys.line(&mut session, ":", &format!("export {}", out.display()));
    session.wait_for("wrote ");
    leave(session);
    let rows = rows(&out);
    let disagreement = column(&rows, "disagreement");
    let known: Vec<f64> = disagreement.iter().filter_map(|d| d.parse().ok()).collect();
    assert!(
        known.len() > 60 && known.windows(2).all(|w| w[0] >= w[1]),
        "{known:?}"
    );
}

#[test]
fn what_a_mutation_does_to_the_motion() {
    let weights = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/dance");
    let mut session = ready();
    let mut keys = Keys::default();
    keys.line(&mut session, ":", &format!("weights {}", weights.display()));
    session.wait_for("weights for");
    keys.line(&mut session, "/", "K48A");
    session.wait_for("1 match");
    keys.press(&mut session, "5\r");
    session.wait_for("mutant − wild type");
    let text = session.text();
    assert!(
        text.contains("K48A") && text.contains("next property"),
        "{text}"
    );
    leave(session);
}

#[test]
fn a_report_to_send_by_mail() {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("page.html");
    let mut session = ready();
    let mut keys = Keys::default();
    keys.line(
        &mut session,
        ":",
        &format!("export report {}", page.display()),
    );
    session.wait_for("wrote ");
    leave(session);
    let page = std::fs::read_to_string(&page).unwrap();
    for word in ["Best tolerated", "Most damaging", "Most mobile", "<svg"] {
        assert!(page.contains(word), "{word}");
    }
}
