//! Entries by their ids, as the program runs: refused, fetched, and used again without a server.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output};

fn run(structures: &Path, server: &str, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dynascope"));
    command.args(arguments).env_remove("RUST_LOG");
    command.env("DYNASCOPE_STRUCTURES", structures);
    command.env("DYNASCOPE_PDB_URL", server);
    command.output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Answers every request with haemoglobin, packed.
fn haemoglobin() -> String {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/structures/4hhb.pdb");
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(&std::fs::read(file).unwrap()).unwrap();
    let body = packed.finish().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let mut line = String::new();
            while reader.read_line(&mut line).is_ok_and(|n| n > 2) {
                line.clear();
            }
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                body.len()
            );
            drop(
                stream
                    .write_all(head.as_bytes())
                    .and_then(|()| stream.write_all(&body)),
            );
        }
    });
    address
}

#[test]
fn an_entry_is_downloaded_when_asked_and_used_without_a_server_from_then_on() {
    let folder = tempfile::tempdir().unwrap();
    let nobody = "http://127.0.0.1:9";
    let dynamics = ["dynamics", "4hhb.B", "--source", "gnm", "--csv", "-"];
    let refused = run(folder.path(), nobody, &dynamics);
    assert_eq!(refused.status.code(), Some(2));
    let said = text(&refused.stderr);
    assert!(
        said.contains("PDB entry 4HHB is not on this machine; --fetch"),
        "{said}"
    );
    let with = |option: &'static str| [&dynamics[..], &[option]].concat();
    let offline = run(folder.path(), nobody, &with("--offline"));
    assert!(
        text(&offline.stderr).contains("--offline forbids"),
        "{}",
        text(&offline.stderr)
    );
    let fetched = run(folder.path(), &haemoglobin(), &with("--fetch"));
    assert_eq!(fetched.status.code(), Some(0), "{}", text(&fetched.stderr));
    let again = run(folder.path(), nobody, &with("--offline"));
    assert_eq!(again.stdout, fetched.stdout);
    let table = text(&again.stdout);
    let chains = table.lines().skip(1).map(|line| line.starts_with("B,"));
    assert!(
        chains.clone().count() > 50 && chains.clone().all(|is_b| is_b),
        "{table}"
    );
    let unknown = run(folder.path(), nobody, &["dynamics", "4hhb.Q"]);
    assert!(
        text(&unknown.stderr).contains("no protein chain 'Q'"),
        "{}",
        text(&unknown.stderr)
    );
}

#[test]
fn a_file_of_that_name_is_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/structures/1ubi.pdb");
    std::fs::copy(file, folder.path().join("1abc")).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_dynascope"));
    command.args(["dynamics", "1abc", "--source", "gnm", "--csv", "-"]);
    command.current_dir(folder.path()).env_remove("RUST_LOG");
    let output = command.output().unwrap();
    assert_eq!(
        text(&output.stdout).lines().count(),
        77,
        "{}",
        text(&output.stderr)
    );
}
