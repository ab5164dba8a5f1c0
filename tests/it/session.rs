//! The real program on a real pseudo-terminal: opened, moved in, asked for help, left.

use std::io::{Read, Write};
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

const PATIENCE: Duration = Duration::from_mins(1);
const SHORTLY: Duration = Duration::from_millis(700);

type Judge = Box<dyn Fn(&dyn MasterPty) -> bool>;

pub struct Session {
    parser: vt100::Parser,
    output: Receiver<Vec<u8>>,
    input: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    raw: Vec<u8>,
    /// Answers as a kitty does; how much of `raw` has its answer.
    kitty: Option<usize>,
    /// Says nothing of pictures, though.
    knows_no_pictures: bool,
    master: Box<dyn MasterPty + Send>,
    /// Whether the terminal's line discipline is as it was before the program.
    cooked: Judge,
    home: tempfile::TempDir,
}

pub fn structure() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/structures/1ubi.pdb")
}

pub fn start(arguments: &[&Path], environment: &[(&str, &str)]) -> Session {
    let (rows, columns) = (40, 120);
    let size = PtySize {
        rows,
        cols: columns,
        pixel_width: 0,
        pixel_height: 0,
    };
    let pair = native_pty_system().openpty(size).unwrap();
    let home = tempfile::tempdir().unwrap();
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_dynascope"));
    command.env_clear();
    command.env("HOME", home.path());
    command.env("TERM", "xterm-256color");
    command.env("COLORTERM", "truecolor");
    command.env("COLORFGBG", "15;0");
    command.env("LANG", "C.UTF-8");
    for (name, value) in environment {
        command.env(name, value);
    }
    for argument in arguments {
        command.arg(argument);
    }
    let before = pair.master.get_termios().unwrap();
    let child = pair.slave.spawn_command(command).unwrap();
    drop(pair.slave);
    let mut reader = pair.master.try_clone_reader().unwrap();
    let (sender, output) = channel();
    std::thread::spawn(move || {
        let mut bytes = [0; 1 << 14];
        while let Ok(n @ 1..) = reader.read(&mut bytes) {
            if sender.send(bytes[..n].to_vec()).is_err() {
                return;
            }
        }
    });
    Session {
        parser: vt100::Parser::new(
            NonZero::new(rows).unwrap(),
            NonZero::new(columns).unwrap(),
            0,
        ),
        output,
        input: pair.master.take_writer().unwrap(),
        child,
        raw: Vec::new(),
        kitty: None,
        knows_no_pictures: false,
        cooked: Box::new(move |master| master.get_termios().unwrap() == before),
        master: pair.master,
        home,
    }
}

impl Session {
    fn take(&mut self, wait: Duration) -> usize {
        let Ok(bytes) = self.output.recv_timeout(wait) else {
            return 0;
        };
        self.parser.process(&bytes);
        self.raw.extend_from_slice(&bytes);
        self.answer();
        bytes.len()
    }

    fn answer(&mut self) {
        let Some(answered) = self.kitty else { return };
        let asked = String::from_utf8_lossy(&self.raw[answered..]).into_owned();
        let answer = if asked.contains("\x1b[5n") && self.knows_no_pictures {
            ""
        } else if asked.contains("\x1b[5n") {
            "\x1b_Gi=31;OK\x1b\\\x1b_Gi=32;OK\x1b\\\x1b[?62c\x1b[6;20;10t\x1b[0n"
        } else if asked.contains("\x1b]11;?") && asked.contains("\x1b[c") {
            "\x1b]10;rgb:dddd/dddd/dddd\x1b\\\x1b]11;rgb:1010/1010/1010\x1b\\\x1b[?62c"
        } else if asked.contains("\x1b[c") && !asked.contains("\x1b_G") {
            "\x1b[?62c"
        } else {
            return;
        };
        self.kitty = Some(self.raw.len());
        self.keys(answer);
    }

    pub fn text(&self) -> String {
        self.parser.screen().contents()
    }

    pub fn wait_for(&mut self, wanted: &str) {
        let end = Instant::now() + PATIENCE;
        while !self.text().contains(wanted) {
            assert!(Instant::now() < end, "no '{wanted}' on\n{}", self.text());
            self.take(Duration::from_millis(100));
        }
    }

    fn wait_until_gone(&mut self, unwanted: &str) {
        let end = Instant::now() + PATIENCE;
        while self.text().contains(unwanted) {
            assert!(
                Instant::now() < end,
                "still '{unwanted}' on\n{}",
                self.text()
            );
            self.take(Duration::from_millis(100));
        }
    }

    pub fn keys(&mut self, keys: &str) {
        self.input.write_all(keys.as_bytes()).unwrap();
        self.input.flush().unwrap();
    }

    /// Waits until nothing was written for so long; a program that never rests fails.
    pub fn rests(&mut self, quiet: Duration) {
        let end = Instant::now() + PATIENCE;
        let mut last = Instant::now();
        while last.elapsed() < quiet {
            if self.take(Duration::from_millis(50)) > 0 {
                last = Instant::now();
            }
            assert!(Instant::now() < end, "it never comes to rest");
        }
    }

    pub fn exit_code(&mut self) -> u32 {
        let end = Instant::now() + PATIENCE;
        loop {
            self.take(Duration::from_millis(20));
            if let Some(status) = self.child.try_wait().unwrap() {
                while self.take(Duration::from_millis(100)) > 0 {}
                return status.exit_code();
            }
            assert!(Instant::now() < end, "it does not end");
        }
    }

    fn is_cooked(&self) -> bool {
        (self.cooked)(&*self.master)
    }

    pub fn is_restored(&self) -> bool {
        let raw = String::from_utf8_lossy(&self.raw);
        let screen = self.parser.screen();
        self.is_cooked()
            && !screen.alternate_screen()
            && !screen.hide_cursor()
            && !screen.bracketed_paste()
            && screen.mouse_protocol_mode() == vt100::MouseProtocolMode::None
            && raw.rfind("\x1b[?1049l") > raw.rfind("\x1b[?1049h")
    }
}

#[test]
fn a_protein_is_opened_looked_at_and_left() {
    let mut session = start(&[&structure()], &[]);
    session.wait_for("A:1 MET");
    session.wait_for("RMSF · learned");
    session.rests(Duration::from_secs(2));
    session.keys("lll");
    session.wait_for("A:4 PHE");
    session.keys("?");
    session.wait_for("every command");
    session.keys("previous chain");
    session.wait_for("Previous chain");
    session.keys("\x1b");
    session.wait_until_gone("every command");
    session.keys("m");
    session.wait_for("1 marked");
    session.rests(Duration::from_secs(2));
    session.keys("\x05");
    assert_eq!(session.exit_code(), 0);
    assert!(session.is_restored());
    assert!(session.text().contains("A:4 F"), "{}", session.text());
}

#[test]
fn a_terminal_that_shows_pictures_gets_one() {
    let mut session = start(&[&structure()], &[("TERM", "xterm-kitty")]);
    session.kitty = Some(0);
    session.wait_for("RMSF · learned");
    session.rests(Duration::from_secs(2));
    assert!(!session.is_cooked(), "keys would be echoed and lost");
    let pictures = |session: &Session| {
        let raw = String::from_utf8_lossy(&session.raw).into_owned();
        raw.matches("a=T,U=1,f=32,o=z").count()
    };
    let first = pictures(&session);
    assert!(first > 0);
    // Another residue is another picture, a help text over it is none.
    session.keys("l");
    session.wait_for("A:2 GLN");
    session.rests(SHORTLY);
    let second = pictures(&session);
    assert!(second > first);
    session.keys("?");
    session.wait_for("every command");
    session.keys("\x1b");
    session.wait_until_gone("every command");
    session.keys(":graphics braille\r");
    session.wait_for("structure in braille");
    session.rests(SHORTLY);
    let third = pictures(&session);
    session.keys("l");
    session.wait_for("A:3 ILE");
    session.rests(SHORTLY);
    assert_eq!(pictures(&session), third);
    session.keys("q");
    assert_eq!(session.exit_code(), 0);
    assert!(session.is_restored());
}

#[test]
fn a_terminal_that_says_nothing_of_pictures_takes_keys_all_the_same() {
    let mut session = start(&[&structure()], &[("TERM", "xterm-kitty")]);
    session.kitty = Some(0);
    session.knows_no_pictures = true;
    session.wait_for("RMSF · learned");
    session.rests(SHORTLY);
    session.keys("l");
    session.wait_for("A:2 GLN");
    assert!(!session.is_cooked(), "keys would be echoed and lost");
    session.keys("q");
    assert_eq!(session.exit_code(), 0);
    assert!(session.is_restored());
}

#[test]
fn signals_give_the_terminal_back() {
    for signal in ["-TERM", "-HUP", "-INT"] {
        let mut session = start(&[&structure()], &[]);
        session.wait_for("A:1 MET");
        let process = session.child.process_id().unwrap().to_string();
        let sent = std::process::Command::new("kill")
            .args([signal, &process])
            .status()
            .unwrap();
        assert!(sent.success());
        session.exit_code();
        assert!(session.is_restored(), "{signal}");
    }
}

#[test]
fn the_welcome_screen_opens_an_example() {
    let mut session = start(&[], &[]);
    session.wait_for("adenylate kinase");
    session.keys("\x1b[B\r");
    session.wait_for("A:1 MET");
    session.wait_for("RMSF · learned");
    session.keys("\x03");
    assert_eq!(session.exit_code(), 0);
    assert!(session.is_restored());
}

#[test]
fn every_record_of_a_sequence_file_is_a_key_away() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("two.fasta");
    std::fs::write(&file, ">first\nMKTAYIAKQR\n>second\nGGSGGSGG\n").unwrap();
    let mut session = start(&[&file], &[]);
    session.wait_for("10 residues");
    session.keys("]");
    session.wait_for("8 residues");
    session.keys("]");
    session.wait_for("10 residues");
    session.keys("q");
    assert_eq!(session.exit_code(), 0);
}

#[test]
fn the_log_goes_to_a_file_and_not_over_the_screen() {
    let mut session = start(&[&structure()], &[("RUST_LOG", "trace")]);
    session.wait_for("RMSF · learned");
    session.rests(Duration::from_secs(2));
    let log = session.home.path().join(".local/state/dynascope/log");
    assert!(log.is_file(), "no {}", log.display());
    session.keys("q");
    assert_eq!(session.exit_code(), 0);
}

#[test]
fn a_broken_file_is_explained_and_the_program_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("broken.pdb");
    std::fs::write(&file, "this is no structure\n").unwrap();
    let mut session = start(&[&file], &[("LC_ALL", "C"), ("TERM", "vt100")]);
    session.wait_for("broken.pdb");
    session.keys("\x03");
    assert_eq!(session.exit_code(), 0);
    assert!(session.is_restored());
}

/// The files of a folder below the home of a session.
fn kept(session: &Session, ending: &str) -> Vec<PathBuf> {
    let folder = session.home.path().join(".local/state/dynascope/sessions");
    let found = std::fs::read_dir(folder)
        .unwrap()
        .flatten()
        .map(|e| e.path());
    found
        .filter(|p| p.extension().is_some_and(|e| e == ending))
        .collect()
}

#[test]
fn a_whole_session_is_written_down_and_replayed_to_the_same_files() {
    let folder = tempfile::tempdir().unwrap();
    let out = |name: &str| folder.path().join(name).display().to_string();
    let mut session = start(&[&structure()], &[]);
    session.wait_for("RMSF · learned");
    session.keys(":scan stability\r5");
    session.wait_for("ΔΔG stability");
    // Every map that was asked for is finished when nothing is drawn any more.
    session.rests(Duration::from_secs(1));
    session.keys("lljjm");
    session.wait_for("1 marked");
    session.keys("Mnear the core\r");
    session.wait_for("noted on");
    session.keys("u");
    session.wait_for("undone");
    session.keys("\x12");
    session.wait_for("done again");
    for (family, name) in [
        ("scores", "ddg.csv"),
        ("dynamics", "rmsf.pdb"),
        ("structure", "view.svg"),
        ("marks", "marks.csv"),
        ("report", "page.html"),
    ] {
        session.keys(&format!(":export {family} {}\r", out(name)));
        session.wait_for("wrote ");
        session.keys("l");
        session.wait_until_gone("wrote ");
    }
    session.keys(&format!(":export marks {}\r", out("marks.csv")));
    session.wait_for("is there already");
    session.keys("n");
    session.wait_for("was left unchanged");
    session.keys("q");
    assert_eq!(session.exit_code(), 0);
    assert!(session.is_restored());
    let table = std::fs::read_to_string(out("ddg.csv")).unwrap();
    assert!(table.starts_with("mutant,chain,residue_number"));
    assert_eq!(table.lines().count(), 1 + 76 * 19);
    let marks = std::fs::read_to_string(out("marks.csv")).unwrap();
    assert!(marks.contains("near the core"), "{marks}");

    let journal = kept(&session, "journal");
    let again = folder.path().join("again");
    let replayed = std::process::Command::new(env!("CARGO_BIN_EXE_dynascope"))
        .arg("replay")
        .arg(&journal[0])
        .arg("--out")
        .arg(&again)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&replayed.stderr).into_owned();
    assert!(replayed.status.success(), "{said}");
    for file in std::fs::read_dir(folder.path()).unwrap().flatten() {
        if file.path().is_file() {
            let (first, second) = (file.path(), again.join(file.file_name()));
            let (first, second) = (
                std::fs::read(first).unwrap(),
                std::fs::read(second).unwrap(),
            );
            assert!(first == second, "{:?} differs", file.file_name());
        }
    }
}

#[test]
fn marks_survive_and_are_offered() {
    let mut session = start(&[&structure()], &[]);
    session.wait_for("A:1 MET");
    session.keys("lmMthe second\r");
    session.wait_for("noted on");
    session.keys("q");
    assert_eq!(session.exit_code(), 0);
    let home = session.home;
    let set = home.path().to_str().unwrap();

    let mut again = start(&[Path::new("--resume")], &[("HOME", set)]);
    again.wait_for("1 marked");
    again.keys("q");
    assert_eq!(again.exit_code(), 0);

    let mut same = start(&[&structure()], &[("HOME", set)]);
    same.wait_for("1 mark and 1 note saved earlier");
    same.keys("R");
    same.wait_for("1 marked");
    same.keys("q");
    assert_eq!(same.exit_code(), 0);
}

#[test]
fn a_header_and_a_file_name_command_no_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let command = "\x1b]0;gotcha\x07";
    let file = folder.path().join(format!("a{command}.fasta"));
    std::fs::write(&file, format!(">b{command}\nMKTAYIAKQRQISF\n")).unwrap();
    let mut session = start(&[&file], &[]);
    session.wait_for("14 residues");
    session.keys("lm");
    session.wait_for("1 marked");
    session.keys("q");
    assert_eq!(session.exit_code(), 0);
    let raw = String::from_utf8_lossy(&session.raw).into_owned();
    assert!(raw.contains("gotcha") && !raw.contains(command), "{raw:?}");
    let journals = kept(&session, "journal");
    let journal = std::fs::read_to_string(&journals[0]).unwrap();
    assert!(
        journal.contains(r"a\x1b]0;gotcha\x07.fasta") && !journal.contains(command),
        "{journal:?}"
    );
    let replayed = std::process::Command::new(env!("CARGO_BIN_EXE_dynascope"))
        .arg("replay")
        .arg(&journals[0])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&replayed.stderr).into_owned();
    assert!(!said.contains("gotcha"), "the file is not found: {said}");
}
