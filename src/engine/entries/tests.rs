//! The whole way from servers on loopback to opened entries, with everything that can go wrong.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use super::*;

const UBIQUITIN: &[u8] = include_bytes!("../../../tests/structures/1ubq.cif");

/// How the server treats who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mood {
    Kind,
    /// Sends the caller on once.
    Redirects,
    /// 404.
    Empty,
    /// Hangs up in the middle.
    Truncates,
    /// A gzip file without its end, whole as it is sent.
    CutsTheFile,
    /// A page to log in.
    Page,
    /// 500.
    Broken,
    /// Closes without a word.
    Mute,
}

fn packed() -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(UBIQUITIN).unwrap();
    packed.finish().unwrap()
}

/// A server, what it was asked for, and entries that it has.
fn served(mood: Mood) -> (tempfile::TempDir, Entries, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let log: Arc<Mutex<Vec<String>>> = Arc::default();
    let (own, asked) = (address.clone(), Arc::clone(&log));
    // Ends with the process: it waits for connections that no longer come.
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            drop(answer(&stream, mood, &own, &asked));
        }
    });
    let folder = tempfile::tempdir().unwrap();
    let entries = Entries::new(
        folder.path().to_owned(),
        &format!("{address}/pdb"),
        &address,
    );
    (folder, entries, log)
}

fn answer(
    stream: &TcpStream,
    mood: Mood,
    own: &str,
    log: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut first = String::new();
    reader.read_line(&mut first)?;
    let mut line = String::new();
    while reader.read_line(&mut line)? > 2 {
        line.clear();
    }
    let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
    log.lock().unwrap().push(path.clone());
    let mut out = stream;
    let empty = |out: &mut &TcpStream, status: &str, extra: &str| {
        write!(
            out,
            "HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n{extra}\r\n"
        )
    };
    let body = match (mood, path.as_str()) {
        (Mood::Mute, _) => return Ok(()),
        (Mood::Empty, _) => return empty(&mut out, "404 Not Found", ""),
        (Mood::Broken, _) => return empty(&mut out, "500 Internal Server Error", ""),
        (Mood::Redirects, "/pdb/1UBQ.cif.gz") => {
            return empty(&mut out, "302 Found", "Location: /moved/1UBQ.cif.gz\r\n");
        }
        (Mood::Page, _) => b"<!DOCTYPE html><html>Please log in</html>".to_vec(),
        (Mood::CutsTheFile, _) => packed()[..2000].to_vec(),
        (_, "/pdb/1UBQ.cif.gz" | "/moved/1UBQ.cif.gz") => packed(),
        (_, "/api/prediction/P0CG48") => format!(
            r#"[{{"entryId":"AF-P0CG48-F1","cifUrl":"{own}/files/a.cif","paeDocUrl":"{own}/files/pae.json"}}]"#
        )
        .into_bytes(),
        (_, "/files/a.cif") => UBIQUITIN.to_vec(),
        (_, "/files/pae.json") => b"[{\"predicted_aligned_error\":[[0]]}]".to_vec(),
        _ => return empty(&mut out, "404 Not Found", ""),
    };
    write!(
        out,
        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    )?;
    let sent = if mood == Mood::Truncates {
        body.len() / 2
    } else {
        body.len()
    };
    out.write_all(&body[..sent])
}

fn files(folder: &tempfile::TempDir) -> Vec<String> {
    let entries = std::fs::read_dir(folder.path()).unwrap().flatten();
    let mut names: Vec<String> = entries
        .map(|e| e.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn an_entry_is_fetched_once_with_where_it_is_from() {
    for mood in [Mood::Kind, Mood::Redirects] {
        let (folder, entries, log) = served(mood);
        let entry = Entry::parse("1UBQ").unwrap();
        assert_eq!(entries.located(&entry), None);
        let path = entries.fetch(&entry, &()).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), packed());
        assert_eq!(
            files(&folder),
            ["1ubq.cif.gz", "1ubq.cif.gz.provenance.json"]
        );
        let said = std::fs::read_to_string(folder.path().join("1ubq.cif.gz.provenance.json"));
        let said = said.unwrap();
        assert!(
            said.contains("/pdb/1UBQ.cif.gz") && said.contains("sha256"),
            "{said}"
        );
        let asked = log.lock().unwrap().len();
        assert_eq!(entries.fetch(&entry, &()).unwrap(), path);
        assert_eq!(log.lock().unwrap().len(), asked, "it is here");
    }
}

#[test]
fn a_prediction_brings_its_errors() {
    let (folder, entries, _) = served(Mood::Kind);
    let path = entries
        .fetch(&Entry::parse("p0cg48").unwrap(), &())
        .unwrap();
    assert!(path.ends_with("AF-P0CG48-F1.cif"));
    let names = files(&folder);
    assert!(
        names.contains(&"AF-P0CG48-F1-predicted_aligned_error.json".to_owned()),
        "{names:?}"
    );
    let missing = entries
        .fetch(&Entry::parse("P69441").unwrap(), &())
        .unwrap_err();
    assert!(missing.to_string().contains("no such entry"), "{missing}");
}

#[test]
fn every_failure_has_its_line_and_leaves_nothing() {
    for (mood, said) in [
        (Mood::Empty, "no such entry (404"),
        (Mood::Truncates, "nothing was kept, try again"),
        (Mood::CutsTheFile, "gzip"),
        (Mood::Page, "it is a web page"),
        (Mood::Broken, "the server answers 500"),
        (Mood::Mute, "1UBQ.cif.gz"),
    ] {
        let (folder, entries, _) = served(mood);
        let error = entries
            .fetch(&Entry::parse("1ubq").unwrap(), &())
            .unwrap_err();
        assert!(error.to_string().contains(said), "{mood:?}: {error}");
        assert!(files(&folder).is_empty(), "{mood:?}: {:?}", files(&folder));
    }
    // Nobody listens there.
    let folder = tempfile::tempdir().unwrap();
    let free = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let nobody = Entries::new(folder.path().to_owned(), &format!("http://{free}"), "");
    let error = nobody
        .fetch(&Entry::parse("1ubq").unwrap(), &())
        .unwrap_err();
    assert!(error.to_string().contains("nothing was kept"), "{error}");
    let offline = Entries {
        offline: true,
        ..nobody
    };
    let error = offline
        .fetch(&Entry::parse("1ubq").unwrap(), &())
        .unwrap_err();
    assert!(error.to_string().contains("--offline"), "{error}");
}
