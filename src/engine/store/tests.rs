//! The whole way from a hub on loopback to verified weights, with everything that can go wrong.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use super::receipt::hex;
use super::*;
use sha2::{Digest as _, Sha256};

/// A safetensors file with what little tells an ESM-2 of no layers and width 1.
fn weights() -> Vec<u8> {
    let header = br#"{"esm.embeddings.word_embeddings.weight":{"dtype":"F32","shape":[33,1],"data_offsets":[0,132]},"lm_head.bias":{"dtype":"F32","shape":[31],"data_offsets":[132,256]}}"#;
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend_from_slice(header);
    bytes.extend((0..256).map(|i| i as u8));
    bytes
}

fn model() -> Published {
    Published {
        id: "tiny".to_owned(),
        repository: "owner/tiny".to_owned(),
        revision: "main".to_owned(),
        files: vec!["config.json".to_owned(), WEIGHTS.to_owned()],
        kind: Kind::Esm2,
        layers: 0,
        width: 1,
        licence: "MIT".to_owned(),
        parameters: "64".to_owned(),
        size: None,
        sha256: std::collections::BTreeMap::new(),
    }
}

/// How the server treats the weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Mood {
    #[default]
    Kind,
    /// Sends so many bytes of an answer, then hangs up.
    Breaks(usize),
    /// States another hash.
    WrongHash,
    /// Has no weights, but shards.
    Sharded,
    /// Wants a token.
    Guarded,
    /// Sends the caller to another server, by its port.
    Elsewhere(u16),
    /// Has nothing.
    Empty,
    /// Shows a page to log in, whatever it is asked for.
    Login,
}

struct Server {
    address: String,
    mood: Arc<Mutex<Mood>>,
    log: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn start(mood: Mood) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let server = Self {
            address,
            mood: Arc::new(Mutex::new(mood)),
            log: Arc::default(),
        };
        let (mood, log) = (Arc::clone(&server.mood), Arc::clone(&server.log));
        // Ends with the process: it waits for connections that no longer come.
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let now = *mood.lock().unwrap();
                drop(answer(&stream, now, &log));
            }
        });
        server
    }

    fn hub(&self) -> Hub {
        Hub::at(&self.address, Some("secret".to_owned()))
    }

    fn requests(&self) -> Vec<String> {
        self.log.lock().unwrap().clone()
    }
}

fn answer(stream: &TcpStream, mood: Mood, log: &Mutex<Vec<String>>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut head = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? <= 2 {
            break;
        }
        head.push(line.trim().to_owned());
    }
    let path = head[0].split(' ').nth(1).unwrap().to_owned();
    let field = |name: &str| {
        let mut fields = head.iter().filter_map(|l| l.split_once(": "));
        let found = fields.find(|(n, _)| n.eq_ignore_ascii_case(name));
        found.map(|(_, v)| v.to_owned())
    };
    let range = field("range");
    let note = format!(
        "{path} {} {}",
        range.clone().unwrap_or_default(),
        field("authorization").is_some()
    );
    log.lock().unwrap().push(note);
    let mut out = stream;
    let empty = |out: &mut &TcpStream, status: &str, extra: &str| {
        write!(
            out,
            "HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n{extra}\r\n"
        )
    };
    if mood == Mood::Guarded && field("authorization").as_deref() != Some("Bearer secret") {
        return empty(&mut out, "401 Unauthorized", "");
    }
    let all = weights();
    let body = match path.as_str() {
        _ if mood == Mood::Login => b"\n<!DOCTYPE html><html>Please log in</html>".to_vec(),
        _ if mood == Mood::Empty => return empty(&mut out, "404 Not Found", ""),
        "/owner/tiny/resolve/main/config.json" => b"{}".to_vec(),
        "/owner/tiny/resolve/main/model.safetensors" if mood == Mood::Sharded => {
            return empty(&mut out, "404 Not Found", "");
        }
        "/owner/tiny/resolve/main/model.safetensors.index.json" => {
            br#"{"weight_map":{"esm.embeddings.word_embeddings.weight":"model-00001-of-00001.safetensors","lm_head.bias":"model-00001-of-00001.safetensors"}}"#.to_vec()
        }
        "/owner/tiny/resolve/main/model.safetensors" => {
            let hash = match mood {
                Mood::WrongHash => "0".repeat(64),
                _ => hex(&Sha256::digest(&all)),
            };
            let host = match mood {
                Mood::Elsewhere(port) => format!("http://127.0.0.1:{port}"),
                _ => String::new(),
            };
            let extra = format!(
                "Location: {host}/cdn/blob\r\nX-Linked-Etag: \"{hash}\"\r\nX-Linked-Size: {}\r\n",
                all.len()
            );
            return empty(&mut out, "302 Found", &extra);
        }
        "/cdn/blob" | "/owner/tiny/resolve/main/model-00001-of-00001.safetensors" => all,
        _ => return empty(&mut out, "404 Not Found", ""),
    };
    let start: usize = range
        .and_then(|r| r.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok())
        .unwrap_or(0);
    if start >= body.len() {
        return empty(&mut out, "416 Range Not Satisfiable", "");
    }
    let status = if start > 0 {
        "206 Partial Content"
    } else {
        "200 OK"
    };
    let rest = &body[start..];
    write!(
        out,
        "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        rest.len()
    )?;
    match mood {
        Mood::Breaks(after) if path == "/cdn/blob" => out.write_all(&rest[..after.min(rest.len())]),
        _ => out.write_all(rest),
    }
}

fn store() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::new(folder.path().join("own"), Some(folder.path().join("hub")));
    (folder, store)
}

#[test]
fn a_model_is_fetched_verified_and_found() {
    let server = Server::start(Mood::Guarded);
    let (_keep, store) = store();
    let model = model();
    assert_eq!(store.locate(&model), None);
    let folder = store.fetch(&model, &server.hub(), &()).unwrap();
    assert_eq!(std::fs::read(folder.join(WEIGHTS)).unwrap(), weights());
    assert!(!folder.join("model.safetensors.part").exists());
    let located = store.locate(&model).unwrap();
    assert!(!located.foreign);
    let verified = store.verify(&model, &()).unwrap();
    assert_eq!(verified.len(), 1);
    assert!(verified[0].is_right() && verified[0].expected.is_some());
    // A second fetch asks for nothing.
    let asked = server.requests().len();
    store.fetch(&model, &server.hub(), &()).unwrap();
    assert_eq!(server.requests().len(), asked);
    // A changed file is noticed.
    std::fs::write(folder.join(WEIGHTS), b"changed").unwrap();
    assert!(!store.verify(&model, &()).unwrap()[0].is_right());
}

#[test]
fn a_broken_transfer_goes_on_where_it_broke() {
    let server = Server::start(Mood::Breaks(150));
    let (_keep, store) = store();
    let folder = store.fetch(&model(), &server.hub(), &()).unwrap();
    assert_eq!(std::fs::read(folder.join(WEIGHTS)).unwrap(), weights());
    let blobs: Vec<String> = server
        .requests()
        .into_iter()
        .filter(|r| r.starts_with("/cdn"))
        .collect();
    assert_eq!(blobs[0], "/cdn/blob  true");
    assert_eq!(blobs.len(), 3);
    for (i, blob) in blobs.iter().enumerate().skip(1) {
        assert_eq!(*blob, format!("/cdn/blob bytes={}- true", 150 * i));
    }
}

#[test]
fn what_arrived_is_kept_for_the_next_call() {
    let server = Server::start(Mood::Breaks(0));
    let (_keep, store) = store();
    let folder = store.folder_of(&model());
    std::fs::create_dir_all(&folder).unwrap();
    let part = folder.join("model.safetensors.part");
    std::fs::write(&part, &weights()[..50]).unwrap();
    let error = store.fetch(&model(), &server.hub(), &()).unwrap_err();
    assert!(matches!(error, StoreError::Transfer { .. }), "{error}");
    assert_eq!(std::fs::read(&part).unwrap(), &weights()[..50]);
    *server.mood.lock().unwrap() = Mood::Kind;
    store.fetch(&model(), &server.hub(), &()).unwrap();
    assert_eq!(std::fs::read(folder.join(WEIGHTS)).unwrap(), weights());
    assert!(server.requests().iter().any(|r| r.contains("bytes=50-")));
}

#[test]
fn a_part_that_is_whole_needs_nothing_more() {
    let server = Server::start(Mood::Kind);
    let (_keep, store) = store();
    let folder = store.folder_of(&model());
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("model.safetensors.part"), weights()).unwrap();
    store.fetch(&model(), &server.hub(), &()).unwrap();
    assert_eq!(std::fs::read(folder.join(WEIGHTS)).unwrap(), weights());
}

#[test]
fn a_wrong_hash_is_refused_and_deleted() {
    let server = Server::start(Mood::WrongHash);
    let (_keep, store) = store();
    let error = store.fetch(&model(), &server.hub(), &()).unwrap_err();
    assert!(matches!(error, StoreError::Checksum { .. }), "{error}");
    let folder = store.folder_of(&model());
    assert!(!folder.join(WEIGHTS).exists() && !folder.join("model.safetensors.part").exists());
    let mut known = model();
    known.sha256.insert(WEIGHTS.to_owned(), "1".repeat(64));
    *server.mood.lock().unwrap() = Mood::Kind;
    let error = store.fetch(&known, &server.hub(), &()).unwrap_err();
    assert!(error.to_string().contains(&"1".repeat(64)), "{error}");
}

#[test]
fn missing_and_guarded_files_say_what_to_do() {
    let server = Server::start(Mood::Empty);
    let (_keep, store) = store();
    let error = store.fetch(&model(), &server.hub(), &()).unwrap_err();
    assert!(error.to_string().contains("404"), "{error}");
    *server.mood.lock().unwrap() = Mood::Guarded;
    let hub = Hub::at(&server.address, None);
    let error = store.fetch(&model(), &hub, &()).unwrap_err();
    assert!(error.to_string().contains("HF_TOKEN"), "{error}");
}

#[test]
fn shards_are_fetched_by_their_index() {
    let server = Server::start(Mood::Sharded);
    let (_keep, store) = store();
    let folder = store.fetch(&model(), &server.hub(), &()).unwrap();
    assert!(folder.join("model-00001-of-00001.safetensors").exists());
    assert!(store.locate(&model()).is_some());
}

#[test]
fn nobody_but_the_hub_sees_the_token() {
    let storage = Server::start(Mood::Kind);
    let port = storage.address.rsplit(':').next().unwrap().parse().unwrap();
    let hub = Server::start(Mood::Elsewhere(port));
    let (_keep, store) = store();
    store.fetch(&model(), &hub.hub(), &()).unwrap();
    assert!(hub.requests().iter().all(|r| r.ends_with("true")));
    assert_eq!(storage.requests(), ["/cdn/blob  false"]);
}

#[test]
fn the_cache_of_other_programs_is_used() {
    let (keep, store) = store();
    let folder = keep.path().join("hub/models--owner--tiny");
    std::fs::create_dir_all(folder.join("refs")).unwrap();
    std::fs::create_dir_all(folder.join("snapshots/abc")).unwrap();
    std::fs::write(folder.join("refs/main"), "abc").unwrap();
    std::fs::write(folder.join("snapshots/abc").join(WEIGHTS), weights()).unwrap();
    let located = store.locate(&model()).unwrap();
    assert!(located.foreign);
    assert!(store.verify(&model(), &()).unwrap()[0].is_right());
}

#[test]
fn safetensors_are_imported_and_pickles_refused() {
    let (keep, store) = store();
    let file = keep.path().join("some.safetensors");
    std::fs::write(&file, weights()).unwrap();
    std::fs::write(keep.path().join("config.json"), "{}").unwrap();
    let pickle = keep.path().join("some.pt");
    std::fs::write(&pickle, b"PK\x03\x04").unwrap();
    let error = store.import(&model(), &pickle).unwrap_err();
    assert!(error.to_string().contains("pickle"), "{error}");
    let folder = store.import(&model(), &file).unwrap();
    assert!(folder.join("config.json").exists());
    assert!(store.verify(&model(), &()).unwrap()[0].is_right());
    let again = store.import(&model(), &file).unwrap_err();
    assert!(
        again.to_string().contains("holds weights already"),
        "{again}"
    );
}

#[test]
fn a_page_to_log_in_is_never_called_the_file() {
    let server = Server::start(Mood::Login);
    let (_keep, store) = store();
    let error = store.fetch(&model(), &server.hub(), &()).unwrap_err();
    assert!(error.to_string().contains("web page"), "{error}");
    let folder = store.folder_of(&model());
    assert!(!folder.join("config.json").exists() && !folder.join("config.json.part").exists());
    // And where one got in, it is replaced.
    *server.mood.lock().unwrap() = Mood::Kind;
    std::fs::write(folder.join(WEIGHTS), b"<html>").unwrap();
    store.fetch(&model(), &server.hub(), &()).unwrap();
    assert_eq!(std::fs::read(folder.join(WEIGHTS)).unwrap(), weights());
}

#[test]
fn two_downloads_at_once_are_one_transfer() {
    let server = Server::start(Mood::Kind);
    let (_keep, store) = store();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| store.fetch(&model(), &server.hub(), &()).unwrap());
        }
    });
    let blobs = server.requests();
    let blobs = blobs.iter().filter(|r| r.starts_with("/cdn")).count();
    assert_eq!(blobs, 1);
    assert!(store.verify(&model(), &()).unwrap()[0].is_right());
}

#[test]
fn weights_of_another_model_are_not_imported() {
    let (keep, store) = store();
    let file = keep.path().join("some.safetensors");
    std::fs::write(&file, weights()).unwrap();
    let larger = Published {
        width: 320,
        ..model()
    };
    let error = store.import(&larger, &file).unwrap_err().to_string();
    assert!(error.contains("width 1, not 0 of 320"), "{error}");
    let dance = Published {
        kind: Kind::Dance,
        ..model()
    };
    let error = store.import(&dance, &file).unwrap_err().to_string();
    assert!(error.contains("res_pred_nn"), "{error}");
    assert!(store.locate(&larger).is_none());
}
