//! However the program is left, it goes: by its key in the middle of jobs, and when its terminal is gone.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use portable_pty::{CommandBuilder, PtySize, native_pty_system};

use super::session::start;

fn adenylate_kinase() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/structures/1ake.cif.gz")
}

#[test]
fn the_key_leaves_after_many_changes_of_the_source() {
    let mut session = start(
        &[&adenylate_kinase(), Path::new("--chain"), Path::new("all")],
        &[],
    );
    session.wait_for("A:1 MET");
    for _ in 0..25 {
        session.keys("s");
    }
    session.keys("q");
    assert_eq!(session.exit_code(), 0);
    assert!(session.is_restored());
}

/// Opens a protein on a terminal that is closed as soon as jobs run; the process must go by itself, told
/// by the signal or, where that is ignored, by the end of the file alone.
fn goes_with_its_terminal(hang_up_is_ignored: bool) {
    let pair = native_pty_system().openpty(PtySize::default()).unwrap();
    let home = tempfile::tempdir().unwrap();
    let mut command = CommandBuilder::new("/bin/sh");
    let trap = if hang_up_is_ignored {
        "trap '' HUP; "
    } else {
        ""
    };
    command.args(["-c", &format!("{trap}exec \"$0\" \"$@\"")]);
    command.arg(env!("CARGO_BIN_EXE_dynascope"));
    command.args(["--chain", "all"]);
    command.arg(adenylate_kinase());
    command.env("HOME", home.path());
    command.env("TERM", "xterm-256color");
    command.env("COLORFGBG", "15;0");
    let mut child = pair.slave.spawn_command(command).unwrap();
    drop(pair.slave);
    let mut reader = pair.master.try_clone_reader().unwrap();
    let mut writer = pair.master.take_writer().unwrap();
    let mut seen = Vec::new();
    let mut bytes = [0; 1 << 14];
    while !String::from_utf8_lossy(&seen).contains("RMSF") {
        let count = reader.read(&mut bytes).unwrap();
        seen.extend_from_slice(&bytes[..count]);
    }
    writer.write_all(b"ss").unwrap();
    drop((reader, writer, pair.master));
    let end = Instant::now() + Duration::from_mins(1);
    while child.try_wait().unwrap().is_none() {
        let gone = Instant::now() < end;
        if !gone {
            child.kill().unwrap();
        }
        assert!(gone, "it outlives its terminal");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_closed_terminal_ends_the_program() {
    goes_with_its_terminal(false);
}

#[test]
fn a_closed_terminal_ends_a_program_that_ignores_the_hang_up() {
    goes_with_its_terminal(true);
}
