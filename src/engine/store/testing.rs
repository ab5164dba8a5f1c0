//! A hub on loopback.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use super::hub::Hub;
use super::receipt::hex;
use sha2::{Digest as _, Sha256};

/// A safetensors file with what little tells an ESM-2 of no layers and width 1.
pub(super) fn weights() -> Vec<u8> {
    let header = br#"{"esm.embeddings.word_embeddings.weight":{"dtype":"F32","shape":[33,1],"data_offsets":[0,132]},"lm_head.bias":{"dtype":"F32","shape":[31],"data_offsets":[132,256]}}"#;
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend_from_slice(header);
    bytes.extend((0..256).map(|i| i as u8));
    bytes
}

/// How the server treats the weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Mood {
    #[default]
    Kind,
    /// Sends so many bytes of an answer, then hangs up.
    Breaks(usize),
    /// States another hash.
    WrongHash,
    /// Has no weights, but shards.
    Sharded,
    /// Has no safetensors, but a file of PyTorch.
    Pickled,
    /// Wants a token.
    Guarded,
    /// Sends the caller to another server, by its port.
    Elsewhere(u16),
    /// Has nothing.
    Empty,
    /// Shows a page to log in, whatever it is asked for.
    Login,
}

pub(super) struct Server {
    pub address: String,
    pub mood: Arc<Mutex<Mood>>,
    /// What is at some paths, whatever the mood.
    files: Arc<BTreeMap<String, Vec<u8>>>,
    log: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub fn start(mood: Mood) -> Self {
        Self::with(mood, BTreeMap::new())
    }

    pub fn with(mood: Mood, files: BTreeMap<String, Vec<u8>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let server = Self {
            address,
            mood: Arc::new(Mutex::new(mood)),
            files: Arc::new(files),
            log: Arc::default(),
        };
        let (mood, log) = (Arc::clone(&server.mood), Arc::clone(&server.log));
        let files = Arc::clone(&server.files);
        // Ends with the process: it waits for connections that no longer come.
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let now = *mood.lock().unwrap();
                drop(answer(&stream, now, &log, &files));
            }
        });
        server
    }

    pub fn hub(&self) -> Hub {
        Hub::at(&self.address, Some("secret".to_owned()))
    }

    pub fn requests(&self) -> Vec<String> {
        self.log.lock().unwrap().clone()
    }
}

fn answer(
    stream: &TcpStream,
    mood: Mood,
    log: &Mutex<Vec<String>>,
    files: &BTreeMap<String, Vec<u8>>,
) -> std::io::Result<()> {
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
        path if files.contains_key(path) => files[path].clone(),
        _ if mood == Mood::Login => b"\n<!DOCTYPE html><html>Please log in</html>".to_vec(),
        _ if mood == Mood::Empty => return empty(&mut out, "404 Not Found", ""),
        "/owner/tiny/resolve/main/config.json" => b"{}".to_vec(),
        path if mood == Mood::Pickled && path.contains("safetensors") => {
            return empty(&mut out, "404 Not Found", "");
        }
        "/owner/tiny/resolve/main/pytorch_model.bin" => {
            include_bytes!("../../../tests/golden/esm_family/fair_esm.pt").to_vec()
        }
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
